"""Rates with intervals that respect scenes.

Sentences of one scene are not independent, so the interval resamples scenes: a studentised
bootstrap of the ratio estimator. With fewer than 24 scenes no interval is given.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_SCENES = 24


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of cases.

    Attributes:
        value: in [0, 1], or in [-1, 1] for a difference of shares; NaN when n is 0.
        n: number of cases.
        low, high: 95 % interval over scenes, or None below `MIN_SCENES` scenes.
    """

    value: float
    n: int
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, float | int | None]:
        """The rate of the JSON documents."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}

    def __str__(self) -> str:
        interval = (
            "" if self.low is None else f" [{100 * self.low:.1f}, {100 * (self.high or 0):.1f}]"
        )
        return f"{100 * self.value:.1f}{interval} (n {self.n})"


def rate(
    hits: NDArray[np.bool_] | NDArray[np.floating],
    scenes: NDArray[np.integer],
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    num_resamples: int = 999,
    seed: int = 0,
) -> Rate:
    """The mean of `hits` with its interval over scenes.

    Args:
        hits: (n,) what is averaged; for a paired difference, each case's own difference.
        scenes: (n,) which scene each case belongs to.
        bounds: of the mean; (-1, 1) for differences of shares.
        num_resamples: bootstrap size.
        seed: of the resampling, so that a figure can be reproduced.
    """
    if not len(hits):
        return Rate(float("nan"), 0)
    value = float(np.mean(hits))
    _, index = np.unique(scenes, return_inverse=True)
    counts = np.bincount(index).astype(np.float64)
    sums = np.bincount(index, weights=np.asarray(hits, np.float64)).astype(np.float64)
    if len(counts) < MIN_SCENES:
        return Rate(value, len(hits))
    spread = _standard_error(sums[None], counts[None])[0]
    if spread == 0:
        return Rate(value, len(hits), value, value)
    generator = np.random.default_rng(seed)
    picks = generator.integers(0, len(counts), (num_resamples, len(counts)))
    ratios = sums[picks].sum(1) / counts[picks].sum(1)
    errors = _standard_error(sums[picks], counts[picks])
    usable = errors > 1e-12
    scores = (ratios[usable] - value) / errors[usable]
    low_score, high_score = np.quantile(scores, [0.025, 0.975])
    low, high = value - high_score * spread, value - low_score * spread
    return Rate(value, len(hits), float(np.clip(low, *bounds)), float(np.clip(high, *bounds)))


def _standard_error(
    sums: NDArray[np.floating], counts: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Linearised standard error of sum(sums) / sum(counts), along the last axis."""
    num = counts.shape[-1]
    ratio = sums.sum(-1, keepdims=True) / counts.sum(-1, keepdims=True)
    residual = ((sums - ratio * counts) ** 2).sum(-1) * num / (num - 1)
    return np.asarray(np.sqrt(residual) / counts.sum(-1), np.float64)
