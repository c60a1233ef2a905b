"""`whatwhere demo`: procedural rooms in ScanNet + ScanRefer form."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from whatwhere.cli.output import print_json
from whatwhere.demo.families import FAMILIES, Family
from whatwhere.errors import ConfigError


def demo(
    folder: Annotated[Path, typer.Argument(help="Where the data set goes.")],
    scenes: Annotated[int, typer.Option(help="How many rooms.")] = 4,
    seed: Annotated[int, typer.Option(help="Another seed, other rooms.")] = 0,
    split: Annotated[str, typer.Option(help="train, val, val_biased or test.")] = "test",
    shortcut: Annotated[
        str,
        typer.Option(
            help="What gives the target away, and how often: colour, prominence or "
            "cooccurrence, e.g. prominence=0.95."
        ),
    ] = "colour=0.75",
    twins: Annotated[bool, typer.Option("--twins", help="Also write each room's twins.")] = False,
    detections: Annotated[
        bool, typer.Option("--detections", help="Also write boxes as a detector would find them.")
    ] = False,
    mesh: Annotated[bool, typer.Option("--mesh", help="Also write meshes.")] = False,
    frames: Annotated[int, typer.Option(help="Images per room.")] = 8,
    size: Annotated[str, typer.Option(help="Width x height of the images.")] = "128x128",
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Make procedural rooms with sentences; interrupted, it goes on where it stopped."""
    from whatwhere.demo.dataset import write_dataset
    from whatwhere.demo.detections import write_all_detections
    from whatwhere.scenes.annotation import read_json

    family, share = _parse_shortcut(shortcut)
    write_dataset(
        folder,
        num_scenes=scenes,
        seed=seed,
        split=split,
        shortcut=share,
        family=family,
        twins=twins,
        mesh=mesh,
        frames=frames,
        size=_parse_size(size),
        workers=min(os.cpu_count() or 1, scenes),
        progress=None if json else _print_progress,
    )
    said: dict[str, Any] = {"folder": str(folder), "split": split, "scenes": scenes}
    if twins:
        pairs = read_json(folder / "twins.json")
        said["scenes_without_twins"] = scenes - len({pair["scene_id"] for pair in pairs})
    reached = write_all_detections(folder / "scans", seed) if detections else None
    if reached is not None:
        said["detections"] = {
            "objects": reached.num_objects,
            "reached_at_25": reached.num_at_25,
            "reached_at_50": reached.num_at_50,
        }
    if json:
        rows = read_json(folder / f"ScanRefer_filtered_{split}.json")
        print_json(said | {"sentences": len(rows)})
        return
    typer.echo(f"{scenes} rooms in {folder}")
    if said.get("scenes_without_twins"):
        typer.echo(
            f"{said['scenes_without_twins']} of them have no twins: the cue could not be moved "
            "with both look-alikes in clear sight"
        )
    if reached is not None:
        typer.echo(
            f"Detections overlap {reached.num_at_25:,} of {reached.num_objects:,} objects by 0.25 "
            f"or more, {reached.num_at_50:,} by 0.5 or more"
        )


def _print_progress(done: int, total: int, scene_id: str) -> None:
    typer.echo(f"{done}/{total} {scene_id}")


def _parse_shortcut(text: str) -> tuple[Family, float]:
    name, _, value = text.partition("=")
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    family = next((known for known in FAMILIES if known == name), None)
    if family is None or not 0 < share <= 1:
        raise ConfigError(
            f'"{text}" is not a shortcut',
            remedy='Write it like "colour=0.75", above 0 and up to 1; '
            f"there are {', '.join(FAMILIES[:-1])} and {FAMILIES[-1]}",
        )
    return family, share


def _parse_size(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) == 2 and all(part.isdigit() and 16 <= int(part) <= 4096 for part in parts):
        return int(parts[0]), int(parts[1])
    raise ConfigError(f'"{text}" is not an image size', remedy='Write it like "128x128"')
