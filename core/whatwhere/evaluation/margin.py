"""How far fused leads 2D inside the class, and which cases the Pseudo-Label Loss would penalise.

Both are about sentences of place that name no looks, on targets with look-alikes: only there is
2D not supposed to know. Shapes: n cases.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.rates import Rate, rate, rate_json

DEFAULT_MARGIN = 0.3
"""Nats; that of the preset `w2r2-within-class`."""


@dataclass(frozen=True, slots=True)
class MarginFigures:
    """The margin over some cases.

    Attributes:
        median: nats; NaN without a case.
        quartiles: the first and the third.
        margin: that the loss asks for, nats.
        penalised: share of cases that it would penalise.
    """

    median: float
    quartiles: tuple[float, float]
    margin: float
    penalised: Rate

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        known = self.penalised.n > 0
        return {
            "median": self.median if known else None,
            "quartiles": list(self.quartiles) if known else None,
            "margin": self.margin,
            "penalised": rate_json(self.penalised),
        }


def margins(columns: CaseColumns) -> NDArray[np.float64]:
    """(n,) log p_fused(target | class) - log p_2d(target | class), nats.

    NaN where it has no meaning: a case that does not count, a sentence that is not of place or
    names looks, a target without look-alikes, a modality without probabilities.
    """
    nothing = np.full(len(columns), np.nan)
    if not {"fused", "2d"} <= set(columns.modalities):
        return nothing
    fused, two_d = (
        np.asarray(columns.modalities[m].log_p_in_class, np.float64) for m in ("fused", "2d")
    )
    asked = columns.counts & columns.is_spatial & ~columns.names_looks
    return np.where(asked & (columns.num_lookalikes > 1), fused - two_d, nothing)


def penalised(columns: CaseColumns, margin: float) -> NDArray[np.bool_]:
    """(n,) which cases the within-class hinge would push: 2D knows too much of where.

    2D comes closer to fused than the margin, and is better than chance among the look-alikes;
    below chance the hinge has no gradient.

    Args:
        columns: of one model.
        margin: nats.
    """
    return np.asarray((margins(columns) < margin) & beats_chance(columns))


def beats_chance(columns: CaseColumns) -> NDArray[np.bool_]:
    """(n,) where 2D finds the target likelier than its look-alikes on average."""
    if "2d" not in columns.modalities:
        return np.zeros(len(columns), bool)
    two_d = np.asarray(columns.modalities["2d"].log_p_in_class, np.float64)
    return np.asarray(two_d > -np.log(np.maximum(columns.num_lookalikes, 1)) + 1e-6)


def margin_figures(
    lead: NDArray[np.floating],
    pushed: NDArray[np.bool_],
    scenes: NDArray[np.integer],
    margin: float,
) -> MarginFigures | None:
    """Over some cases; None where none has a margin.

    Args:
        lead: (n,) of `margins`.
        pushed: (n,) of `penalised`.
        scenes: (n,) which scene.
        margin: that the loss asks for, nats.
    """
    known = np.isfinite(lead)
    if not known.any():
        return None
    first, median, third = (float(q) for q in np.quantile(lead[known], [0.25, 0.5, 0.75]))
    return MarginFigures(median, (first, third), margin, rate(pushed[known], scenes[known]))
