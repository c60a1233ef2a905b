"""Where all cases stand in the scatter: worked out once, whatever is kept of them later.

Shapes: N cases.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.quadrants import QUADRANTS, Quadrant
from whatwhere.evaluation.margin import beats_chance, margins
from whatwhere_app.case_values import Axes
from whatwhere_app.services.case_points import axes_for, quadrant_codes, scatter_points

_MOST_REMEMBERED = 4
"""Of the cases and lenses that were looked at last; a million cases take 25 MB each."""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Every case on some axes.

    Attributes:
        axes: those that were wanted, or IoU where there is nothing else.
        x_N: (N,) 2D across.
        y_N: (N,) fused up; NaN like x_N where a case has none of it.
        codes_N: (N,) int8 index into `QUADRANTS`; -1 for cases that are not drawn.
        in_quadrant: (N,) which cases are drawn in each of `QUADRANTS`.
        lead_N: (N,) of `evaluation.margin.margins`.
        has_lead_N: (N,) whether that is a number.
        beats_chance_N: (N,) of `evaluation.margin.beats_chance`.
    """

    axes: Axes
    x_N: NDArray[np.float32]
    y_N: NDArray[np.float32]
    codes_N: NDArray[np.int8]
    in_quadrant: tuple[NDArray[np.bool_], ...]
    lead_N: NDArray[np.float64]
    has_lead_N: NDArray[np.bool_]
    beats_chance_N: NDArray[np.bool_]

    def counts(self, kept_N: NDArray[np.bool_]) -> dict[Quadrant, int]:
        """How many of the kept cases are drawn in each quadrant."""
        return {
            name: int(np.count_nonzero(kept_N & here))
            for name, here in zip(QUADRANTS, self.in_quadrant, strict=True)
        }

    def asked_and_penalised(self, kept_N: NDArray[np.bool_], margin: float) -> tuple[int, int]:
        """Kept cases that have a margin, and those of them that the loss would penalise."""
        pushed_N = (self.lead_N < margin) & self.beats_chance_N & kept_N
        return int(np.count_nonzero(self.has_lead_N & kept_N)), int(np.count_nonzero(pushed_N))


@lru_cache(maxsize=_MOST_REMEMBERED)
def standing_of(columns: CaseColumns, wanted: Axes, threshold: float) -> Standing:
    """Where all cases stand; the same object for the same columns, in any thread.

    Args:
        columns: all cases.
        wanted: axes.
        threshold: IoU from which an answer is right.
    """
    axes = axes_for(columns, wanted)
    x_N, y_N = scatter_points(columns, axes)
    codes_N = quadrant_codes(columns, threshold)
    codes_N[~(np.isfinite(x_N) & np.isfinite(y_N))] = -1
    lead_N = margins(columns)
    return Standing(
        axes,
        x_N,
        y_N,
        codes_N,
        tuple(np.asarray(codes_N == place) for place in range(len(QUADRANTS))),
        lead_N,
        np.isfinite(lead_N),
        beats_chance(columns),
    )
