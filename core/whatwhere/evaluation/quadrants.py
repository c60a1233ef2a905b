"""Who is right: fused and 2D, at an overlap of one's choice. Shapes: n cases."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.quadrants import quadrant_codes

# In the order of the codes.
QUADRANTS = ("both right", "only fused right", "only 2d right", "both wrong")


def quadrants(columns: CaseColumns, iou_threshold: float) -> NDArray[np.int8]:
    """(n,) index into `QUADRANTS`; -1 for a case that does not count or has no target box.

    Args:
        columns: of one model.
        iou_threshold: from here on an answer is right.
    """
    codes = quadrant_codes(columns, iou_threshold)
    return np.where(columns.counts, codes, np.int8(-1))
