"""How much of an object a single frame shows, of what all frames show of it together."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import transform

_CELL_M = 0.05
_MARGIN_M = 0.02


def shown_shares(depths: Iterable[PosedDepth], boxes: Sequence[Box]) -> NDArray[np.float32]:
    """(K,) the largest share of each box's measured surface that one frame shows.

    The surface is counted in cells of 5 cm, so that a near view counts no more than a far one.
    A box that no frame shows has 0.

    Args:
        depths: of the frames, coarse ones suffice; looked at once, one after the other.
        boxes: aligned metres.
    """
    seen: list[list[NDArray[np.int64]]] = [[] for _ in boxes]
    for depth in depths:
        points = transform(
            backproject(depth.depth_m, depth.camera)[depth.valid], depth.world_from_camera
        )
        for index, box in enumerate(boxes):
            half = np.array(box.size) / 2 + _MARGIN_M
            from_low = points - (np.array(box.center) - half)
            inside = from_low[((from_low >= 0) & (from_low <= 2 * half)).all(axis=1)]
            if len(inside):
                seen[index].append(_cells(inside))
    return np.array(
        [
            max(map(len, parts)) / len(np.unique(np.concatenate(parts))) if parts else 0.0
            for parts in seen
        ],
        np.float32,
    )


def _cells(points: NDArray[np.floating]) -> NDArray[np.int64]:
    """Numbers of the cells, counted from a corner of the box, that points lie in, each once."""
    x, y, z = np.moveaxis(np.floor(points / _CELL_M).astype(np.int64), -1, 0)
    return np.unique((x << 40) + (y << 20) + z)
