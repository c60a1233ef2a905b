"""Intervals of shares of cases that come in scenes: Wilson's, with a design effect.

Sentences of one scene are answered alike, so n of them are worth fewer. How many is seen from the
spread between scenes (the jackknife of the ratio estimator); Wilson's interval is then taken for
that many. Where a share is so near 0 or 1 that few scenes show a case of it, the spread cannot be
seen, and a usual likeness within scenes is assumed instead. Student's t makes up for a spread that
is itself estimated: with as many degrees of freedom as scenes less one, or fewer where a few scenes
make up most of it (Satterthwaite, Biometrics Bulletin 1946; for the variance of such estimates from
the scenes themselves see Pan and Wall, Statistics in Medicine 2002). A difference has the limits of
its two parts put together (Zou and Donner's MOVER), so it keeps what Wilson's interval is good for:
it is not cut off at 0, and never empty.

`whatwhere bench instrument` measures how often these intervals hold the truth. In closed form,
they are also quick enough for every filter of a table. Shapes: ... any, S scenes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

USUAL_LIKENESS = 0.1
"""Correlation of cases within a scene that is assumed where it cannot be seen."""

SUBTRACTED_LIKENESS = 0.03
"""The same for what is subtracted, mostly rare flips that have little to do with the scene."""

# With cases in this many scenes, what is seen and what is assumed count alike; then it falls fast.
_FEW_SCENES, _FALL = 4.0, 4


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A share or a difference of shares, and what is needed to subtract it from another.

    Attributes:
        value: (...,); NaN without a case.
        low, high: (...,) ends of the 95 % interval.
        pull: (..., S) how far each scene pulls the value; they sum to 0.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    pull: NDArray[np.float64]

    def scaled(self, factor: float) -> "Estimate":
        """Times a positive number."""
        return Estimate(*(factor * a for a in (self.value, self.low, self.high, self.pull)))


def share(
    sums: NDArray[np.floating],
    counts: NDArray[np.floating],
    *,
    likeness: float = USUAL_LIKENESS,
) -> Estimate:
    """The share sum(sums) / sum(counts).

    Args:
        sums: (..., S) of the cases' values, each in [0, 1], in every scene.
        counts: (..., S) cases; a scene without any does not count.
        likeness: assumed where it cannot be seen.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        total = counts.sum(-1)
        value = sums.sum(-1) / total
        pull = (sums - value[..., None] * counts) / total[..., None]
        scenes = (counts > 0).sum(-1)
        # The jackknife, for a large scene pulls the value towards itself.
        rest = 1 - counts / total[..., None]
        spread = np.divide(pull, rest, out=np.zeros_like(pull), where=rest > 0)
        variance = (spread**2).sum(-1) * (scenes - 1) / scenes
        binomial = value * (1 - value) / total
        seen = np.where(binomial > 0, variance / binomial, 0.0)
        per_scene = (counts**2).sum(-1) / total
        usual = 1 + (per_scene - 1) * likeness
        telling = np.minimum((sums > 0).sum(-1), (sums < counts).sum(-1))
        weight = 1 / (1 + (telling / _FEW_SCENES) ** _FALL)
        design_effect = np.where(seen < usual, (1 - weight) * seen + weight * usual, seen)
        worth = total / np.maximum(design_effect, 1e-6)
        by_scenes = np.where(seen < usual, (1 - weight) * seen / design_effect, 1.0)
        t2 = students_t(_degrees_of_freedom(spread, scenes - 1.0, by_scenes)) ** 2
        middle = (value + t2 / (2 * worth)) / (1 + t2 / worth)
        half = np.sqrt(t2 * (value * (1 - value) / worth + t2 / (4 * worth**2))) / (1 + t2 / worth)
    # At 0 and 1 an end lies there but for rounding.
    low = np.clip(np.minimum(middle - half, value), 0.0, 1.0)
    high = np.clip(np.maximum(middle + half, value), 0.0, 1.0)
    return Estimate(value, low, high, np.where(np.isfinite(pull), pull, 0.0))


def minus(one: Estimate, other: Estimate) -> Estimate:
    """The difference; what the same scenes do to both counts once."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = one.value - other.value
        size = np.sqrt((one.pull**2).sum(-1) * (other.pull**2).sum(-1))
        along = (one.pull * other.pull).sum(-1)
        correlation = np.where(size > 0, along / size, 0.0)
        down = _hypot(one.value - one.low, other.high - other.value, correlation)
        up = _hypot(one.high - one.value, other.value - other.low, correlation)
    return Estimate(value, value - down, value + up, one.pull - other.pull)


def difference(
    sums_up: NDArray[np.floating], sums_down: NDArray[np.floating], counts: NDArray[np.floating]
) -> Estimate:
    """The share of cases that rise minus the share of those that fall.

    Args:
        sums_up: (..., S) of what rises, each case's in [0, 1].
        sums_down: (..., S) of what falls.
        counts: (..., S) cases.
    """
    return minus(share(sums_up, counts), share(sums_down, counts, likeness=SUBTRACTED_LIKENESS))


def students_t(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 97.5 % quantile."""
    from scipy.special import stdtrit  # type: ignore[import-untyped]  # 0.2 s, not at every start

    return np.asarray(stdtrit(degrees, 0.975), np.float64)


def _degrees_of_freedom(
    spread: NDArray[np.float64], most: NDArray[np.float64], estimated: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Satterthwaite's, 2 (mean / standard deviation)^2 of the variance that is estimated.

    Args:
        spread: (..., S) what each scene adds to the variance, before squaring.
        most: (...) there can be.
        estimated: (...) part of the variance that comes of it; the rest is assumed, and sure.
    """
    second, fourth = (spread**2).sum(-1), (spread**4).sum(-1)
    kurtosis = np.where(second > 0, (most + 1) * fourth / second**2, 1.0)
    found = 2 * (most + 1) / (np.maximum(kurtosis - 1, 0) * estimated**2)
    return np.asarray(np.minimum(np.maximum(found, 1.0), most), np.float64)


def _hypot(
    one: NDArray[np.float64], other: NDArray[np.float64], correlation: NDArray[np.float64]
) -> NDArray[np.float64]:
    squared: NDArray[np.float64] = one**2 + other**2 - 2 * correlation * one * other
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)), np.float64)
