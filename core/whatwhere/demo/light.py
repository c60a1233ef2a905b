"""How bright and which colour a point of the room looks: one shader for frames and meshes.

A soft ceiling light with a shadow map, daylight from the window's side, and ambient occlusion
read from a blurred occupancy grid, so that things darken where they touch.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # type: ignore[import-untyped]

from whatwhere.demo.raster import rasterise
from whatwhere.demo.rooms import Room
from whatwhere.demo.solids import Quads
from whatwhere.demo.surfaces import Floats32, shining, textured_in_place
from whatwhere.geometry.cameras import Intrinsics

_CELL_M = 0.09
_PAD_CELLS = 5
_MAP_PIXELS = 192
_MAP_CAMERA = Intrinsics(36.0, 36.0, 95.5, 95.5, _MAP_PIXELS, _MAP_PIXELS)
# Linear RGB of the ceiling light, the daylight and the light from all around.
_LIGHTS = np.array(
    [[0.74, 0.69, 0.61], [0.345, 0.38, 0.40], [0.445, 0.455, 0.47]],
    np.float32,
)


@dataclass(frozen=True, slots=True, eq=False)
class Lighting:
    """The light of one room, ready to shade any point on its quads.

    Attributes:
        colours, finishes, flat, pivot, bend: of the quads, as in `Quads` but single precision.
        lamp: (3,) the ceiling light.
        daylight: (3,) unit vector towards the window's light.
        shadow_depth_m: (M, M) what the ceiling light sees.
        crowding: (X, Y, Z) blurred occupancy in [0, 1].
        origin: (3,) centre of the grid's first cell.
    """

    colours: Floats32
    finishes: NDArray[np.int8]
    flat: Floats32
    pivot: Floats32
    bend: Floats32
    lamp: Floats32
    daylight: Floats32
    shadow_depth_m: Floats32
    crowding: Floats32
    origin: Floats32

    @classmethod
    def of(cls, room: Room, quads: Quads) -> "Lighting":
        """Prepare the shadow map and the occupancy grid."""
        rng = np.random.default_rng([room.seed, 3])
        w, d, h = room.size
        lamp = np.array([*(rng.uniform(-0.15, 0.15, 2) * (w, d)), h - 0.12])
        window = next(item for item in room.items if item.kind.name == "window")
        towards = np.array([window.position[0], window.position[1], 1.6])
        shell = quads.owners >= len(room.items)
        inside = quads.corners[~shell]
        depth_m, _ = rasterise(_below(inside, lamp), _MAP_CAMERA)
        crowding, origin = _crowding(room, inside)
        return cls(
            colours=quads.colours.astype(np.float32),
            finishes=quads.finishes.astype(np.int8),
            flat=quads.flat.astype(np.float32),
            pivot=quads.pivot.astype(np.float32),
            bend=quads.bend.astype(np.float32),
            lamp=lamp.astype(np.float32),
            daylight=(towards / np.linalg.norm(towards)).astype(np.float32),
            shadow_depth_m=np.where(depth_m > 0, depth_m, np.float32(99.0)),
            crowding=crowding,
            origin=origin,
        )

    def shade(self, points: Floats32, quad: NDArray[np.int32]) -> Floats32:
        """Linear RGB (N, 3) of (N, 3) points in aligned metres, each on its quad."""
        normals = self._normals(points, quad)
        to_lamp = self.lamp - points
        distance = np.sqrt(np.einsum("ni,ni->n", to_lamp, to_lamp))
        facing = np.einsum("ni,ni->n", normals, to_lamp) / distance
        direct = np.clip(facing * 0.85 + 0.15, 0, 1) * self._lit(points, normals)
        direct *= 2.6 / (1.6 + 0.35 * distance**2)
        day = np.clip(normals @ self.daylight * 0.6 + 0.4, 0, 1)
        open_share = self._openness(points, normals)
        sky = 0.72 + 0.28 * normals[:, 2]
        shares = np.stack([direct, day * open_share, sky * open_share], axis=1)
        light = shares.astype(np.float32, copy=False) @ _LIGHTS
        finish = self.finishes[quad]
        colour = self.colours[quad]
        textured_in_place(colour, points, finish)
        return shining(colour, light, points, finish)

    def _normals(self, points: Floats32, quad: NDArray[np.int32]) -> Floats32:
        normals = self.flat[quad]
        curved = np.flatnonzero(self.bend[:, 0][quad])
        if len(curved):
            of = quad[curved]
            bent = (points[curved] - self.pivot[of]) * self.bend[of] + normals[curved]
            length = np.sqrt(np.einsum("ni,ni->n", bent, bent))
            normals[curved] = bent / np.maximum(length, np.float32(1e-6))[:, None]
        return normals

    def _lit(self, points: Floats32, normals: Floats32) -> Floats32:
        """Share of the ceiling light that arrives: 2 x 2 percentage-closer filtering."""
        local = _below(points + normals * np.float32(0.03), self.lamp)
        depth = np.maximum(local[:, 2], np.float32(1e-3))
        camera = _MAP_CAMERA
        x = local[:, 0] / depth * camera.fx + camera.cx
        y = local[:, 1] / depth * camera.fy + camera.cy
        last = _MAP_PIXELS - 2
        x0, y0 = np.clip(np.floor(x), 0, last), np.clip(np.floor(y), 0, last)
        fx, fy = np.clip(x - x0, 0, 1), np.clip(y - y0, 0, 1)
        first = y0.astype(np.int32) * _MAP_PIXELS + x0.astype(np.int32)
        seen = self.shadow_depth_m.ravel()
        limit = (depth - 0.03).astype(np.float32)
        upper = (seen[first] > limit) * (1 - fx) + (seen[first + 1] > limit) * fx
        first += _MAP_PIXELS
        lower = (seen[first] > limit) * (1 - fx) + (seen[first + 1] > limit) * fx
        lit = upper + (lower - upper) * fy
        return np.asarray(0.12 + 0.88 * lit, np.float32)

    def _openness(self, points: Floats32, normals: Floats32) -> Floats32:
        """1 in the open, less where geometry crowds the space in front of the surface."""
        at = (points + normals * 0.14 - self.origin) / np.float32(_CELL_M)
        crowd = ndimage.map_coordinates(self.crowding, at.T, order=1, mode="nearest")
        openness: Floats32 = np.clip(1.22 - 1.5 * crowd, 0.25, 1.0).astype(np.float32)
        return openness


def _below(points: NDArray[Any], lamp: NDArray[Any]) -> NDArray[Any]:
    """Room coordinates -> those of a camera at the lamp looking straight down."""
    local: NDArray[Any] = (points - lamp) * np.array([1.0, -1.0, -1.0], points.dtype)
    return local


def _crowding(room: Room, corners: NDArray[np.float64]) -> tuple[Floats32, Floats32]:
    """A blurred grid of what is solid, the world outside the room included."""
    half = np.array([room.size[0] / 2, room.size[1] / 2, 0.0])
    origin = -half - (_PAD_CELLS - 0.5) * _CELL_M
    inner = np.ceil(np.array(room.size) / _CELL_M).astype(int)
    grid = np.ones(tuple(inner + 2 * _PAD_CELLS), np.float32)
    pad = slice(_PAD_CELLS, -_PAD_CELLS)
    grid[pad, pad, pad] = 0.0
    longest = np.abs(corners[:, 2] - corners[:, 0]).max(axis=1)
    for few, chosen in ((3, longest < 0.3), (12, longest >= 0.3)):
        points = _spread(corners[chosen], few)
        cells = ((points - origin) / _CELL_M + 0.5).astype(np.int32)
        np.clip(cells, 0, np.array(grid.shape, np.int32) - 1, out=cells)
        grid[cells[:, 0], cells[:, 1], cells[:, 2]] = 1.0
    for _ in range(2):
        grid = ndimage.uniform_filter(grid, 4, mode="nearest")
    return grid, origin.astype(np.float32)


def _spread(corners: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """A grid of `steps` x `steps` points on every quad."""
    share = (np.arange(steps) + 0.5) / steps
    u, v = (grid.ravel() for grid in np.meshgrid(share, share))
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=1)
    points: NDArray[np.float64] = np.matmul(weights, corners)
    return points.reshape(-1, 3)
