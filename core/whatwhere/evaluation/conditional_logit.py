"""A conditional logit over scenes: what draws a choice among members of a set.

Within one set, the log-odds of two members differ by the weighted difference of their cues, which
are standardised within sets. Intervals are the studentised bootstrap over scenes, all resamples at
once. Shapes: n cases, K members at most, P cues, S scenes, B resamples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RIDGE = 1.0
"""Weight of the prior that keeps coefficients finite where a cue separates perfectly."""
_STEPS, _STEPS_AGAIN = 12, 5
_MOST_STEP, _LEAST_STEP = 2.0, 1e-7
_NO_SPREAD = 1e-9
_NUMBERS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class ChosenSets:
    """The G sets that were chosen from, once each, and how often each of their R members was.

    Sentences about one class of one scene choose from one set, so there are far fewer sets than
    cases, and likelihood, gradient and curvature are sums over sets. B weights are tried at once.

    Attributes:
        rows: (R, P) standardised cues; the members of a set lie together.
        products: (R, P x P) of every two cues.
        first: (G,) first row of each set.
        set_of: (R,) which set.
        chosen: (R,) how often.
        cases: (G,) how often something of the set was.
        scene: (G,) in 0..num_scenes - 1, ascending.
        num_scenes: S.
    """

    rows: NDArray[np.float64]
    products: NDArray[np.float64]
    first: NDArray[np.int64]
    set_of: NDArray[np.int64]
    chosen: NDArray[np.float64]
    cases: NDArray[np.float64]
    scene: NDArray[np.int64]
    num_scenes: int

    @classmethod
    def of(
        cls,
        cues: NDArray[np.float64],
        exists: NDArray[np.bool_],
        chosen: NDArray[np.int64],
        scenes: NDArray[np.integer],
    ) -> "ChosenSets":
        """Cues less the mean of each set, over the spread within the sets of all cases.

        Args:
            cues: (n, K, P), any unit; padded.
            exists: (n, K); False is padding.
            chosen: (n,) index of what was chosen.
            scenes: (n,) code of the scene.
        """
        names, scene = np.unique(scenes, return_inverse=True)
        known = np.where(exists[..., None], cues, np.nan).reshape(len(scene), -1)
        keys = np.ascontiguousarray(np.column_stack([scene, known])).view(np.uint64)
        _, one, set_of_case = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        set_of, place = np.nonzero(exists[one])
        sizes = exists[one].sum(axis=1)
        cases = np.bincount(set_of_case).astype(np.float64)
        first = np.concatenate([[0], sizes.cumsum()[:-1]])
        listed = cues[one][set_of, place]
        centred = listed - (np.add.reduceat(listed, first) / sizes[:, None])[set_of]
        spread = np.sqrt(cases[set_of] @ centred**2 / (cases @ sizes))
        rows = centred / np.where(spread > _NO_SPREAD, spread, np.inf)
        before = (exists.cumsum(axis=1) - 1)[np.arange(len(chosen)), chosen]
        return cls(
            rows,
            (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1),
            first,
            set_of,
            np.bincount(first[set_of_case] + before, minlength=len(rows)).astype(np.float64),
            cases,
            scene[one],
            len(names),
        )

    def shares(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """(R, B) how likely each is chosen in its set, for weights (B, P)."""
        scores = self.rows @ weights.T
        scores = np.exp(scores - np.maximum.reduceat(scores, self.first)[self.set_of])
        return np.asarray(scores / np.add.reduceat(scores, self.first)[self.set_of])

    def slope(
        self, weights: NDArray[np.float64], times: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Gradient, (B, S, P) of each scene, and negative curvature (B, P, P) over all of them.

        Args:
            weights: (B, P).
            times: (B, S) how often each scene counts in the curvature.
        """
        shares = self.shares(weights)
        often = (times[:, self.scene] * self.cases).T
        means = np.stack(
            [np.add.reduceat(shares * cue[:, None], self.first) for cue in self.rows.T], axis=-1
        )
        sums = np.add.reduceat(self.chosen[:, None] * self.rows, self.first)
        pulls = sums[:, None] - self.cases[:, None, None] * means
        gradient = np.add.reduceat(pulls, np.searchsorted(self.scene, range(self.num_scenes)))
        squares = (often[self.set_of] * shares).T @ self.products
        curvature = squares.reshape(*weights.shape, -1) - np.einsum(
            "gbp,gbq->bpq", often[..., None] * means, means, optimize=True
        )
        return gradient.transpose(1, 0, 2), curvature

    def surprise(self, weights: NDArray[np.float64]) -> float:
        """Of all choices, in nats, for weights (P,)."""
        shares = self.shares(weights[None])[:, 0]
        return float(-(self.chosen @ np.log(shares.clip(1e-12))))


