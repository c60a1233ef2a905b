"""The box that stands over a footprint drawn on the scan, as high as what is found there."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh

Vector = tuple[float, float, float]

_USUAL_HEIGHT_M = 0.5
_ABOVE_M = 0.03
_GAP_M = 0.4


def standing_box(mesh: Mesh | None, start: Vector, end: Vector) -> Box:
    """The box over a footprint whose height is that of what stands there.

    Up from the footprint to the top of the surface above it, as far as that has no gap of
    `_GAP_M`; where nothing stands above, the footprint was drawn across the top of something, and
    the box reaches down to what lies beneath. Half a metre high where there is no surface at all.

    Args:
        mesh: the scan.
        start: a corner of the footprint, aligned metres.
        end: the opposite corner, at the same height.
    """
    base_m = start[2]
    heights_m = _heights_within(mesh, start, end)
    above = heights_m[heights_m > base_m + _ABOVE_M]
    if len(above):
        top_m = _top_of_first_pile(np.concatenate([[base_m], above]))
        return box_over(start, end, top_m - base_m)
    below = heights_m[heights_m < base_m - _ABOVE_M]
    if len(below):
        depth_m = base_m - float(below[0])
        lowered = (start[0], start[1], base_m - depth_m)
        return box_over(lowered, end, depth_m + _ABOVE_M)
    return box_over(start, end, _USUAL_HEIGHT_M)


def _heights_within(mesh: Mesh | None, start: Vector, end: Vector) -> NDArray[np.float32]:
    """Heights of the vertices over a footprint, rising."""
    if mesh is None:
        return np.zeros(0, np.float32)
    lower = np.minimum(start[:2], end[:2]).astype(np.float32)
    upper = np.maximum(start[:2], end[:2]).astype(np.float32)
    x, y = mesh.vertices[:, 0], mesh.vertices[:, 1]
    inside = (x >= lower[0]) & (x <= upper[0]) & (y >= lower[1]) & (y <= upper[1])
    return np.sort(mesh.vertices[inside, 2])


def _top_of_first_pile(heights_m: NDArray[np.floating]) -> float:
    gaps = np.flatnonzero(np.diff(heights_m) > _GAP_M)
    return float(heights_m[gaps[0]] if len(gaps) and gaps[0] > 0 else heights_m[-1])


def box_over(start: Vector, end: Vector, height_m: float) -> Box:
    """The box over a footprint, from the height of `start` upwards."""
    lower = (min(start[0], end[0]), min(start[1], end[1]), start[2])
    upper = (max(start[0], end[0]), max(start[1], end[1]), start[2] + height_m)
    return Box.from_bounds(lower, upper)


def floor_m(mesh: Mesh | None) -> float:
    """A height beneath which hardly anything lies."""
    if mesh is None or not len(mesh.vertices):
        return 0.0
    return float(np.percentile(mesh.vertices[:: max(1, len(mesh.vertices) // 50_000), 2], 1))
