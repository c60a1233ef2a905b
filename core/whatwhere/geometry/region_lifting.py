"""From an outline drawn on a frame to the points behind it, and the box around what was meant.

A rectangle about a chair holds floor and wall as well. What goes on beyond the outline as a plane
is taken for background, unless the middle of the outline lies on it; of the rest, the connected
part that holds the middle is kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import RegionError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics, project
from whatwhere.geometry.outlines import Outline, bounds_of, check_outline, clipped, holds
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import transform

_LEAST_POINTS = 8
_RING_SHARE = 0.12
"""How far beyond the outline one looks for what goes on there, as a share of its breadth."""
_MOST_PLANES = 3
_LEAST_OF_RING = 0.12
_OFF_PLANE_M, _OFF_PLANE_SHARE = 0.01, 0.005
_TRIES = 200
_MOST_FOR_PLANES = 2_000
_VOXEL_M, _VOXEL_SHARE, _VOXELS_PER_SPACING = 0.04, 0.02, 1.2
_MOST_VOXELS = 4_000_000
_CELL_PX = 6.0
"""Of vertices in one cell of the picture, those that lie behind the nearest are not seen."""
_OUTERMOST_PERCENT = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class LiftedRegion:
    """What an outline points at.

    Attributes:
        points_N3: (N, 3) float32 aligned metres, N >= 1.
        box: around them.
        num_vertices: of the points, those that are vertices of the mesh, where no depth was
            measured.
        is_cut: the outline reached beyond the picture.
    """

    points_N3: NDArray[np.float32]
    box: Box
    num_vertices: int = 0
    is_cut: bool = False


def lift_region(
    outline_px: Outline,
    camera: Intrinsics,
    depth: PosedDepth,
    vertices_N3: NDArray[np.floating] | None = None,
) -> LiftedRegion:
    """The points inside an outline that belong to what its middle lies on.

    Args:
        outline_px: corners in pixels of the colour image.
        camera: of the colour image.
        depth: of the same frame; may differ in size.
        vertices_N3: of the scan's mesh, aligned metres; they stand in where no depth was measured.

    Raises:
        RegionError: the outline cannot be meant, lies outside the picture, or has neither depth nor
            vertices inside.
    """
    check_outline(outline_px)
    inside = clipped(outline_px, width=camera.width, height=camera.height)
    if len(inside) < 3:
        raise RegionError("the outline lies outside the picture", remedy="Draw it on the picture")
    own = _in_depth_px(inside, camera, depth.camera)
    pixels, points, depths_m, num_measured = _samples(own, depth, vertices_N3)
    within = holds(own, pixels[:, 0], pixels[:, 1])
    if np.count_nonzero(within) < _LEAST_POINTS:
        raise RegionError(
            "no depth was measured inside the outline, and the mesh has no vertices there",
            remedy="Draw it on another frame, or draw a box in the 3D view",
        )
    weight = np.where(within, _closeness(own, pixels), 0.0)
    edge_m = _reach_m(points, depths_m, num_measured, depth.camera)
    kept = within & ~_background(points, depths_m, within, weight, edge_m)
    kept = _connected(points, kept, weight, edge_m)
    low, high = np.percentile(points[kept], [_OUTERMOST_PERCENT, 100 - _OUTERMOST_PERCENT], axis=0)
    is_vertex = np.arange(len(points)) >= num_measured
    return LiftedRegion(
        points[kept].astype(np.float32),
        Box.from_bounds(low, high),
        num_vertices=int(np.count_nonzero(kept & is_vertex)),
        is_cut=inside != tuple(outline_px),
    )


def _in_depth_px(outline: Outline, camera: Intrinsics, other: Intrinsics) -> Outline:
    """The same rays through another picture from the same place."""
    return tuple(
        (
            (x - camera.cx) / camera.fx * other.fx + other.cx,
            (y - camera.cy) / camera.fy * other.fy + other.cy,
        )
        for x, y in outline
    )


def _samples(
    outline: Outline, depth: PosedDepth, vertices_N3: NDArray[np.floating] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], int]:
    """What lies in and about an outline, that which was measured first.

    Returns:
        Pixels (N, 2), world (N, 3), depths (N,), and how many of them were measured.
    """
    (left, top), (right, bottom) = bounds_of(outline)
    reach = max(_RING_SHARE * max(right - left, bottom - top), 3.0)
    height, width = depth.depth_m.shape
    columns = slice(max(int(left - reach), 0), min(int(right + reach) + 2, width))
    rows = slice(max(int(top - reach), 0), min(int(bottom + reach) + 2, height))
    y, x = np.nonzero(depth.valid[rows, columns])
    x, y = x + columns.start, y + rows.start
    z_m = depth.depth_m[y, x].astype(float)
    local = np.stack(
        [
            (x - depth.camera.cx) / depth.camera.fx * z_m,
            (y - depth.camera.cy) / depth.camera.fy * z_m,
            z_m,
        ],
        axis=-1,
    )
    pixels = np.stack([x, y], axis=-1).astype(float)
    points = transform(local, depth.world_from_camera)
    if vertices_N3 is None or not len(vertices_N3):
        return pixels, points, z_m, len(points)
    places, depths_m = project(vertices_N3, depth.camera, depth.world_from_camera)
    near = (
        (depths_m > 0)
        & (places[:, 0] >= max(left - reach, -0.5))
        & (places[:, 0] < min(right + reach, width - 0.5))
        & (places[:, 1] >= max(top - reach, -0.5))
        & (places[:, 1] < min(bottom + reach, height - 0.5))
    )
    chosen = np.flatnonzero(near)
    _, is_measured = depth.at(places[chosen, 0], places[chosen, 1])
    chosen = chosen[~is_measured]
    chosen = chosen[_nearest_in_cells(places[chosen], depths_m[chosen])]
    return (
        np.concatenate([pixels, places[chosen]]),
        np.concatenate([points, np.asarray(vertices_N3[chosen], float)]),
        np.concatenate([z_m, depths_m[chosen]]),
        len(points),
    )


def _nearest_in_cells(
    places: NDArray[np.float64], depths_m: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which of some vertices are not hidden by others of the same cell of the picture."""
    if not len(places):
        return np.zeros(0, bool)
    cells = np.floor(places / _CELL_PX).astype(np.int64)
    _, cell = np.unique(cells, axis=0, return_inverse=True)
    cell = cell.ravel()
    nearest = np.full(int(cell.max()) + 1, np.inf)
    np.minimum.at(nearest, cell, depths_m)
    return np.asarray(depths_m <= nearest[cell] * 1.05 + 0.05)


