"""Where the floor of a scan lies that nobody measured."""

import numpy as np

from whatwhere.scenes.scene import Mesh

_LEVEL = 0.9
"""Least z of a floor's unit normal, up or down: scanners do not agree on the side."""

_BIN_M = 0.04
_LEAST_SHARE = 0.2
"""Of the widest level surface: less is a shelf's underside, or noise below the floor."""


def floor_height_m(mesh: Mesh) -> float | None:
    """The height of the lowest wide level surface of a mesh that is upright; None without one."""
    if not len(mesh.faces):
        return None
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    twice_area = np.linalg.norm(across, axis=1)
    is_level = np.abs(across[:, 2]) > _LEVEL * np.maximum(twice_area, 1e-12)
    if not is_level.any():
        return None
    heights, areas = corners[is_level, :, 2].mean(axis=1), twice_area[is_level]
    edges = np.arange(heights.min() - _BIN_M, heights.max() + 2 * _BIN_M, _BIN_M)
    sums, _ = np.histogram(heights, edges, weights=areas)
    # A floor that falls on the border of two bins is as wide as any other.
    pairs = sums[:-1] + sums[1:]
    lowest = int(np.argmax(pairs >= _LEAST_SHARE * pairs.max()))
    lowest += int(pairs[lowest + 1 : lowest + 2].sum() > pairs[lowest])
    inside = (heights >= edges[lowest]) & (heights < edges[lowest + 2])
    return float(np.average(heights[inside], weights=areas[inside]))