def weights_of(sets: ChosenSets) -> NDArray[np.float64]:
    """(P,) change of the log-odds per standard deviation of each cue within a set."""
    every = np.ones((1, sets.num_scenes))
    none = np.zeros((1, sets.rows.shape[1]))
    return np.asarray(_fit(sets, every, none, _STEPS)[0])


def intervals_of(
    sets: ChosenSets, weights: NDArray[np.float64], *, num_resamples: int, seed: int
) -> tuple[list[float], list[float]]:
    """Ends of the 95 % interval of each weight: the studentised bootstrap over scenes.

    Args:
        sets: what was chosen from.
        weights: of `weights_of`.
        num_resamples: B.
        seed: of the resampling.
    """
    times = _resampled(sets.num_scenes, num_resamples, seed)
    at_once = max(1, _NUMBERS_AT_ONCE // (len(sets.rows) + sets.num_scenes * len(weights)))
    found = []
    for some in np.split(times, range(at_once, num_resamples, at_once)):
        again = _fit(sets, some, np.repeat(weights[None], len(some), axis=0), _STEPS_AGAIN)
        found.append((again - weights) / _standard_errors(sets, some, again))
    below, above = np.quantile(np.concatenate(found), [0.025, 0.975], axis=0)
    errors = _standard_errors(sets, np.ones((1, sets.num_scenes)), weights[None])[0]
    return (weights - above * errors).tolist(), (weights - below * errors).tolist()


def _fit(
    sets: ChosenSets, times: NDArray[np.float64], start: NDArray[np.float64], steps: int
) -> NDArray[np.float64]:
    """(B, P) likeliest weights under a weak prior, by Newton's method; scenes count `times`."""
    weights = start.copy()
    prior = _RIDGE * np.eye(weights.shape[1])
    for _ in range(steps):
        gradient, curvature = sets.slope(weights, times)
        total = np.einsum("bs,bsp->bp", times, gradient) - _RIDGE * weights
        step = np.linalg.solve(curvature + prior, total[..., None])[..., 0]
        weights += step.clip(-_MOST_STEP, _MOST_STEP)
        if np.abs(step).max() < _LEAST_STEP:
            break
    return weights


def _standard_errors(
    sets: ChosenSets, times: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(B, P) robust to cases of one scene being alike (sandwich)."""
    gradient, curvature = sets.slope(weights, times)
    inverse = np.linalg.inv(curvature + _RIDGE * np.eye(weights.shape[1]))
    pulls = np.sqrt(times)[..., None] * (gradient @ inverse)
    return np.asarray(np.sqrt((pulls**2).sum(axis=1).clip(1e-18)))


def _resampled(num_scenes: int, num_resamples: int, seed: int) -> NDArray[np.float64]:
    """(B, S) how often each scene is drawn."""
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, num_scenes, (num_resamples, num_scenes))
    times = np.zeros((num_resamples, num_scenes))
    np.add.at(times, (np.arange(num_resamples)[:, None], picks), 1.0)
    return times
