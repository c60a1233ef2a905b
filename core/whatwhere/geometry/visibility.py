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
    """The parts of the box's 12 edges inside the picture, as segments ((x, y), (x, y)) in pixels.

    Each edge is clipped at `NEAR_M` in front of the camera (else a box behind it would come out
    mirrored) and at the border of the image; edges wholly outside are left out.
    """
    return as_segments(box_lines(box, camera, world_from_camera)[0])


def box_lines(
    box: Box, camera: Intrinsics, world_from_camera: Matrix4
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As `project_box_edges`: pixels (S, 2, 2) of both ends, and 1 / depth (S, 2) there.

    Along a line in the picture, 1 / depth (1/m) changes evenly; depth itself does not.
    """
    corners = transform(box.corners(), invert(world_from_camera))
    start, end = corners[_EDGES[:, 0]], corners[_EDGES[:, 1]]
    is_ahead = np.maximum(start[:, 2], end[:, 2]) >= NEAR_M
    start, end = start[is_ahead], end[is_ahead]
    start, end = _pulled_ahead(start, end), _pulled_ahead(end, start)
    ends = np.stack([start, end], axis=1)
    inverse = 1 / ends[..., 2]
    focal, middle = np.array([camera.fx, camera.fy]), np.array([camera.cx, camera.cy])
    return _clip_to_image(ends[..., :2] * inverse[..., None] * focal + middle, inverse, camera)


def as_segments(
    lines: NDArray[np.float64],
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """(S, 2, 2) pixels as plain numbers."""
    return [((x0, y0), (x1, y1)) for (x0, y0), (x1, y1) in lines.tolist()]


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


def _pulled_ahead(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Camera-frame points (S, 3), those behind `NEAR_M` moved there along the way to `others`."""
    behind = points[:, 2] < NEAR_M
    way = others[:, 2] - points[:, 2]
    share = np.where(behind, (NEAR_M - points[:, 2]) / np.where(way == 0, 1.0, way), 0.0)
    pulled = points + (others - points) * share[:, None]
    pulled[behind, 2] = NEAR_M
    return np.asarray(pulled)


def _clip_to_image(
    lines: NDArray[np.float64], inverse: NDArray[np.float64], camera: Intrinsics
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Liang-Barsky clipping to the image, whose border runs half a pixel around the centres."""
    start, way = lines[:, 0], lines[:, 1] - lines[:, 0]
    outward = np.concatenate([-way, way], axis=1)
    limit = np.array([camera.width, camera.height]) - 0.5
    distance = np.concatenate([start + 0.5, limit - start], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = distance / outward
    enter = np.where(outward < 0, ratio, 0.0).max(axis=1, initial=0.0)
    leave = np.where(outward > 0, ratio, 1.0).min(axis=1, initial=1.0)
    shown = (enter <= leave) & ~((outward == 0) & (distance < 0)).any(axis=1)
    shares = np.stack([enter, leave], axis=1)[shown]
    clipped = start[shown, None] + shares[..., None] * way[shown, None]
    rise = inverse[shown, 1] - inverse[shown, 0]
    return clipped, inverse[shown, :1] + shares * rise[:, None]
