"""Where the annotators of sentences looked from: ScanRefer's `<scene id>.anns.json`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from whatwhere.errors import BrokenFileError
from whatwhere.language.expressions import Expression, Viewpoint
from whatwhere.language.row_values import RowError, numbers, string, whole
from whatwhere.scenes.annotation import read_json

Key = tuple[str, int, str]
"""Scene, object and annotation: what names one of ScanRefer's sentences."""

_FOLDERS = ("", "cameras", "viewpoints")


def viewpoint_of(camera: object) -> Viewpoint:
    """From a row's `camera`; its rotation says nothing that position and look-at do not.

    Raises:
        RowError: it is none.
    """
    if not isinstance(camera, Mapping):
        raise RowError("its camera is not an object with keys")
    position = numbers(camera.get("position"), 3, "camera position")
    look_at = numbers(camera.get("lookat"), 3, "camera lookat")
    if position == look_at:
        raise RowError("its camera looks at where it stands")
    return Viewpoint((position[0], position[1], position[2]), (look_at[0], look_at[1], look_at[2]))


def read_viewpoints(path: Path) -> tuple[dict[Key, Viewpoint], tuple[str, ...]]:
    """The viewpoint of every annotation in a file, and a sentence per row that was dropped.

    Raises:
        BrokenFileError: it is not a JSON list.
    """
    rows = read_json(path)
    if not isinstance(rows, list):
        raise BrokenFileError(path, "it is not a list of annotations with cameras")
    found: dict[Key, Viewpoint] = {}
    problems = []
    for number, row in enumerate(rows, start=1):
        try:
            key, viewpoint = _viewpoint(row)
        except RowError as error:
            problems.append(f"Row {number} of {path.name} was dropped: {error}.")
        else:
            found[key] = viewpoint
    return found, tuple(problems)


def viewpoint_files(folder: Path, scene_ids: Iterable[str]) -> list[Path]:
    """The files with viewpoints of these scenes in a folder, or in its `cameras` folder."""
    names = [f"{scene_id}.anns.json" for scene_id in scene_ids]
    paths = (folder / inner / name for inner in _FOLDERS for name in names)
    return [path for path in paths if path.is_file()]


def with_viewpoints(
    expressions: Iterable[Expression], viewpoints: Mapping[Key, Viewpoint]
) -> tuple[Expression, ...]:
    """The same sentences; those that a viewpoint is known of have it."""
    return tuple(
        item
        if item.target_id is None
        or (found := viewpoints.get((item.scene_id, item.target_id, item.ann_id))) is None
        else replace(item, viewpoint=found)
        for item in expressions
    )


def _viewpoint(row: Any) -> tuple[Key, Viewpoint]:
    if not isinstance(row, Mapping):
        raise RowError("it is not an object with keys")
    key = (string(row, "scene_id"), whole(row.get("object_id"), "object_id"), _ann_id(row))
    return key, viewpoint_of(row.get("camera"))


def _ann_id(row: Mapping[str, Any]) -> str:
    found = row.get("ann_id")
    if not isinstance(found, str | int) or isinstance(found, bool):
        raise RowError("it has no ann_id")
    return str(found)