def _closeness(outline: Outline, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,): 1 in the middle of an outline, falling to the sides of the rectangle around it."""
    (left, top), (right, bottom) = bounds_of(outline)
    middle = np.array([left + right, top + bottom]) / 2
    half = np.maximum(np.array([right - left, bottom - top]) / 2, 1.0)
    return np.asarray(np.exp(-4 * (((pixels - middle) / half) ** 2).sum(axis=1)))


def _background(
    points: NDArray[np.float64],
    depths_m: NDArray[np.float64],
    within: NDArray[np.bool_],
    weight: NDArray[np.float64],
    edge_m: float,
) -> NDArray[np.bool_]:
    """(N,): what lies on planes that go on beyond the outline and do not hold its middle."""
    found = np.zeros(len(points), bool)
    tolerance_m = _OFF_PLANE_M + _OFF_PLANE_SHARE * depths_m
    around = np.flatnonzero(~within)
    num_around = len(around)
    chance = np.random.default_rng(0)
    for _ in range(_MOST_PLANES):
        if len(around) < max(_LEAST_POINTS, _LEAST_OF_RING * num_around):
            break
        plane = _largest_plane(points[around], tolerance_m[around], chance)
        if plane is None:
            break
        on_it = np.abs(points @ plane[:3] + plane[3]) <= tolerance_m
        if np.count_nonzero(on_it[around]) < _LEAST_OF_RING * num_around:
            break
        if weight[on_it].sum() < 0.5 * weight.sum():
            found |= _reached(points, on_it, ~within, edge_m)
        around = around[~on_it[around]]
    # A picture on a wall lies on the wall: then there is nothing else to be meant.
    return found if np.count_nonzero(within & ~found) >= _LEAST_POINTS else np.zeros_like(found)


def _largest_plane(
    points: NDArray[np.float64], tolerance_m: NDArray[np.float64], chance: np.random.Generator
) -> NDArray[np.float64] | None:
    """(4,): unit normal and offset of the plane with most of some points; None without any."""
    if len(points) > _MOST_FOR_PLANES:
        some = chance.choice(len(points), _MOST_FOR_PLANES, replace=False)
        points, tolerance_m = points[some], tolerance_m[some]
    three = points[chance.integers(0, len(points), (_TRIES, 3))]
    normals = np.cross(three[:, 1] - three[:, 0], three[:, 2] - three[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    good = lengths > 1e-6
    if not good.any():
        return None
    normals = normals[good] / lengths[good, None]
    offsets = -(normals * three[good, 0]).sum(axis=1)
    on_them = np.abs(points @ normals.T + offsets) <= tolerance_m[:, None]
    best = int(on_them.sum(axis=0).argmax())
    chosen = points[on_them[:, best]]
    middle = chosen.mean(axis=0)
    normal = np.linalg.svd(chosen - middle, full_matrices=False)[2][-1]
    return np.array([*normal, -float(normal @ middle)])


def _reach_m(
    points: NDArray[np.float64],
    depths_m: NDArray[np.float64],
    num_measured: int,
    camera: Intrinsics,
) -> float:
    """How far apart neighbours on one surface may lie, however coarsely it is sampled."""
    middle_m = float(np.median(depths_m))
    spacing_m = middle_m / min(camera.fx, camera.fy) if num_measured else 0.0
    vertices = points[num_measured:]
    if len(vertices) > 1:
        from scipy.spatial import cKDTree  # type: ignore[import-untyped]

        some = vertices[:: max(1, len(vertices) // 500)]
        away_m, _ = cKDTree(vertices).query(some, k=2)
        spacing_m = max(spacing_m, float(np.median(away_m[:, 1])))
    return max(_VOXEL_M, _VOXEL_SHARE * middle_m, _VOXELS_PER_SPACING * spacing_m)


def _connected(
    points: NDArray[np.float64],
    kept: NDArray[np.bool_],
    weight: NDArray[np.float64],
    edge_m: float,
) -> NDArray[np.bool_]:
    """(N,): of the points that are kept, the connected part with most weight about the middle."""
    chosen = np.flatnonzero(kept)
    part = _parts(points[chosen], edge_m)
    heaviest = np.bincount(part, weights=weight[chosen]).argmax()
    found = np.zeros(len(points), bool)
    found[chosen[part == heaviest]] = True
    return found


def _reached(
    points: NDArray[np.float64],
    among: NDArray[np.bool_],
    start: NDArray[np.bool_],
    edge_m: float,
) -> NDArray[np.bool_]:
    """(N,): of some points, those that are connected with one of the points to start from."""
    chosen = np.flatnonzero(among)
    part = _parts(points[chosen], edge_m)
    found = np.zeros(len(points), bool)
    found[chosen[np.isin(part, part[start[chosen]])]] = True
    return found


def _parts(points: NDArray[np.float64], edge_m: float) -> NDArray[np.intp]:
    """(N,): a number for the connected part that each of N >= 1 points belongs to.

    Args:
        points: (N, 3) metres.
        edge_m: of the cells of which neighbours are connected.
    """
    from scipy import ndimage  # type: ignore[import-untyped]  # 0.1 s, not at every start

    lower = points.min(axis=0)
    extent = points.max(axis=0) - lower
    while np.prod(np.floor(extent / edge_m) + 1) > _MOST_VOXELS:
        edge_m *= 1.5
    voxels = np.floor((points - lower) / edge_m).astype(np.intp)
    filled = np.zeros(voxels.max(axis=0) + 1, bool)
    filled[tuple(voxels.T)] = True
    parts, _ = ndimage.label(filled, structure=np.ones((3, 3, 3), bool))
    return np.asarray(parts[tuple(voxels.T)])
