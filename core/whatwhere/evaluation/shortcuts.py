"""The shortcut finder: which visible cue explains what a model chooses among look-alikes.

A conditional logit: within one case, the log-odds of two look-alikes differ by the weighted
difference of their cues. Cues are standardised within cases, so weights compare; a positive one
draws the choice.

Shapes: n cases, K look-alikes at most, P cues, S scenes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.rates import MIN_SCENES

_RIDGE = 1.0
"""Weight of the prior that keeps coefficients finite where a cue separates perfectly."""
_STEPS, _STEPS_AGAIN = 12, 5
_MOST_STEP = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What was chosen among look-alikes.

    Attributes:
        names: of the P cues.
        cues: (n, K, P), any unit; padded.
        exists: (n, K) bool; False is padding. Two or more per case.
        chosen: (n,) index of the chosen look-alike.
        scenes: (n,) code of the scene.
    """

    names: tuple[str, ...]
    cues: NDArray[np.float64]
    exists: NDArray[np.bool_]
    chosen: NDArray[np.int64]
    scenes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CueWeight:
    """How strongly one cue draws the choice.

    Attributes:
        name: of the cue.
        value: change of the log-odds per standard deviation of the cue within a case.
        low, high: 95 % interval over scenes; None below `MIN_SCENES` scenes.
    """

    name: str
    value: float
    low: float | None
    high: float | None

    @property
    def is_found(self) -> bool:
        """Whether it draws the choice beyond doubt."""
        return self.low is not None and self.low > 0


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """What explains the choices.

    Attributes:
        weights: one per cue, the strongest first.
        explained: share of the choice's entropy that all cues together take away (McFadden's
            pseudo R squared), 0..1.
        n: cases.
        num_scenes: that they come from.
    """

    weights: tuple[CueWeight, ...]
    explained: float
    n: int
    num_scenes: int

    @property
    def verdict(self) -> str:
        """What was found, in a sentence."""
        if not self.n:
            return "No case has look-alikes to choose among, so no cue can be weighed."
        found = [item.name for item in self.weights if item.is_found]
        if self.num_scenes < MIN_SCENES:
            first = self.weights[0].name
            return (
                f"{first.capitalize()} weighs most, in {self.num_scenes} scenes: too few for an "
                f"interval, {MIN_SCENES} are needed."
            )
        if not found:
            return "No cue explains the choice among look-alikes beyond doubt."
        more = f", then {' and '.join(found[1:])}" if found[1:] else ""
        return (
            f"Choices among look-alikes go by {found[0]}{more}; all cues together explain "
            f"{100 * self.explained:.0f} % of them."
        )

    def as_json(self) -> dict[str, Any]:
        """As it stands in a report."""
        return {
            "n": self.n,
            "num_scenes": self.num_scenes,
            "explained": self.explained,
            "verdict": self.verdict,
            "weights": {
                item.name: {"value": item.value, "low": item.low, "high": item.high}
                for item in self.weights
            },
        }


def find_shortcuts(choices: Choices, *, num_resamples: int = 300, seed: int = 0) -> Shortcuts:
    """Weigh the cues.

    Args:
        choices: of one modality, over many scenes.
        num_resamples: of the studentised bootstrap over scenes.
        seed: of the resampling.
    """
    if not len(choices.chosen):
        return Shortcuts((), 0.0, 0, 0)
    design = _standardised(choices)
    ones = np.ones(len(design))
    weights = _fit(design, choices, ones, np.zeros(design.shape[2]), _STEPS)
    _, scene = np.unique(choices.scenes, return_inverse=True)
    num_scenes = int(scene.max()) + 1
    low: Sequence[float | None] = [None] * len(weights)
    high: Sequence[float | None] = [None] * len(weights)
    if num_scenes >= MIN_SCENES:
        low, high = _interval(design, choices, scene, weights, num_resamples, seed)
    listed = [
        CueWeight(name, float(value), one, other)
        for name, value, one, other in zip(choices.names, weights, low, high, strict=True)
    ]
    listed.sort(key=lambda item: -item.value)
    explained = 1 - _mean_surprise(design, choices, weights) / _mean_surprise(
        design, choices, np.zeros_like(weights)
    )
    return Shortcuts(tuple(listed), max(0.0, float(explained)), len(design), num_scenes)


