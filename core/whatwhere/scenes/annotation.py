"""Annotated objects from ScanNet's aggregation and segs files, or from ScanRefer's boxes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh, SceneObject

# The raw categories of nyu40's wall, floor and ceiling: the benchmarks give them no box.
UNBOXED_LABELS = frozenset(
    {"wall", "floor", "ceiling"}
    | {"shower wall", "shower walls", "shower floor", "bath walls", "door wall"}
    | {"closet wall", "closet walls", "closet floor", "closet ceiling"}
    | {"pantry wall", "pantry walls"}
)
_JSON_LIMIT = 512 * 1024 * 1024
_GROUP_KEYS = {"id", "objectId", "label", "segments"}


@dataclass(frozen=True, slots=True)
class Group:
    """One object of the aggregation file.

    Attributes:
        object_id: its objectId.
        label: its raw category.
        segments: ids of the over-segments it is made of.
        attributes: further string values.
    """

    object_id: int
    label: str
    segments: tuple[int, ...]
    attributes: Mapping[str, str]


def read_groups(path: Path) -> tuple[Group, ...]:
    """The segGroups of an aggregation file, in file order.

    Raises:
        BrokenFileError: it is not such a file, or two objects share an id.
    """
    document = read_json(path)
    rows = document.get("segGroups") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise BrokenFileError(path, "it has no list of segGroups")
    groups = tuple(_group(path, row) for row in rows)
    ids = [group.object_id for group in groups]
    if len(set(ids)) != len(ids):
        twice = next(value for value in ids if ids.count(value) > 1)
        raise BrokenFileError(path, f"objectId {twice} occurs more than once")
    return groups


def read_segments(path: Path) -> NDArray[np.int64]:
    """(N,) one over-segment id per vertex; the ids are sparse.

    Raises:
        BrokenFileError: it is not a segs file.
    """
    document = read_json(path)
    values = document.get("segIndices") if isinstance(document, dict) else None
    try:
        segments = np.array(values if isinstance(values, list) else None)
    except ValueError:
        segments = np.array(None)
    if segments.ndim != 1 or (len(segments) and segments.dtype.kind != "i"):
        raise BrokenFileError(path, "it has no list of whole numbers called segIndices")
    return segments.astype(np.int64)


def segment_owners(
    groups: Sequence[Group], segments: NDArray[np.int64]
) -> tuple[NDArray[np.intp], frozenset[int]]:
    """(N,) the index of the group that owns each vertex, -1 for none, and the unknown segments.

    Where two groups claim a segment the last one wins, as in the benchmark's own readers. Unknown
    are segments that a group claims and no vertex has.
    """
    owner_of = {segment: index for index, group in enumerate(groups) for segment in group.segments}
    if not owner_of:
        return np.full(len(segments), -1), frozenset()
    claimed = np.array(sorted(owner_of), np.int64)
    owners = np.array([owner_of[segment] for segment in claimed.tolist()])
    place = np.searchsorted(claimed, segments).clip(max=len(claimed) - 1)
    found = claimed[place] == segments
    is_known = np.zeros(len(claimed), bool)
    is_known[place[found]] = True
    return np.where(found, owners[place], -1), frozenset(claimed[~is_known].tolist())


def objects_on_mesh(
    groups: Sequence[Group], owners: NDArray[np.intp], mesh: Mesh
) -> tuple[SceneObject, ...]:
    """Objects with their vertices and the box around them, in the order of the groups.

    Args:
        groups: the objects.
        owners: (N,) index into `groups` per vertex, -1 for none.
        mesh: its N vertices, aligned metres.
    """
    order = np.argsort(owners, kind="stable").astype(np.int32)
    bounds = np.searchsorted(owners[order], np.arange(len(groups) + 1))
    objects = []
    for index, group in enumerate(groups):
        vertices = order[bounds[index] : bounds[index + 1]]
        boxed = len(vertices) > 0 and is_boxed(group.label)
        box = Box.from_points(mesh.vertices[vertices].astype(np.float64)) if boxed else None
        objects.append(SceneObject(group.object_id, group.label, vertices, box, group.attributes))
    return tuple(objects)


def objects_from_boxes(
    groups: Sequence[Group], boxes: Mapping[int, Box]
) -> tuple[SceneObject, ...]:
    """Objects of a scene without a mesh: labels from the aggregation, boxes from ScanRefer's file.

    A box whose object the aggregation does not know is labelled "object".
    """
    none = np.zeros(0, np.int32)
    known = {group.object_id for group in groups}
    named = [
        SceneObject(g.object_id, g.label, none, boxes.get(g.object_id), g.attributes)
        for g in groups
    ]
    unnamed = [SceneObject(key, "object", none, boxes[key]) for key in boxes if key not in known]
    return tuple(named + unnamed)


def read_aligned_boxes(path: Path) -> dict[int, Box]:
    """ObjectId -> box, from ScanRefer's `<id>_aligned_bbox.npy`.

    Its rows are cx cy cz dx dy dz nyu40id objectId, aligned metres.

    Raises:
        BrokenFileError: it is not such an array.
    """
    try:
        rows = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError, SyntaxError, TypeError) as error:
        raise BrokenFileError(path, f"it is not a plain array ({error})") from error
    if not isinstance(rows, np.ndarray) or rows.dtype.kind not in "fiu" or rows.ndim != 2:
        raise BrokenFileError(path, "it is not an array of numbers with 8 columns")
    if rows.shape[1] != 8 or not np.isfinite(rows).all() or (rows[:, 3:6] < 0).any():
        raise BrokenFileError(path, "its rows are not cx cy cz dx dy dz nyu40id objectId")
    if len(set(rows[:, 7].tolist())) != len(rows):
        raise BrokenFileError(path, "an objectId occurs more than once")
    return {int(row[7]): Box.from_row(row[:6]) for row in rows}


def is_boxed(label: str) -> bool:
    """Whether the benchmarks give objects of this raw category a box."""
    return label.strip().lower() not in UNBOXED_LABELS


def read_json(path: Path) -> Any:
    """One JSON document.

    Raises:
        BrokenFileError: it cannot be read or is not JSON.
    """
    try:
        if path.stat().st_size > _JSON_LIMIT:
            raise BrokenFileError(path, f"it is larger than {_JSON_LIMIT:,} bytes")
        return json.loads(path.read_bytes())
    except OSError as error:
        raise BrokenFileError(path, f"it cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise BrokenFileError(path, f"it is not valid JSON ({error})") from error


def _group(path: Path, row: object) -> Group:
    fault = "a segGroup lacks objectId, label or segments"
    if not isinstance(row, dict):
        raise BrokenFileError(path, fault)
    object_id = row.get("objectId", row.get("id"))
    label, segments = row.get("label"), row.get("segments")
    if type(object_id) is not int or not isinstance(label, str) or not isinstance(segments, list):
        raise BrokenFileError(path, fault)
    if not all(type(segment) is int and abs(segment) < 2**62 for segment in segments):
        raise BrokenFileError(path, f"objectId {object_id} has segments that are not whole numbers")
    attributes = {
        key: value
        for key, value in row.items()
        if key not in _GROUP_KEYS and isinstance(value, str)
    }
    return Group(object_id, label, tuple(segments), attributes)
