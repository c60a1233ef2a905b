"""`whatwhere frames`: the frames of a scene as files."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from whatwhere.cli.output import print_json
from whatwhere.cli.scenes import scene_path
from whatwhere.scenes.frame_export import ExportReport, export_frames
from whatwhere.scenes.opening import open_scene

frames = typer.Typer(help="The frames of a scene as files.", add_completion=False)

_MAX_NAMED = 5


@frames.callback()
def about() -> None:
    """The frames of a scene as files."""


@frames.command("export")
def export(
    scene: Annotated[
        str, typer.Argument(help="A .sens recording, a scan folder or the name of a demo room.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to write to.")],
    every: Annotated[int, typer.Option(min=1, help="Each n-th frame only.")] = 1,
    cover: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Of these only the N that see most of the room together."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write color, depth (16-bit PNG, millimetres), pose and intrinsic, as ScanNet's exporter does.

    Interrupted, it goes on where it stopped.
    """
    report = export_frames(
        open_scene(scene_path(scene)),
        out,
        every=every,
        cover=cover,
        on_frame=None if json else _tell,
    )
    if json:
        print_json({"folder": str(out), **asdict(report)})
    else:
        typer.echo(_readable(report, out))


def _tell(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    typer.echo(f"\r{done:,} of {total:,} frames{end}", nl=False, err=True)
    sys.stderr.flush()


def _readable(report: ExportReport, out: Path) -> str:
    lines = [f"{report.num_written:,} frames written to {out}"]
    if report.num_kept:
        lines[0] += f", {report.num_kept:,} were there"
    named = list(report.left_out.items())
    lines += [f"left out {name}: {reason}" for name, reason in named[:_MAX_NAMED]]
    if len(named) > _MAX_NAMED:
        lines.append(f"left out {len(named) - _MAX_NAMED:,} more")
    return "\n".join(lines)
