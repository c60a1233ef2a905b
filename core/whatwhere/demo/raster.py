"""Which quad each pixel sees, and how far away: exact scan conversion of planar convex quads.

Works in homogeneous image space (Olano and Greer, "Triangle scan conversion using 2D homogeneous
coordinates", 1997): an edge is a plane through the camera, so quads that reach behind the camera
need no clipping. All rows of all quads are handled together, which is what makes numpy quick.
"""

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.cameras import Intrinsics

_NEAR_M = 0.05


def rasterise(
    corners: NDArray[np.float64], camera: Intrinsics
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The depth along z and the visible quad of every pixel.

    Args:
        corners: (Q, 4, 3) in camera coordinates, metres; faces turned away are not drawn.
        camera: image size and focal lengths.

    Returns:
        depth_m (H, W) float32, 0 where nothing is seen; quad (H, W) int32, -1 there.
    """
    width, height = camera.width, camera.height
    inverse_depth = np.zeros(width * height, np.float32)
    quad_at = np.full(width * height, -1, np.int32)
    normals = _cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    offset = np.einsum("qi,qi->q", normals, corners[:, 0])
    z = corners[:, :, 2]
    faces_us = (offset < -1e-12) & (z.max(axis=1) > _NEAR_M)
    rows_from, rows_to = _row_range(corners, camera)
    chosen = np.flatnonzero(faces_us & (rows_from <= rows_to))
    if len(chosen) == 0:
        return inverse_depth.reshape(height, width), quad_at.reshape(height, width)
    edges = _pixel_planes(_cross(corners[chosen], np.roll(corners[chosen], -1, axis=1)), camera)
    planes = _pixel_planes(normals[chosen] / offset[chosen, None], camera)

    first, counts = rows_from[chosen], rows_to[chosen] - rows_from[chosen] + 1
    owner, y = _expand(first, counts)
    left, right = _row_spans(edges, owner, y, width)
    filled = left <= right
    owner, y, left, right = owner[filled], y[filled], left[filled], right[filled]
    span, x = _expand(left, right - left + 1)
    row_value = planes[owner, 1] * y + planes[owner, 2]
    value = (planes[owner, 0][span] * x + row_value[span]).astype(np.float32)
    pixel = (y * width)[span] + x
    np.maximum.at(inverse_depth, pixel, value)
    front = inverse_depth[pixel] == value
    quad_at[pixel[front]] = chosen[owner[span[front]]]
    seen = quad_at >= 0
    depth_m = np.zeros(width * height, np.float32)
    np.divide(1.0, inverse_depth, out=depth_m, where=seen)
    return depth_m.reshape(height, width), quad_at.reshape(height, width)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack(
        [
            a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
            a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
            a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0],
        ],
        axis=-1,
    )


def _pixel_planes(vectors: NDArray[np.float64], camera: Intrinsics) -> NDArray[np.float64]:
    """(..., 3) planes through the camera -> coefficients of pixel x, pixel y and 1."""
    a, b = vectors[..., 0] / camera.fx, vectors[..., 1] / camera.fy
    return np.stack([a, b, vectors[..., 2] - a * camera.cx - b * camera.cy], axis=-1)


def _row_range(
    corners: NDArray[np.float64], camera: Intrinsics
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last image row each quad can touch; quads crossing the near plane are cut there."""
    z = corners[:, :, 2]
    ahead = z > _NEAR_M
    rows = np.where(ahead, corners[:, :, 1] / np.where(ahead, z, 1.0), np.nan)
    crossing = np.flatnonzero(ahead.any(axis=1) & ~ahead.all(axis=1))
    low, high = np.full(len(corners), np.inf), np.full(len(corners), -np.inf)
    for corner in range(4):
        row = rows[:, corner]
        low, high = np.fmin(low, row), np.fmax(high, row)
    if len(crossing):
        here = corners[crossing]
        there = np.roll(here, -1, axis=1)
        gap = there[..., 2] - here[..., 2]
        share = (_NEAR_M - here[..., 2]) / np.where(gap == 0, 1.0, gap)
        cut = (gap != 0) & (share > 0) & (share < 1)
        row = (here[..., 1] + share * (there[..., 1] - here[..., 1])) / _NEAR_M
        low[crossing] = np.minimum(low[crossing], np.where(cut, row, np.inf).min(axis=1))
        high[crossing] = np.maximum(high[crossing], np.where(cut, row, -np.inf).max(axis=1))
    last = camera.height - 1
    low = np.clip(low * camera.fy + camera.cy, 0, camera.height)
    high = np.clip(high * camera.fy + camera.cy, -1, last)
    return np.ceil(low).astype(np.int64), np.floor(high).astype(np.int64)


def _row_spans(
    edges: NDArray[np.float64], owner: NDArray[np.int64], y: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last pixel of each quad in each of its rows.

    Edges shared by two quads give exactly opposite planes, hence the same crossing: no cracks.
    """
    left = np.zeros(len(owner))
    right = np.full(len(owner), float(width - 1))
    for k in range(4):
        slope = edges[owner, k, 0]
        rest = edges[owner, k, 1] * y + edges[owner, k, 2]
        level = slope == 0
        crossing = -rest / np.where(level, 1.0, slope)
        # The winding seen by the camera makes the inside of every edge plane negative.
        left = np.where(slope < 0, np.maximum(left, crossing), left)
        right = np.where(slope > 0, np.minimum(right, crossing), right)
        right = np.where(level & (rest > 0), -1.0, right)
    return np.ceil(left).astype(np.int64), np.floor(right).astype(np.int64)


def _expand(
    first: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For ranges [first, first + count): the range each member belongs to, and the members."""
    owner = np.repeat(np.arange(len(counts)), counts)
    start = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - (start - first)[owner]
