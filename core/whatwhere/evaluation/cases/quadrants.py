"""What fused and 2D got right of each case, at an overlap from which an answer is right."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns

Quadrant = Literal["both_right", "only_fused", "only_2d", "both_wrong"]
QUADRANTS: tuple[Quadrant, ...] = ("both_right", "only_fused", "only_2d", "both_wrong")


def is_right(columns: CaseColumns, modality: str, threshold: float) -> NDArray[np.bool_]:
    """(n,) whether a modality's answer overlaps the target enough; no modality is never right."""
    found = columns.modalities.get(modality)
    if found is None:
        return np.zeros(len(columns), bool)
    return np.asarray(found.iou >= threshold)


def is_wrong(columns: CaseColumns, modality: str, threshold: float) -> NDArray[np.bool_]:
    """(n,) whether it does not; a case without a target's box is neither right nor wrong."""
    found = columns.modalities.get(modality)
    if found is None:
        return np.zeros(len(columns), bool)
    return np.asarray(found.iou < threshold)


def quadrant_codes(columns: CaseColumns, threshold: float) -> NDArray[np.int8]:
    """(n,) place in `QUADRANTS`; -1 where fused or 2D was not asked, or nothing can be right."""
    codes = np.full(len(columns), -1, np.int8)
    fused, flat = (is_right(columns, name, threshold) for name in ("fused", "2d"))
    known = (fused | is_wrong(columns, "fused", threshold)) & (
        flat | is_wrong(columns, "2d", threshold)
    )
    codes[known] = (2 * ~fused + ~flat)[known]
    return codes