def _standardised(choices: Choices) -> NDArray[np.float64]:
    """(n, K, P): less the mean of each case, over the spread within cases; 0 for padding."""
    exists = choices.exists[..., None]
    mean = (choices.cues * exists).sum(axis=1, keepdims=True) / exists.sum(axis=1, keepdims=True)
    centred = np.where(exists, choices.cues - mean, 0.0)
    spread = np.sqrt((centred**2).sum(axis=(0, 1)) / exists.sum())
    return np.asarray(centred / np.where(spread > 1e-9, spread, np.inf))


def _probabilities(
    design: NDArray[np.float64], choices: Choices, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    scores = np.where(choices.exists, design @ weights, -np.inf)
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def _mean_surprise(
    design: NDArray[np.float64], choices: Choices, weights: NDArray[np.float64]
) -> float:
    found = _probabilities(design, choices, weights)
    return float(-np.log(found[np.arange(len(found)), choices.chosen].clip(1e-12)).mean())


def _scores_and_curvature(
    design: NDArray[np.float64], choices: Choices, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, P) gradients of each case's log-likelihood, and (n, P, P) its negative curvature."""
    shares = _probabilities(design, choices, weights)
    mean = np.einsum("nk,nkp->np", shares, design)
    own = design[np.arange(len(design)), choices.chosen]
    square = np.einsum("nk,nkp,nkq->npq", shares, design, design)
    return own - mean, square - mean[:, :, None] * mean[:, None, :]


def _fit(
    design: NDArray[np.float64],
    choices: Choices,
    times: NDArray[np.float64],
    start: NDArray[np.float64],
    steps: int,
) -> NDArray[np.float64]:
    """The likeliest weights under a weak prior, by Newton's method; cases count `times`."""
    weights = start.copy()
    prior = _RIDGE * np.eye(len(weights))
    for _ in range(steps):
        scores, curvature = _scores_and_curvature(design, choices, weights)
        gradient = times @ scores - _RIDGE * weights
        step = np.linalg.solve(np.einsum("n,npq->pq", times, curvature) + prior, gradient)
        weights += step.clip(-_MOST_STEP, _MOST_STEP)
    return weights


def _standard_errors(
    design: NDArray[np.float64],
    choices: Choices,
    scene: NDArray[np.int64],
    times_of_scene: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(P,) robust to cases of one scene being alike (sandwich)."""
    scores, curvature = _scores_and_curvature(design, choices, weights)
    bread = np.einsum("n,npq->pq", times_of_scene[scene], curvature) + _RIDGE * np.eye(len(weights))
    sums = np.zeros((len(times_of_scene), len(weights)))
    np.add.at(sums, scene, scores)
    inverse = np.linalg.inv(bread)
    spread = inverse @ np.einsum("s,sp,sq->pq", times_of_scene, sums, sums) @ inverse
    return np.asarray(np.sqrt(np.diag(spread).clip(1e-18)))


def _interval(
    design: NDArray[np.float64],
    choices: Choices,
    scene: NDArray[np.int64],
    weights: NDArray[np.float64],
    num_resamples: int,
    seed: int,
) -> tuple[list[float | None], list[float | None]]:
    """Studentised bootstrap over scenes."""
    num_scenes = int(scene.max()) + 1
    rng = np.random.default_rng(seed)
    errors = _standard_errors(design, choices, scene, np.ones(num_scenes), weights)
    found = np.empty((num_resamples, len(weights)))
    for number in range(num_resamples):
        picks = rng.integers(0, num_scenes, num_scenes)
        times = np.bincount(picks, minlength=num_scenes).astype(float)
        again = _fit(design, choices, times[scene], weights, _STEPS_AGAIN)
        spread = _standard_errors(design, choices, scene, times, again)
        found[number] = (again - weights) / spread
    below, above = np.quantile(found, [0.025, 0.975], axis=0)
    return (weights - above * errors).tolist(), (weights - below * errors).tolist()
