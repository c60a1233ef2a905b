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
    corners = np.asarray(outline, np.float64).reshape(-1, 2)
    found = np.zeros(len(x_N), np.bool_)
    if not len(corners):
        return found
    (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
    # Only what the box around the outline holds is looked at closely; NaN lies in no box.
    near = np.flatnonzero((x_N >= left) & (x_N <= right) & (y_N >= low) & (y_N <= high))
    near = near[np.argsort(y_N[near], kind="stable")]
    x, y = np.asarray(x_N[near], np.float64), np.asarray(y_N[near], np.float64)
    is_in = np.zeros(len(near), np.bool_)
    ends = np.roll(corners, -1, axis=0)
    firsts = np.searchsorted(y, np.minimum(corners[:, 1], ends[:, 1]), side="left").tolist()
    lasts = np.searchsorted(y, np.maximum(corners[:, 1], ends[:, 1]), side="left").tolist()
    edges = zip(corners.tolist(), ends.tolist(), firsts, lasts, strict=True)
    for (ax, ay), (bx, by), first, last in edges:
        if first < last:
            crossing = ax + (y[first:last] - ay) * ((bx - ax) / (by - ay))
            is_in[first:last] ^= x[first:last] < crossing
    found[near] = is_in
    return found
