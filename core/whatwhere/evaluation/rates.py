"""Rates with intervals that respect scenes: `intervals` says how they are made.

With fewer than 24 scenes no interval is given.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.intervals import Estimate, difference, share

MIN_SCENES = 24
TOO_FEW_SCENES = "too few scenes for an interval"


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
) -> Rate:
    """The mean of `hits` with its interval over scenes.

    Args:
        hits: (n,) what is averaged; for a paired difference, each case's own difference.
        scenes: (n,) which scene each case belongs to.
        bounds: of the mean; (-1, 1) for differences of shares.
    """
    if not len(hits):
        return Rate(float("nan"), 0)
    values = np.asarray(hits, np.float64)
    value = float(np.mean(values))
    _, index, counted = np.unique(scenes, return_inverse=True, return_counts=True)
    if len(counted) < MIN_SCENES:
        return Rate(value, len(values))
    counts = counted.astype(np.float64)
    if bounds[0] >= 0:
        found = share(_summed(values, index), counts)
    else:
        # The difference of two differences reaches twice as far as a share.
        scale = max(1.0, float(np.abs(values).max()))
        up, down = (_summed(np.maximum(v / scale, 0.0), index) for v in (values, -values))
        found = difference(up, down, counts).scaled(scale)
    return as_rate(found, len(values), len(counts), bounds=bounds, value=value)


def rate_json(found: Rate) -> dict[str, float | int | None]:
    """The rate of the JSON documents, whose value is null where there is no case."""
    document = found.as_json()
    return document if found.n else document | {"value": None}


def as_rate(
    found: Estimate,
    num_cases: int,
    num_scenes: int,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    value: float | None = None,
) -> Rate:
    """A single estimate, without its interval where there are too few scenes.

    Args:
        found: with values of no axis but the scenes'.
        num_cases: it rests on.
        num_scenes: with at least one case.
        bounds: of the interval.
        value: the same value without rounding by parts.
    """
    value = float(found.value) if value is None else value
    if num_scenes < MIN_SCENES or not num_cases:
        return Rate(value, num_cases)
    low, high = (float(np.clip(end, *bounds)) for end in (found.low, found.high))
    return Rate(value, num_cases, min(low, value), max(high, value))


def _summed(values: NDArray[np.float64], index: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(index, weights=values), np.float64)
