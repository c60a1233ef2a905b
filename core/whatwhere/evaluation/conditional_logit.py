"""A conditional logit over scenes: what draws a choice among members of a set.

Within one set, the log-odds of two members differ by the weighted difference of their cues, which
are standardised within sets. Intervals are the jackknife over scenes, a Newton step from the
weights of all (its variance is CR3: Bell and McCaffrey, Survey Methodology 2002), with Student's t
for Satterthwaite's degrees of freedom, as in `intervals`. Shapes: n cases, K members at most, P
cues, S scenes, G sets, R members of all sets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.intervals import students_t

_RIDGE = 1.0
"""Weight of the prior that keeps coefficients finite where a cue separates perfectly."""
_STEPS = 12
_MOST_STEP, _LEAST_STEP = 2.0, 1e-7
_NO_SPREAD = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class ChosenSets:
    """The sets that were chosen from, once each, and how often each of their members was.

    Sentences about one class of one scene choose from few sets, so there are far fewer sets than
    cases, and likelihood, gradient and curvature are sums over sets.

    Attributes:
        rows: (R, P) standardised cues; the members of a set lie together.
        first: (G,) first row of each set.
        set_of: (R,) which set.
        chosen: (R,) how often.
        cases: (G,) how often something of the set was.
        first_of_scene: (S,) first set of each scene.
    """

    rows: NDArray[np.float64]
    first: NDArray[np.int64]
    set_of: NDArray[np.int64]
    chosen: NDArray[np.float64]
    cases: NDArray[np.float64]
    first_of_scene: NDArray[np.int64]

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
        _, scene = np.unique(scenes, return_inverse=True)
        known = np.where(exists[..., None], cues, np.nan).reshape(len(scene), -1)
        one, set_of_case = _alike(np.ascontiguousarray(np.column_stack([scene, known])))
        set_of, place = np.nonzero(exists[one])
        sizes = exists[one].sum(axis=1)
        cases = np.bincount(set_of_case).astype(np.float64)
        first = np.concatenate([[0], sizes.cumsum()[:-1]])
        listed = cues[one][set_of, place]
        centred = listed - (np.add.reduceat(listed, first) / sizes[:, None])[set_of]
        spread = np.sqrt(cases[set_of] @ centred**2 / (cases @ sizes))
        before = (exists.cumsum(axis=1) - 1)[np.arange(len(chosen)), chosen]
        return cls(
            centred / np.where(spread > _NO_SPREAD, spread, np.inf),
            first,
            set_of,
            np.bincount(first[set_of_case] + before, minlength=len(set_of)).astype(np.float64),
            cases,
            np.unique(scene[one], return_index=True)[1],
        )

    @property
    def num_scenes(self) -> int:
        """S."""
        return len(self.first_of_scene)

    def shares(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """(R,) how likely each is chosen in its set."""
        scores = self.rows @ weights
        scores = np.exp(scores - np.maximum.reduceat(scores, self.first)[self.set_of])
        return np.asarray(scores / np.add.reduceat(scores, self.first)[self.set_of])

    def slope(
        self, weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Gradient (P,) of the log-likelihood and its negative curvature (P, P)."""
        shares = self.shares(weights)
        weighed = (shares * self.cases[self.set_of])[:, None] * self.rows
        means = np.add.reduceat(shares[:, None] * self.rows, self.first)
        curvature = self.rows.T @ weighed - means.T @ (self.cases[:, None] * means)
        return self.chosen @ self.rows - weighed.sum(axis=0), curvature

    def slopes(
        self, weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same of each scene, (S, P) and (S, P, P)."""
        shares = self.shares(weights)
        weighed = (shares * self.cases[self.set_of])[:, None] * self.rows
        means = np.add.reduceat(shares[:, None] * self.rows, self.first)
        gradient = np.add.reduceat(self.chosen[:, None] * self.rows - weighed, self.first)
        squares = np.add.reduceat(weighed[:, :, None] * self.rows[:, None, :], self.first)
        squares -= self.cases[:, None, None] * means[:, :, None] * means[:, None, :]
        return (
            np.asarray(np.add.reduceat(gradient, self.first_of_scene)),
            np.asarray(np.add.reduceat(squares, self.first_of_scene)),
        )

    def surprise(self, weights: NDArray[np.float64]) -> float:
        """Of all choices, in nats."""
        return float(-(self.chosen @ np.log(self.shares(weights).clip(1e-12))))


def weights_of(sets: ChosenSets, *, without: int | None = None) -> NDArray[np.float64]:
    """(P,) change of the log-odds per standard deviation of each cue within a set.

    The likeliest weights under a weak prior, by Newton's method.

    Args:
        sets: what was chosen from.
        without: weigh only the cues from this one on; those before have no weight.
    """
    num_cues = sets.rows.shape[1]
    free = slice(without or 0, num_cues)
    weights = np.zeros(num_cues)
    for _ in range(_STEPS):
        gradient, curvature = sets.slope(weights)
        wanted = (gradient - _RIDGE * weights)[free]
        step = np.linalg.solve((curvature + _RIDGE * np.eye(num_cues))[free, free], wanted)
        weights[free] += step.clip(-_MOST_STEP, _MOST_STEP)
        if np.abs(step).max(initial=0.0) < _LEAST_STEP:
            break
    return weights


def intervals_of(
    sets: ChosenSets, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(P,) and (P,) ends of the 95 % interval of each weight, over scenes.

    Args:
        sets: what was chosen from.
        weights: of `weights_of`.
    """
    gradient, curvature = sets.slopes(weights)
    whole = curvature.sum(axis=0) + _RIDGE * np.eye(len(weights))
    pulls = np.linalg.solve(whole - curvature, gradient[..., None])[..., 0]
    count = sets.num_scenes
    second = np.maximum((pulls**2).sum(axis=0), 1e-18)
    kurtosis = count * (pulls**4).sum(axis=0) / second**2
    with np.errstate(divide="ignore"):
        degrees = 2 * count / np.maximum(kurtosis - 1, 0)
    error = np.sqrt(second * (count - 1) / count)
    reach = students_t(np.clip(degrees, 1, count - 1)) * error
    return weights - reach, weights + reach


def _alike(rows: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of rows that are equal to the bit, the first one, and (n,) which of these each row is.

    They come in the order of their first entry, which is not negative. Rows are told apart by a
    number made of them, since sorting whole rows takes ten times as long; should two rows that
    differ ever get one number, they are sorted after all.
    """
    bits = rows.view(np.uint64)
    odd = np.random.default_rng(0).integers(0, 2**63, bits.shape[1], np.uint64) * 2 + 1
    numbers = (bits * odd).sum(axis=1, dtype=np.uint64)
    _, one, which = np.unique(numbers, return_index=True, return_inverse=True)
    if not np.array_equal(bits[one][which], bits):
        _, one, which = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(rows[one, 0], kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return one[order], place[which]
