"""A surface for scans that come without one, from the depth of their frames.

Every voxel of a grid learns how far before or behind the measured surface it lies, as the mean
over the frames that see it (Curless and Levoy 1996); the surface lies where that is zero.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import invert, transform
from whatwhere.geometry.surface_nets import surface_of
from whatwhere.scenes.scene import Mesh

MAX_FRAMES = 48
"""More add little to a surface that is only looked at."""

_MAX_VOXELS = 1_500_000
_LEAST_VOXEL_M = 0.02
_BAND = 4.0
"""Voxels before and behind the surface that a measurement speaks of."""

View = tuple[PosedDepth, NDArray[np.uint8]]
"""Depth, and colours (H, W, 3) of the same view at any size."""


def fused_surface(
    views: Iterable[View], *, on_view: Callable[[int], None] = lambda done: None
) -> Mesh | None:
    """The surface that these frames measured, aligned metres; None where they measured nothing.

    Args:
        views: coarse ones suffice; those in memory at once are all.
        on_view: told how many are fused; what it raises stops the work.
    """
    held = [view for view in views if view[0].valid.any()]
    grid = _grid_around([depth for depth, _ in held])
    if grid is None:
        return None
    for done, (depth, color) in enumerate(held, start=1):
        grid.add(depth, color)
        on_view(done)
    return grid.mesh()


def _grid_around(depths: list[PosedDepth]) -> "_Grid | None":
    """A grid around what was measured; the outermost percent is taken as noise."""
    points = [
        transform(
            backproject(depth.depth_m, depth.camera)[depth.valid][::16], depth.world_from_camera
        )
        for depth in depths
    ]
    if not points:
        return None
    lower, upper = np.percentile(np.concatenate(points), [1, 99], axis=0)
    size_m = np.maximum(upper - lower, 0.1)
    if not np.isfinite(size_m).all():
        return None
    voxel_m = max(float(np.prod(size_m) / _MAX_VOXELS) ** (1 / 3), _LEAST_VOXEL_M)
    margin_m = 3 * voxel_m
    shape = np.ceil((size_m + 2 * margin_m) / voxel_m).astype(int) + 1
    # A long thin room could still have more voxels than were asked for.
    while np.prod(shape) > 2 * _MAX_VOXELS:
        voxel_m *= 1.2
        shape = np.ceil((size_m + 2 * margin_m) / voxel_m).astype(int) + 1
    x, y, z = (int(side) for side in shape)
    return _Grid(lower - margin_m, voxel_m, (x, y, z))


@dataclass(eq=False)
class _Grid:
    """Sums over frames for each voxel of a grid.

    Attributes:
        origin_m: (3,) aligned metres of voxel (0, 0, 0).
        voxel_m: the distance between neighbours.
        shape: voxels along x, y and z.
    """

    origin_m: NDArray[np.float64]
    voxel_m: float
    shape: tuple[int, int, int]
    distance: NDArray[np.float32] = field(init=False)
    count: NDArray[np.float32] = field(init=False)
    color: NDArray[np.float32] = field(init=False)
    color_count: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        num = int(np.prod(self.shape))
        self.distance, self.count, self.color_count = (np.zeros(num, np.float32) for _ in range(3))
        self.color = np.zeros((num, 3), np.float32)

    def add(self, depth: PosedDepth, color: NDArray[np.uint8]) -> None:
        """What one frame says of the voxels that it sees."""
        band_m = _BAND * self.voxel_m
        x, y, z = self._in_camera(depth)
        camera, (height, width) = depth.camera, depth.depth_m.shape
        seen = np.flatnonzero(z > 0.05)
        x, y, z = x[seen], y[seen], z[seen]
        column = np.rint(x / z * np.float32(camera.fx) + np.float32(camera.cx))
        row = np.rint(y / z * np.float32(camera.fy) + np.float32(camera.cy))
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        seen, z = seen[inside], z[inside]
        column, row = column[inside].astype(np.intp), row[inside].astype(np.intp)
        ahead_m = depth.depth_m[row, column] - z
        speaks = depth.valid[row, column] & (ahead_m > -band_m)
        seen, ahead_m = seen[speaks], ahead_m[speaks]
        self.distance[seen] += np.minimum(ahead_m, band_m)
        self.count[seen] += 1
        near = np.abs(ahead_m) < band_m
        painted = seen[near]
        rows = row[speaks][near] * color.shape[0] // height
        columns = column[speaks][near] * color.shape[1] // width
        self.color[painted] += color[rows, columns]
        self.color_count[painted] += 1

    def mesh(self) -> Mesh | None:
        """The surface so far; None where there is none."""
        mean = np.asarray(self.distance / np.maximum(self.count, 1), np.float32)
        places, faces = surface_of(mean.reshape(self.shape), (self.count > 0).reshape(self.shape))
        if not len(places):
            return None
        nearest = np.rint(places).astype(np.intp)
        voxels = np.ravel_multi_index(tuple(nearest.T), self.shape)
        colors = self.color[voxels] / np.maximum(self.color_count[voxels], 1)[:, None]
        vertices = (self.origin_m + places * self.voxel_m).astype(np.float32)
        return Mesh(vertices, faces, np.rint(colors).astype(np.uint8))

    def _in_camera(self, depth: PosedDepth) -> list[NDArray[np.float32]]:
        """x, y and z of every voxel in the camera's frame, metres, each (voxels,)."""
        camera_from_world = invert(depth.world_from_camera)
        axes = [
            origin + self.voxel_m * np.arange(size)
            for origin, size in zip(self.origin_m, self.shape, strict=True)
        ]
        found = []
        for row in camera_from_world[:3]:
            along_x, along_y, along_z = (
                (factor * axis).astype(np.float32)
                for factor, axis in zip(row[:3], axes, strict=True)
            )
            plane = along_x[:, None] + along_y[None, :] + np.float32(row[3])
            found.append((plane[:, :, None] + along_z).reshape(-1))
        return found
