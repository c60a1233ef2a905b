"""Where the cases stand in the scatter, and which of them an outline holds.

Shapes: N cases, E edges of an outline.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import NO_ANSWER, CaseColumns
from whatwhere_app.case_values import LOG_P_FLOOR, Axes, Point

Which = slice | NDArray[np.int64]


def has_log_p(columns: CaseColumns) -> bool:
    """Whether fused and 2D say how likely the target is, for any case."""
    found = [columns.modalities.get(name) for name in ("fused", "2d")]
    return all(item is not None and bool(np.isfinite(item.log_p_in_class).any()) for item in found)


def axes_for(columns: CaseColumns, wanted: Axes) -> Axes:
    """The axes that these cases can be drawn on: IoU where there are no probabilities."""
    return wanted if wanted == "iou" or has_log_p(columns) else "iou"


def scatter_points(
    columns: CaseColumns, axes: Axes
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N,) 2D across and (N,) fused up; NaN where a case has none of it."""
    found = []
    for name in ("2d", "fused"):
        item = columns.modalities.get(name)
        if item is None:
            found.append(np.full(len(columns), np.nan, np.float32))
        elif axes == "iou":
            found.append(np.asarray(item.iou))
        else:
            found.append(np.maximum(item.log_p_in_class, np.float32(LOG_P_FLOOR)))
    return found[0], found[1]


def quadrant_codes(
    columns: CaseColumns, threshold: float, which: Which = slice(None)
) -> NDArray[np.int8]:
    """Place in `QUADRANTS` of each case that counts; -1 of the others.

    Args:
        columns: all cases.
        threshold: IoU from which an answer is right.
        which: only these; a million are not looked at for the few that are seen.
    """
    excluded = columns.excluded[which]
    both = [columns.modalities.get(name) for name in ("fused", "2d")]
    found = [item.iou[which] for item in both if item is not None]
    if len(found) < len(both):
        return np.full(len(excluded), -1, np.int8)
    fused, flat = found
    codes = 2 * (fused < threshold) + (flat < threshold)
    is_known = (excluded < 0) & np.isfinite(fused) & np.isfinite(flat)
    return np.where(is_known, codes, -1).astype(np.int8)


def copies_2d(columns: CaseColumns, which: Which = slice(None)) -> NDArray[np.bool_]:
    """Whether fused chooses what 2D chooses."""
    fused, flat = columns.modalities.get("fused"), columns.modalities.get("2d")
    if fused is None or flat is None:
        return np.zeros(len(columns.rows[which]), np.bool_)
    chosen = fused.chosen[which]
    return np.asarray((chosen == flat.chosen[which]) & (chosen != NO_ANSWER))


def inside_outline(
    x_N: NDArray[np.float32], y_N: NDArray[np.float32], outline: Sequence[Point]
) -> NDArray[np.bool_]:
    """(N,) bool: within a closed outline, by the even-odd rule.

    Each edge looks only at the points of its own height, so a free-hand outline of hundreds of
    corners costs little more than a rectangle.
    """
    x_N, y_N = np.asarray(x_N, np.float64), np.asarray(y_N, np.float64)
    order_N = np.argsort(y_N, kind="stable")  # what is not a number comes last
    x, y = x_N[order_N], y_N[order_N]
    is_in = np.zeros(len(x), np.bool_)
    num_known = int(np.searchsorted(y, np.inf, side="right"))
    corners = np.asarray(outline, np.float64).reshape(-1, 2)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        low, high = min(ay, by), max(ay, by)
        first, last = np.searchsorted(y[:num_known], (low, high), side="left")
        if first < last:
            part = slice(first, last)
            crossing = ax + (y[part] - ay) * ((bx - ax) / (by - ay))
            is_in[part] ^= x[part] < crossing
    found = np.zeros(len(x), np.bool_)
    found[order_N] = is_in
    return found & np.isfinite(x_N) & np.isfinite(y_N)
