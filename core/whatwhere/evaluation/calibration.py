"""Whether a model that is 80 % sure is right in 80 % of cases. Shapes: n cases."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NUM_BINS = 10


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """Answers about as sure as each other.

    Attributes:
        confidence: mean p of the chosen candidate.
        accuracy: share of them that are right.
        n: how many.
    """

    confidence: float
    accuracy: float
    n: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far confidence is from accuracy.

    Attributes:
        ece: expected calibration error, in [0, 1]; NaN without a case. It has no interval: with
            few cases it is too large, whatever the model.
        n: cases that say how sure they are.
        bins: those with a case, by confidence.
    """

    ece: float
    n: int
    bins: tuple[ConfidenceBin, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        bins = [[item.confidence, item.accuracy, item.n] for item in self.bins]
        return {"ece": self.ece if self.n else None, "n": self.n, "bins": bins}


def calibration(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> Calibration:
    """The expected calibration error over ten bins of equal width.

    Args:
        confidence: (n,) p of the chosen candidate; cases with NaN are left out.
        right: (n,) whether it was right.
    """
    known = np.isfinite(confidence)
    sure, hits = np.asarray(confidence[known], np.float64), right[known].astype(np.float64)
    if not len(sure):
        return Calibration(float("nan"), 0, ())
    places = np.clip((sure * NUM_BINS).astype(int), 0, NUM_BINS - 1)
    counts = np.bincount(places, minlength=NUM_BINS)
    filled = counts > 0
    means = np.bincount(places, sure, NUM_BINS)[filled] / counts[filled]
    shares = np.bincount(places, hits, NUM_BINS)[filled] / counts[filled]
    weights = counts[filled] / len(sure)
    bins = tuple(
        ConfidenceBin(float(mean), float(found), int(count))
        for mean, found, count in zip(means, shares, counts[filled], strict=True)
    )
    return Calibration(float((weights * np.abs(means - shares)).sum()), len(sure), bins)
