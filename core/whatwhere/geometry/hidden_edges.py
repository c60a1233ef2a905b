"""Which parts of a box's edges stand behind what a frame's depth image measured."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.posed_depth import PosedDepth, hidden_beyond_m
from whatwhere.geometry.turned_box import TurnedBox
from whatwhere.geometry.visibility import as_segments, box_lines

Segment = tuple[tuple[float, float], tuple[float, float]]

# Of the depth picture; finer than this, sensor noise would make dashes of a line.
_STEP_PX = 3.0
_MAX_PIECES = 96


def split_box_edges(
    box: Box | TurnedBox, camera: Intrinsics, depth: PosedDepth
) -> tuple[list[Segment], list[Segment]]:
    """The box's edges in the picture as (in sight, hidden), segments in pixels of `camera`.

    Where nothing was measured, nothing is known to hide the edge: it counts as in sight. A lone
    piece that differs from both its neighbours is taken for noise.
    """
    lines, inverse = box_lines(box, camera, depth.world_from_camera)
    if not len(lines):
        return [], []
    hidden = _smooth(_hidden_pieces(lines, inverse, camera, depth))
    parts: tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]] = ([], [])
    for line, pieces in zip(lines, hidden, strict=True):
        for start, end, is_hidden in _runs(pieces):
            shares = np.array([[start], [end]]) / len(pieces)
            parts[is_hidden].append(line[0] + shares * (line[1] - line[0]))
    seen, behind = (np.array(lines).reshape(-1, 2, 2) for lines in parts)
    return as_segments(seen), as_segments(behind)


def _hidden_pieces(
    lines: NDArray[np.float64],
    inverse: NDArray[np.float64],
    camera: Intrinsics,
    depth: PosedDepth,
) -> NDArray[np.bool_]:
    """(S, P) whether the middle of each of P equal pieces of a line is hidden."""
    longest_px = np.abs(lines[:, 1] - lines[:, 0]).max() * depth.camera.width / camera.width
    num_pieces = int(np.clip(longest_px / _STEP_PX, 4, _MAX_PIECES))
    share = (np.arange(num_pieces) + 0.5) / num_pieces
    x, y = np.moveaxis(lines[:, :1] + share[:, None] * (lines[:, 1:] - lines[:, :1]), -1, 0)
    depth_m = 1 / (inverse[:, :1] + share * (inverse[:, 1:] - inverse[:, :1]))
    measured_m, valid = depth.at(
        (x - camera.cx) / camera.fx * depth.camera.fx + depth.camera.cx,
        (y - camera.cy) / camera.fy * depth.camera.fy + depth.camera.cy,
    )
    return np.asarray(valid & (depth_m > hidden_beyond_m(measured_m)))


def _smooth(pieces: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The majority of each piece and its two neighbours."""
    around = np.pad(pieces, ((0, 0), (1, 1)), mode="edge").astype(np.int8)
    return np.asarray(around[:, :-2] + around[:, 1:-1] + around[:, 2:] >= 2)


def _runs(pieces: NDArray[np.bool_]) -> list[tuple[int, int, bool]]:
    """Stretches of equal pieces as first, one past the last, value."""
    turns = [0, *(np.flatnonzero(pieces[1:] != pieces[:-1]) + 1).tolist(), len(pieces)]
    return [(start, end, bool(pieces[start])) for start, end in pairwise(turns)]
