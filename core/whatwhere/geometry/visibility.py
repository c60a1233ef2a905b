"""Which pixels, and how much of the picture, a box takes up in a posed depth image."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import BOX_EDGES, Box
from whatwhere.geometry.cameras import Intrinsics, backproject, project
from whatwhere.geometry.poses import Matrix4, invert, transform

NEAR_M = 0.05
"""Nothing nearer to the camera than this is drawn."""

_EDGES = np.array(BOX_EDGES)


@dataclass(frozen=True, slots=True, eq=False)
class BoxVisibility:
    """How well one frame sees each of K boxes.

    Attributes:
        num_pixels: (K,) int64, depth pixels whose point lies in the box.
        share: (K,) float64, the same as a share of the image's pixels.
        num_outside: (K,) int64, box edges that leave the image or pass behind the camera, 0..12.
    """

    num_pixels: NDArray[np.int64]
    share: NDArray[np.float64]
    num_outside: NDArray[np.int64]


def membership(
    depth_m: NDArray[np.floating],
    depth_valid: NDArray[np.bool_],
    depth_camera: Intrinsics,
    world_from_camera: Matrix4,
    boxes: Sequence[Box],
    *,
    margin_m: float = 0.0,
) -> NDArray[np.bool_]:
    """(K, H, W): which pixels' back-projected points lie in each box grown by `margin_m`.

    A pixel may belong to several boxes, and one without a valid depth to none. Occlusion needs no
    test of its own: a pixel's point is on the surface that is seen.
    """
    inside = np.zeros((len(boxes), *depth_m.shape), bool)
    if not boxes or not depth_valid.any():
        return inside
    nearest_m = float(depth_m[depth_valid].min())
    world = _world_planes(depth_m, depth_camera, world_from_camera)
    for index, box in enumerate(boxes):
        window = _window(box, depth_camera, world_from_camera, margin_m, nearest_m)
        if window is None:
            continue
        hit = depth_valid[window].copy()
        for plane, center, size in zip(world, box.center, box.size, strict=True):
            hit &= np.abs(plane[window] - np.float32(center)) <= np.float32(size / 2 + margin_m)
        inside[index][window] = hit
    return inside


def box_visibility(
    depth_m: NDArray[np.floating],
    depth_valid: NDArray[np.bool_],
    depth_camera: Intrinsics,
    world_from_camera: Matrix4,
    boxes: Sequence[Box],
    *,
    margin_m: float = 0.02,
) -> BoxVisibility:
    """How well this frame sees each box: sort frames by `num_pixels` of the box of interest."""
    masks = membership(
        depth_m, depth_valid, depth_camera, world_from_camera, boxes, margin_m=margin_m
    )
    num_pixels = np.count_nonzero(masks, axis=(1, 2)).astype(np.int64)
    num_outside = [_num_cut_edges(box, depth_camera, world_from_camera) for box in boxes]
    return BoxVisibility(
        num_pixels=num_pixels,
        share=num_pixels / max(depth_m.size, 1),
        num_outside=np.array(num_outside, np.int64),
    )


def project_box_edges(
    box: Box, camera: Intrinsics, world_from_camera: Matrix4
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The visible parts of the box's 12 edges as segments ((x, y), (x, y)) in pixels.

    Each edge is clipped at `NEAR_M` in front of the camera (else a box behind it would come out
    mirrored) and at the border of the image; edges wholly outside are left out.
    """
    local = transform(box.corners(), invert(world_from_camera))
    segments = []
    for start, end in BOX_EDGES:
        ahead = _clip_near(local[start], local[end])
        if ahead is None:
            continue
        seen = _clip_to_image(_pixel(ahead[0], camera), _pixel(ahead[1], camera), camera)
        if seen is not None:
            segments.append(seen)
    return segments


def _world_planes(
    depth_m: NDArray[np.floating], camera: Intrinsics, world_from_camera: Matrix4
) -> tuple[NDArray[np.float32], ...]:
    """World x, y and z of every pixel, each (H, W) float32 and contiguous."""
    pose = world_from_camera.astype(np.float32)
    x, y, z = np.moveaxis(backproject(depth_m, camera), -1, 0)
    return tuple(row[0] * x + row[1] * y + row[2] * z + row[3] for row in pose[:3])


