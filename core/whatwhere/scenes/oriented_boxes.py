"""Annotated objects as boxes at any angle, as ARKitScenes keeps them (`*_3dod_annotation.json`).

Its `data` is a list of objects with `label`, `uid` and `segments.obbAligned`: `centroid` in metres,
`axesLengths` (whole lengths) and `normalizedAxes`, three unit vectors, row by row, each the
direction that the length of the same place belongs to (threedod/README.md and
threedod/benchmark_scripts/utils/box_utils.py in github.com/apple/ARKitScenes).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.poses import Matrix4, transform
from whatwhere.scenes.annotation import is_boxed, read_json
from whatwhere.scenes.scene import Mesh, SceneObject

_MAX_LENGTH_M = 1000.0
_BENT = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class OrientedBox:
    """One annotated box in the frame of the files.

    Attributes:
        object_id: its place in the file, from 0; the file names objects by text.
        label: what it is.
        uid: the file's name for it.
        center: (3,) metres.
        size_m: (3,) whole lengths along the axes.
        axes: (3, 3), a unit vector in each row.
    """

    object_id: int
    label: str
    uid: str
    center: NDArray[np.float64]
    size_m: NDArray[np.float64]
    axes: NDArray[np.float64]

    def aligned(self, aligned_from_mesh: Matrix4) -> "OrientedBox":
        """The same box in aligned metres."""
        return OrientedBox(
            self.object_id,
            self.label,
            self.uid,
            transform(self.center, aligned_from_mesh),
            self.size_m,
            self.axes @ aligned_from_mesh[:3, :3].T,
        )

    @property
    def heading_deg(self) -> float:
        """How far its first level axis is turned from x, 0 to 90 (a quarter turn looks alike)."""
        level = self.axes[np.argmin(np.abs(self.axes[:, 2]))]
        return float(np.degrees(np.arctan2(level[1], level[0])) % 90)

    def around(self) -> Box:
        """The axis-aligned box around it."""
        half = np.abs(self.axes).T @ (self.size_m / 2)
        return Box.from_bounds(self.center - half, self.center + half)

    def holds(self, points: NDArray[np.floating]) -> NDArray[np.intp]:
        """Indices of those of (N, 3) points that lie in it."""
        reach = np.linalg.norm(self.size_m) / 2
        near = np.flatnonzero((np.abs(points - self.center) <= reach).all(axis=1))
        local = (points[near] - self.center) @ self.axes.T
        return near[(np.abs(local) <= self.size_m / 2).all(axis=1)]


def read_oriented_boxes(path: Path) -> tuple[tuple[OrientedBox, ...], int]:
    """The boxes of a file, and how many of its objects have none that could be.

    Raises:
        BrokenFileError: it is no such file, or nothing in it is a box.
    """
    document = read_json(path)
    rows = document.get("data") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise BrokenFileError(path, "it has no list of objects called data")
    boxes = [box for index, row in enumerate(rows) if (box := _box(index, row)) is not None]
    if rows and not boxes:
        raise BrokenFileError(path, "none of its objects has a label and a whole obbAligned")
    return tuple(boxes), len(rows) - len(boxes)


def objects_in_boxes(
    boxes: tuple[OrientedBox, ...], mesh: Mesh | None, aligned_from_mesh: Matrix4
) -> tuple[SceneObject, ...]:
    """Objects with the axis-aligned box around each, and the vertices inside its own.

    What the file says of the box at its angle stays in `attributes`: uid, size_m, heading_deg.

    Args:
        boxes: in the frame of the files.
        mesh: aligned metres; without one no object has vertices.
        aligned_from_mesh: (4, 4).
    """
    objects = []
    for box in (item.aligned(aligned_from_mesh) for item in boxes):
        vertices = np.zeros(0, np.int32)
        if mesh is not None:
            vertices = box.holds(mesh.vertices).astype(np.int32)
        said = {
            "uid": box.uid,
            "size_m": " x ".join(f"{length:.2f}" for length in box.size_m),
            "heading_deg": f"{box.heading_deg:.0f}",
        }
        around = box.around() if is_boxed(box.label) else None
        objects.append(SceneObject(box.object_id, box.label, vertices, around, said))
    return tuple(objects)


def _box(index: int, row: object) -> OrientedBox | None:
    """None for what is no object with a box."""
    segments = row.get("segments") if isinstance(row, dict) else None
    stored = segments.get("obbAligned") if isinstance(segments, dict) else None
    if not isinstance(row, dict) or not isinstance(stored, dict):
        return None
    label, uid = row.get("label"), row.get("uid", "")
    center = _numbers(stored.get("centroid"), 3)
    size_m = _numbers(stored.get("axesLengths"), 3)
    axes = _numbers(stored.get("normalizedAxes"), 9)
    if not isinstance(label, str) or center is None or size_m is None or axes is None:
        return None
    axes = axes.reshape(3, 3)
    if np.abs(axes @ axes.T - np.eye(3)).max() > _BENT or not (size_m > 0).all():
        return None
    if size_m.max() > _MAX_LENGTH_M:
        return None
    return OrientedBox(index, label.replace("_", " "), str(uid)[:80], center, size_m, axes)


def _numbers(values: object, count: int) -> NDArray[np.float64] | None:
    """So many finite numbers from a list of them, or of lists of them."""
    try:
        numbers = np.array(values, np.float64).ravel()
    except (TypeError, ValueError, OverflowError):
        return None
    is_finite = len(numbers) == count and bool((np.abs(numbers) < 1e6).all())
    return numbers if is_finite else None
