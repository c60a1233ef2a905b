"""Who is right: fused and 2D, at an overlap of one's choice. Shapes: n cases."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns

QUADRANTS = ("both right", "only fused right", "only 2d right", "both wrong")


def quadrants(columns: CaseColumns, iou_threshold: float) -> NDArray[np.int8]:
    """(n,) index into `QUADRANTS`; -1 for a case that does not count or has no target box.

    Args:
        columns: of one model.
        iou_threshold: from here on an answer is right.
    """
    if not {"fused", "2d"} <= set(columns.modalities):
        return np.full(len(columns), -1, np.int8)
    fused, two_d = (columns.modalities[m].iou for m in ("fused", "2d"))
    place = np.where(fused >= iou_threshold, 0, 2) + np.where(two_d >= iou_threshold, 0, 1)
    # Both right 0, only fused 1, only 2D 2, both wrong 3.
    known = columns.counts & np.isfinite(fused) & np.isfinite(two_d)
    return np.where(known, place, -1).astype(np.int8)