def _window(
    box: Box,
    camera: Intrinsics,
    world_from_camera: Matrix4,
    margin_m: float,
    nearest_m: float,
) -> tuple[slice, slice] | None:
    """The rows and columns that can hold the box's points; None when it is out of sight.

    No point is nearer than `nearest_m`, so what is cut off there loses nothing, and a box that
    reaches behind the camera still has a bounded projection.
    """
    x, y, z = (length + 2 * margin_m for length in box.size)
    corners = transform(Box(box.center, (x, y, z)).corners(), invert(world_from_camera))
    near_m = nearest_m * 0.999
    ahead = _cut_corners(corners, near_m)
    if len(ahead) == 0:
        return None
    columns = ahead[:, 0] / ahead[:, 2] * camera.fx + camera.cx
    rows = ahead[:, 1] / ahead[:, 2] * camera.fy + camera.cy
    window = (_span(rows, camera.height), _span(columns, camera.width))
    return None if any(side.start >= side.stop for side in window) else window


def _cut_corners(corners: NDArray[np.float64], near_m: float) -> NDArray[np.float64]:
    """The corners of the part of a box at least `near_m` ahead, camera frame (n, 3)."""
    ahead = corners[:, 2] >= near_m
    if ahead.all():
        return corners
    crossing = _EDGES[ahead[_EDGES[:, 0]] != ahead[_EDGES[:, 1]]]
    start, end = corners[crossing[:, 0]], corners[crossing[:, 1]]
    share = (near_m - start[:, 2:]) / (end[:, 2:] - start[:, 2:])
    return np.concatenate([corners[ahead], start + share * (end - start)])


def _span(values: NDArray[np.float64], length: int) -> slice:
    """The pixels between the least and the largest value, one more on each side."""
    first, last = np.clip([values.min() - 1, values.max() + 1], -2, length + 1)
    return slice(max(int(np.floor(first)), 0), min(int(np.ceil(last)) + 1, length))


def _num_cut_edges(box: Box, camera: Intrinsics, world_from_camera: Matrix4) -> int:
    """How many of the 12 edges have an end that the image does not show."""
    pixels, depth_m = project(box.corners(), camera, world_from_camera)
    shown = (depth_m > NEAR_M) & (pixels >= -0.5).all(axis=1)
    shown &= (pixels <= np.array([camera.width, camera.height]) - 0.5).all(axis=1)
    return sum(not (shown[start] and shown[end]) for start, end in BOX_EDGES)


def _clip_near(
    start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The part of a camera-frame segment at least `NEAR_M` ahead."""
    if max(start[2], end[2]) < NEAR_M:
        return None
    if min(start[2], end[2]) >= NEAR_M:
        return start, end
    crossing = start + (end - start) * ((NEAR_M - start[2]) / (end[2] - start[2]))
    return (crossing, end) if start[2] < NEAR_M else (start, crossing)


def _pixel(point: NDArray[np.float64], camera: Intrinsics) -> tuple[float, float]:
    x = point[0] / point[2] * camera.fx + camera.cx
    y = point[1] / point[2] * camera.fy + camera.cy
    return float(x), float(y)


def _clip_to_image(
    start: tuple[float, float], end: tuple[float, float], camera: Intrinsics
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Liang-Barsky clipping to the image, whose border runs half a pixel around the centres."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    enter, leave = 0.0, 1.0
    sides = (
        (-dx, start[0] + 0.5),
        (dx, camera.width - 0.5 - start[0]),
        (-dy, start[1] + 0.5),
        (dy, camera.height - 0.5 - start[1]),
    )
    for outward, distance in sides:
        if outward == 0:
            if distance < 0:
                return None
            continue
        ratio = distance / outward
        if outward < 0:
            enter = max(enter, ratio)
        else:
            leave = min(leave, ratio)
    if enter > leave:
        return None
    return (
        (start[0] + enter * dx, start[1] + enter * dy),
        (start[0] + leave * dx, start[1] + leave * dy),
    )
