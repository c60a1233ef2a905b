"""`whatwhere scenes list`: every scan below some folders, and what is there of each."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from whatwhere.cli.output import print_json
from whatwhere.language.catalogued import with_sentences
from whatwhere.scenes.catalogue import Catalogue, find_scans
from whatwhere.scenes.listed_scans import PARTS, ListedScan, Part


def list_scenes(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Data sets, or folders of scans.")
    ],
    has: Annotated[
        list[str] | None,
        typer.Option("--has", help=f"Only scans with this: {', '.join(PARTS)}; may be repeated."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List every scan below some folders: its name, its type, what is there and what is missing.

    Nothing is opened. What was found is kept, so that the second time takes a moment. Exits with
    3 where a folder is gone or cannot be read; the others are listed all the same.
    """
    wanted = has or []
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        raise typer.BadParameter(f'"{unknown[0]}" is none of {", ".join(PARTS)}')
    catalogue = with_sentences(find_scans(folders, on_step=_told if _is_watched() else None))
    if _is_watched():
        sys.stderr.write("\r\x1b[K")
    chosen = [
        scan for scan in catalogue.scans if all(scan.has(part) for part in PARTS if part in wanted)
    ]
    if json:
        print_json({"scans": [scan.as_json() for scan in chosen], "faults": list(catalogue.faults)})
    else:
        typer.echo(_readable(chosen, catalogue))
    for fault in catalogue.faults:
        typer.echo(fault, err=True)
    if catalogue.faults:
        raise typer.Exit(3)


def _is_watched() -> bool:
    return sys.stderr.isatty()


def _told(done: int, known: int, what: str) -> None:
    if done % 50 == 0:
        sys.stderr.write(f"\r{done:,} of {known:,} folders, {what}")
        sys.stderr.flush()


def _readable(scans: list[ListedScan], catalogue: Catalogue) -> str:
    """A line per scan, and beneath it why something is not there."""
    lines = []
    for scan in scans:
        if scan.fault:
            lines += [f"{scan.scene_id:<20} cannot be opened", f"  {scan.fault}"]
            continue
        here = ", ".join(_said(scan, part) for part in PARTS if scan.has(part))
        lines.append(f"{scan.scene_id:<20} {scan.kind or '-':<18} {here}  ({scan.path})")
        lines += [f"  {reason}" for part, reason in scan.missing.items() if part != "sentences"]
    of = "" if len(scans) == len(catalogue.scans) else f" of {len(catalogue.scans):,}"
    scans_are = "scan" if len(catalogue.scans) == 1 else "scans"
    counts = [f"{sum(scan.has(part) for scan in scans):,} with {part}" for part in PARTS]
    return "\n".join([*lines, f"{len(scans):,}{of} {scans_are}: {', '.join(counts)}"])


def _said(scan: ListedScan, part: Part) -> str:
    if part == "frames":
        return scan.frames if scan.num_frames is None else f"{scan.num_frames:,} frames"
    return f"{scan.num_sentences:,} sentences" if part == "sentences" else part
