"""The zero surface of a grid of signed distances, as triangles.

Naive surface nets: one vertex in each cell that the surface passes through, at the mean of where
it crosses the cell's edges, and two triangles for each grid edge that it crosses. Gibson 1998.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

_CORNERS = tuple(product((0, 1), repeat=3))
_EDGES = tuple(
    (a, b)
    for a, b in product(_CORNERS, _CORNERS)
    if sum(b) - sum(a) == 1 and all(i <= j for i, j in zip(a, b, strict=True))
)


def surface_of(
    distance: NDArray[np.float32], known: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Vertices (N, 3) in grid units and faces (M, 3).

    Faces look to where the distance is positive.

    Args:
        distance: (X, Y, Z), negative behind the surface.
        known: (X, Y, Z); cells with an unknown corner hold no surface.
    """
    behind = distance < 0
    parts = [_part(behind, corner) for corner in _CORNERS]
    num_behind = np.count_nonzero(np.stack(parts), axis=0)
    active = (num_behind > 0) & (num_behind < 8)
    for corner in _CORNERS:
        active &= _part(known, corner)
    cells = np.argwhere(active)
    if not len(cells):
        return np.zeros((0, 3)), np.zeros((0, 3), np.int32)
    number = np.full(active.shape, -1, np.int32)
    number[active] = np.arange(len(cells), dtype=np.int32)
    return cells + _places(distance, cells), _faces(behind, number)


def _part(grid: NDArray[np.bool_], corner: tuple[int, ...]) -> NDArray[np.bool_]:
    """The grid as its cells see it at one of their corners."""
    return grid[
        tuple(slice(at, at + size - 1) for at, size in zip(corner, grid.shape, strict=True))
    ]


def _places(distance: NDArray[np.float32], cells: NDArray[np.intp]) -> NDArray[np.float64]:
    """(N, 3): where in its cell each vertex lies, 0 to 1."""
    total, count = np.zeros(cells.shape), np.zeros(len(cells))
    for a, b in _EDGES:
        from_a = distance[tuple((cells + a).T)].astype(np.float64)
        from_b = distance[tuple((cells + b).T)].astype(np.float64)
        crosses = (from_a < 0) != (from_b < 0)
        share = from_a / np.where(crosses, from_a - from_b, 1.0)
        way = np.array(b) - np.array(a)
        total[crosses] += np.array(a) + share[crosses, None] * way
        count += crosses
    return np.asarray(total / np.maximum(count, 1)[:, None])


def _faces(behind: NDArray[np.bool_], number: NDArray[np.int32]) -> NDArray[np.int32]:
    """Two triangles around each grid edge whose ends lie on two sides, where all four cells are."""
    found = []
    for axis in range(3):
        one, other = (axis + 1) % 3, (axis + 2) % 3
        low = np.moveaxis(behind, (axis, one, other), (0, 1, 2))
        cells = np.moveaxis(number, (axis, one, other), (0, 1, 2))
        crosses = low[:-1, 1:-1, 1:-1] != low[1:, 1:-1, 1:-1]
        around = (cells[:, :-1, :-1], cells[:, 1:, :-1], cells[:, 1:, 1:], cells[:, :-1, 1:])
        quads = np.stack([item[crosses] for item in around], axis=1)
        from_behind = low[:-1, 1:-1, 1:-1][crosses]
        quads = np.where(from_behind[:, None], quads, quads[:, ::-1])
        quads = quads[(quads >= 0).all(axis=1)]
        found += [quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]
    return np.concatenate(found).astype(np.int32)
