"""`whatwhere scenes`: which scans there are, and how one of one's own is to be read."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from whatwhere.cli.output import print_json
from whatwhere.cli.scene_list import list_scenes
from whatwhere.errors import ConfigError, MissingFileError, SceneError
from whatwhere.scenes.agreement import GOOD_M, frame_agreement_m
from whatwhere.scenes.import_choices import NAME, ImportChoices, read_choices, write_choices
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.places import find_place

scenes = typer.Typer(
    help="Which scans there are, and how those of your own are to be read.", add_completion=False
)
scenes.command("list")(list_scenes)


@scenes.callback()
def about() -> None:
    """Which scans there are, and how those of your own are to be read."""


@scenes.command("import")
def import_scene(
    folder: Annotated[
        Path, typer.Argument(help="The scan: frames with poses, with or without mesh.")
    ],
    pose: Annotated[
        str | None, typer.Option(help="Which way poses lead: world_from_camera, camera_from_world.")
    ] = None,
    axes: Annotated[
        str | None,
        typer.Option(help="Of a camera: opencv (z forward, y down) or opengl (z backward, y up)."),
    ] = None,
    depth_scale: Annotated[
        float | None, typer.Option(help="What a metre is in the depth images: 1000, 5000, ...")
    ] = None,
    camera: Annotated[
        str | None, typer.Option(metavar="FX,FY,CX,CY,W,H", help="The intrinsics, in pixels.")
    ] = None,
    up: Annotated[
        str | None, typer.Option(help="Which axis of the files' world points up: +z, -y, ...")
    ] = None,
    floor: Annotated[
        float | None, typer.Option(help="How far along that axis the floor lies, in metres.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Keep in a small file beside a scan how it is to be read, and say whether its frames agree.

    What is not given stays as it was decided before, or as the layout has it.
    """
    if not folder.is_dir():
        raise MissingFileError(folder, what="Scan folder", remedy="Check the path")
    given: dict[str, Any] = {
        "pose": pose,
        "axes": axes,
        "depth_units_per_m": depth_scale,
        "camera": None if camera is None else _numbers(camera),
        "up": up,
        "floor_m": floor,
    }
    given = {name: value for name, value in given.items() if value is not None}
    before = read_choices(folder)
    document = imported(folder, replace(before, **given))
    if json:
        print_json(document)
    else:
        typer.echo(_readable(document))


def imported(folder: Path, choices: ImportChoices) -> dict[str, Any]:
    """Open the scan with these choices and keep them; if it does not open, nothing is kept.

    Raises:
        WhatWhereError: the scan cannot be opened so.
    """
    place = find_place(folder)
    if place.layout is None:
        raise place.fault or SceneError(
            "the scan has no frames, so there is nothing to decide",
            remedy="Put posed frames beside it first",
            path=folder,
        )
    ignored = place.without_effect(choices)
    if ignored:
        raise ConfigError(
            f"the files of {place.scene_id} say themselves what {' and '.join(ignored)} would",
            remedy="Leave out what they say",
        )
    scene = open_scene(folder, choices=choices)
    agreement_m = frame_agreement_m(scene)
    write_choices(folder, choices)
    return {
        "scene": scene.scene_id,
        "choices": {name: value for name, value in asdict(choices).items() if value is not None},
        "num_frames": len(scene.headers),
        "num_valid_frames": len(scene.frames),
        "frame_agreement_m": agreement_m,
        "warnings": scene.warnings,
    }


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise ConfigError(
            f'"{text}" is no camera', remedy="Write it like 525,525,319.5,239.5,640,480"
        ) from None


def _readable(document: dict[str, Any]) -> str:
    agreement_m = document["frame_agreement_m"]
    said = "no two neighbours see the same, so nothing tells"
    if agreement_m is not None:
        verdict = (
            "they agree" if agreement_m <= GOOD_M else "too much: try another --pose or --axes"
        )
        said = f"median {agreement_m * 100:.1f} cm apart, {verdict}"
    chosen = ", ".join(f"{name} {value}" for name, value in document["choices"].items())
    rows = [
        ("scene", document["scene"]),
        ("kept", f"{chosen or 'nothing'} ({NAME})"),
        ("frames", f"{document['num_valid_frames']} of {document['num_frames']} usable"),
        ("depth", said),
    ]
    rows += [("warning", warning) for warning in document["warnings"]]
    return "\n".join(f"{name:<10} {value}" for name, value in rows)
