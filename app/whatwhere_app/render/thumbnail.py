"""A scan from straight above as a small picture, drawn without OpenGL so that any thread may."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.scenes.scene import Mesh

_MAX_SAMPLES = 300_000
_STRAY = (0.5, 99.5)
# Corners, edge middles and the middle of a triangle.
_WEIGHTS = np.array(
    [
        *([1, 0, 0], [0, 1, 0], [0, 0, 1]),
        *([0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]),
        [1 / 3, 1 / 3, 1 / 3],
    ],
    np.float32,
)


def top_view(mesh: Mesh, *, width_px: int, height_px: int) -> NDArray[np.uint8] | None:
    """(height_px, width_px, 4) RGBA, transparent where nothing is; None for an empty mesh.

    What faces down is left out, so one looks through the ceiling; the longer side of the room
    lies along the picture's longer side.
    """
    points, colors = _samples(mesh)
    if not len(points):
        return None
    lower, upper = np.percentile(points[:, :2], _STRAY, axis=0)
    across = points[:, :2] - (lower + upper) / 2
    size = np.maximum(upper - lower, 1e-3)
    if (size[1] > size[0]) != (height_px > width_px):
        across, size = np.stack([across[:, 1], -across[:, 0]], axis=1), size[::-1]
    scale = min((width_px - 2) / size[0], (height_px - 2) / size[1])
    columns = np.floor(width_px / 2 + across[:, 0] * scale).astype(int)
    rows = np.floor(height_px / 2 - across[:, 1] * scale).astype(int)
    inside = (columns >= 0) & (columns < width_px) & (rows >= 0) & (rows < height_px)
    # Later writes win, so the highest point of a pixel is the one that stays.
    order = np.argsort(points[inside, 2], kind="stable")
    picture = np.zeros((height_px, width_px, 4), np.uint8)
    picture[rows[inside][order], columns[inside][order], :3] = colors[inside][order]
    picture[rows[inside], columns[inside], 3] = 255
    return _without_pinholes(picture)


def _samples(mesh: Mesh) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Points of the surface that face up, (n, 3), and their colours."""
    if not len(mesh.faces):
        step = max(1, len(mesh.vertices) // _MAX_SAMPLES)
        return mesh.vertices[::step], mesh.colors[::step]
    faces = mesh.faces[:: max(1, len(mesh.faces) * len(_WEIGHTS) // _MAX_SAMPLES)]
    corners = mesh.vertices[faces]
    ahead, aside = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    is_up = ahead[:, 0] * aside[:, 1] - ahead[:, 1] * aside[:, 0] > 0
    points = np.einsum("wc,fcx->fwx", _WEIGHTS, corners[is_up]).reshape(-1, 3)
    shades = mesh.colors[faces[is_up]].astype(np.float32)
    colors = np.einsum("wc,fcx->fwx", _WEIGHTS, shades).reshape(-1, 3)
    return points.astype(np.float32), colors.astype(np.uint8)


def _without_pinholes(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Empty pixels with at least four filled neighbours of eight take their mean, twice."""
    filled = picture.astype(np.float32)
    for _ in range(2):
        around = np.zeros_like(filled)
        count = np.zeros(filled.shape[:2], np.float32)
        padded = np.pad(filled, ((1, 1), (1, 1), (0, 0)))
        height, width = picture.shape[:2]
        for down in range(3):
            for right in range(3):
                part = padded[down : down + height, right : right + width]
                is_set = part[..., 3:] > 0
                around += np.where(is_set, part, 0)
                count += is_set[..., 0]
        hole = (filled[..., 3] == 0) & (count >= 4)
        filled[hole] = around[hole] / count[hole, None]
    return filled.round().astype(np.uint8)
