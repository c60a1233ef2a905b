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
    if not boxes:
        return inside
    world = _world_points(depth_m, depth_camera, world_from_camera)
    for index, box in enumerate(boxes):
        window = _window(box, depth_camera, world_from_camera, margin_m)
        if window is None:
            continue
        points = world[window]
        reach = (np.array(box.size) / 2 + margin_m).astype(np.float32)
        hit = depth_valid[window].copy()
        for axis in range(3):
            center = np.float32(box.center[axis])
            hit &= np.abs(points[..., axis] - center) <= reach[axis]
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


def _world_points(
    depth_m: NDArray[np.floating], camera: Intrinsics, world_from_camera: Matrix4
) -> NDArray[np.float32]:
    """(H, W, 3) float32 world points of every pixel."""
    pose = world_from_camera.astype(np.float32)
    return np.asarray(backproject(depth_m, camera) @ pose[:3, :3].T + pose[:3, 3], np.float32)


def _window(
    box: Box, camera: Intrinsics, world_from_camera: Matrix4, margin_m: float
) -> tuple[slice, slice] | None:
    """The rows and columns that can hold the box's points; None when it is out of sight.

    A box that reaches behind the camera has no bounded projection, so it gets the whole image.
    """
    x, y, z = box.size
    grown = Box(box.center, (x + 2 * margin_m, y + 2 * margin_m, z + 2 * margin_m))
    pixels, depth_m = project(grown.corners(), camera, world_from_camera)
    if (depth_m <= 0).all():
        return None
    if (depth_m <= NEAR_M).any():
        return slice(0, camera.height), slice(0, camera.width)
    left, top = np.floor(pixels.min(axis=0)).clip(-1, 1e9).astype(int)
    right, bottom = np.ceil(pixels.max(axis=0)).clip(-1, 1e9).astype(int)
    rows = slice(max(top, 0), min(bottom + 1, camera.height))
    columns = slice(max(left, 0), min(right + 1, camera.width))
    return None if rows.start >= rows.stop or columns.start >= columns.stop else (rows, columns)


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
