"""A room of any number of triangles, made in memory: floor, walls and furniture, a little rough."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.scenes.scene import Mesh

_SIZE_M = (8.0, 6.0, 2.6)
_NUM_PIECES = 30

Patch = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def synthetic_room(num_faces: int, *, seed: int = 0) -> Mesh:
    """About `num_faces` triangles, 8 m by 6 m by 2.6 m, coloured in waves; faces look inward."""
    rng = np.random.default_rng(seed)
    patches = [*_shell(), *(patch for _ in range(_NUM_PIECES) for patch in _block(rng))]
    area_m2 = sum(float(np.linalg.norm(np.cross(u, v))) for _, u, v in patches)
    step_m = (2 * area_m2 / num_faces) ** 0.5
    vertices: list[NDArray[np.float64]] = []
    faces: list[NDArray[np.int64]] = []
    start = 0
    for origin, u, v in patches:
        rows, columns = (max(2, int(np.linalg.norm(side) / step_m) + 1) for side in (u, v))
        s, t = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
        points = origin + s[..., None] * u + t[..., None] * v
        vertices.append((points + rng.normal(0, 0.1 * step_m, points.shape)).reshape(-1, 3))
        corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1, 1)
        for turn in ([0, columns, columns + 1], [0, columns + 1, 1]):
            faces.append(start + corner + np.array(turn))
        start += rows * columns
    places = np.concatenate(vertices).astype(np.float32)
    colors = (127 + 100 * np.sin(7 * places + np.arange(3, dtype=np.float32))).astype(np.uint8)
    return Mesh(places, np.concatenate(faces).astype(np.int32), colors)


def _shell() -> list[Patch]:
    width, depth, height = _SIZE_M
    zero, x, y, z = np.zeros(3), *(np.diag([width, depth, height]))
    return [
        (zero, x, y),
        (zero, z, x),
        (x + y, z, -x),
        (y, z, -y),
        (x, z, y),
    ]


def _block(rng: np.random.Generator) -> list[Patch]:
    size = rng.uniform(0.3, 1.2, 3)
    corner = np.array([*rng.uniform(0.3, np.array(_SIZE_M[:2]) - 1.5), 0.0])
    x, y, z = np.diag(size)
    return [
        (corner + z, x, y),
        (corner, x, z),
        (corner + x + y, -x, z),
        (corner + y, -y, z),
        (corner + x, y, z),
    ]
