"""Which pixels, and how much of the picture, a box takes up in a posed depth image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import BOX_EDGES, Box, box_edges, box_rows, edges_of
from whatwhere.geometry.cameras import Intrinsics, backproject, project
from whatwhere.geometry.poses import Matrix4, invert, transform
from whatwhere.geometry.turned_box import TurnedBox

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
    depth = (depth_m, depth_valid, depth_camera, world_from_camera)
    for index, window, hit in _hits(*depth, boxes, margin_m):
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
    num_pixels = np.zeros(len(boxes), np.int64)
    depth = (depth_m, depth_valid, depth_camera, world_from_camera)
    for index, _, hit in _hits(*depth, boxes, margin_m):
        num_pixels[index] = np.count_nonzero(hit)
    return BoxVisibility(
        num_pixels=num_pixels,
        share=num_pixels / max(depth_m.size, 1),
        num_outside=_num_cut_edges(boxes, depth_camera, world_from_camera),
    )


def project_box_edges(
    box: Box | TurnedBox, camera: Intrinsics, world_from_camera: Matrix4
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The parts of the box's 12 edges inside the picture, as segments ((x, y), (x, y)) in pixels.

    Each edge is clipped at `NEAR_M` in front of the camera (else a box behind it would come out
    mirrored) and at the border of the image; edges wholly outside are left out.
    """
    return as_segments(box_lines(box, camera, world_from_camera)[0])


def box_lines(
    box: Box | TurnedBox, camera: Intrinsics, world_from_camera: Matrix4
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


def _hits(
    depth_m: NDArray[np.floating],
    depth_valid: NDArray[np.bool_],
    camera: Intrinsics,
    world_from_camera: Matrix4,
    boxes: Sequence[Box],
    margin_m: float,
) -> Iterator[tuple[int, tuple[slice, slice], NDArray[np.bool_]]]:
    """For each box in sight: its index, rows and columns, and which pixels there are in it."""
    if not boxes or not depth_valid.any():
        return
    nearest_m = float(depth_m[depth_valid].min())
    world = _world_planes(depth_m, camera, world_from_camera)
    windows = _windows(boxes, camera, world_from_camera, margin_m, nearest_m)
    for index, (box, window) in enumerate(zip(boxes, windows, strict=True)):
        if window is None:
            continue
        hit = depth_valid[window].copy()
        for plane, center, size in zip(world, box.center, box.size, strict=True):
            hit &= np.abs(plane[window] - np.float32(center)) <= np.float32(size / 2 + margin_m)
        yield index, window, hit


def _windows(
    boxes: Sequence[Box],
    camera: Intrinsics,
    world_from_camera: Matrix4,
    margin_m: float,
    nearest_m: float,
) -> list[tuple[slice, slice] | None]:
    """The rows and columns that can hold each box's points; None for one that is out of sight.

    No point is nearer than `nearest_m`, so what is cut off there loses nothing, and a box that
    reaches behind the camera still has a bounded projection.
    """
    near_m = nearest_m * 0.999
    rows = box_rows(boxes)
    rows[:, 3:] += 2 * margin_m
    ends = transform(edges_of(rows), invert(world_from_camera))
    ahead = ends[..., 2] >= near_m
    start, end = ends[:, :, 0], ends[:, :, 1]
    way_m = end[..., 2] - start[..., 2]
    crosses = ahead[..., 0] != ahead[..., 1]
    share = (near_m - start[..., 2]) / np.where(crosses, way_m, 1.0)
    crossing = start + share[..., None] * (end - start)
    points = np.concatenate([ends, crossing[:, :, None]], axis=2).reshape(len(boxes), -1, 3)
    counts = np.concatenate([ahead, crosses[..., None]], axis=2).reshape(len(boxes), -1)
    z_m = np.where(counts, points[..., 2], 1.0)
    sides = []
    for value, focal, middle, length in (
        (points[..., 1], camera.fy, camera.cy, camera.height),
        (points[..., 0], camera.fx, camera.cx, camera.width),
    ):
        pixel = value / z_m * focal + middle
        first = np.where(counts, pixel, np.inf).min(axis=1) - 1
        last = np.where(counts, pixel, -np.inf).max(axis=1) + 1
        # A box with no point ahead has its last pixel before its first.
        first, last = np.floor(first.clip(-2, length + 1)), np.ceil(last.clip(-2, length + 1))
        sides.append((first.clip(0).astype(int).tolist(), (last.clip(max=length - 1)).tolist()))
    (tops, bottoms), (lefts, rights) = sides
    return [
        (slice(top, int(bottom) + 1), slice(left, int(right) + 1))
        if top <= bottom and left <= right
        else None
        for top, bottom, left, right in zip(tops, bottoms, lefts, rights, strict=True)
    ]


def _num_cut_edges(
    boxes: Sequence[Box], camera: Intrinsics, world_from_camera: Matrix4
) -> NDArray[np.int64]:
    """(K,): how many of each box's 12 edges have an end that the image does not show."""
    pixels, depth_m = project(box_edges(boxes), camera, world_from_camera)
    shown = (depth_m > NEAR_M) & (pixels >= -0.5).all(axis=-1)
    shown &= (pixels <= np.array([camera.width, camera.height]) - 0.5).all(axis=-1)
    return np.asarray((~shown.all(axis=-1)).sum(axis=-1), np.int64)


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
