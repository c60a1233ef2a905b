"""2D semantic bias as numbers that a weak but honest model is not accused by.

"Fused is wrong and says what 2D says" is not such a number: with two look-alikes, two wrong
answers always agree. So the headline is causal: does the answer follow the appearance when two
look-alikes exchange it? (Definitions: `assets/help/modalities.md`.)

Shapes: n cases, one per sentence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.rates import Rate, rate

ACCUSED_ABOVE = 0.02
"""A model is accused when the lower bound of its follow rate exceeds this share."""


@dataclass(frozen=True, slots=True, eq=False)
class TwinAnswers:
    """What one modality chose in a scene, in its twin and in its placebo twin.

    Candidates keep their places and their indices in the twins, so indices compare places.

    Attributes:
        scenes: (n,) which scene.
        original: (n,) chosen candidate.
        twin: (n,) chosen after the two look-alikes exchanged what the twin is about.
        placebo: (n,) chosen where nothing but image noise changed.
        pair: (n, 2) the two look-alikes.
    """

    scenes: NDArray[np.int64]
    original: NDArray[np.int64]
    twin: NDArray[np.int64]
    placebo: NDArray[np.int64]
    pair: NDArray[np.int64]

    def only(self, kept: NDArray[np.bool_]) -> "TwinAnswers":
        """Some of the cases, by a mask, (n,)."""
        return TwinAnswers(
            self.scenes[kept],
            self.original[kept],
            self.twin[kept],
            self.placebo[kept],
            self.pair[kept],
        )


@dataclass(frozen=True, slots=True)
class FollowRates:
    """How far answers go with the appearance, and how far they stay where they were.

    Attributes:
        follow_appearance: share of answers that go to the pair's other place in the twin, minus
            that share in the placebo twin; in [-1, 1].
        follow_position: share of answers that stay at their place in the twin.
        counted: cases whose original answer is one of the pair; only they can follow.
        excluded: the other cases.
    """

    follow_appearance: Rate
    follow_position: Rate
    counted: int
    excluded: int

    @property
    def accused(self) -> bool | None:
        """Whether the lower bound exceeds `ACCUSED_ABOVE`; None with too few scenes."""
        low = self.follow_appearance.low
        return None if low is None else low > ACCUSED_ABOVE


def moves(answers: TwinAnswers) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The cases whose original answer is one of the pair, and how they move.

    Returns:
        (m,) 1 where the answer went to the pair's other place in the twin alone, -1 where it did
        so in the placebo twin alone, else 0; and (m,) their scenes.
    """
    in_pair = (answers.pair == answers.original[:, None]).any(axis=1)
    original = answers.original[in_pair]
    # Of the two, the one that the original answer is not.
    other = answers.pair[in_pair].sum(axis=1) - original
    went = (answers.twin[in_pair] == other).astype(np.float64)
    return went - (answers.placebo[in_pair] == other), answers.scenes[in_pair]


def follow_rates(answers: TwinAnswers) -> FollowRates:
    """The causal follow rates of one modality."""
    moved, scenes = moves(answers)
    in_pair = (answers.pair == answers.original[:, None]).any(axis=1)
    stayed = answers.twin[in_pair] == answers.original[in_pair]
    return FollowRates(
        follow_appearance=rate(moved, scenes, bounds=(-1.0, 1.0)),
        follow_position=rate(stayed, scenes),
        counted=len(moved),
        excluded=len(answers.original) - len(moved),
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often fused is wrong with the very candidate that a 2D-only model chooses.

    Attributes:
        raw: share of cases; never to be read alone.
        excess: raw minus what is expected when the 2D answers are dealt out anew among cases with
            equally many look-alikes, whose order means nothing.
    """

    raw: Rate
    excess: Rate


def excess_agreement(
    scenes: NDArray[np.integer],
    fused: NDArray[np.integer],
    reference_2d: NDArray[np.integer],
    num_lookalikes: NDArray[np.integer],
    *,
    least_lookalikes: int = 3,
) -> Agreement:
    """Agreement in error, beyond what chance brings, among cases with three or more look-alikes.

    Args:
        scenes: (n,) which scene.
        fused: (n,) the answer as a place in the target's class: 0 is the target, 1 and up name its
            look-alikes, in any way, -1 is anything of another class.
        reference_2d: (n,) the same for the 2D-only answers: the model's own, or a frozen
            reference's, so that spoiling the 2D branch cannot help.
        num_lookalikes: (n,) members of the target's class, the target included.
        least_lookalikes: fewer leave too few wrong answers to disagree in.
    """
    kept = num_lookalikes >= least_lookalikes
    scenes, fused, reference_2d = scenes[kept], fused[kept], reference_2d[kept]
    sizes = num_lookalikes[kept]
    fused_errs, reference_errs = fused > 0, reference_2d > 0
    agrees = (fused_errs & (fused == reference_2d)).astype(np.float64)
    expected = np.zeros(len(fused))
    for size in np.unique(sizes):
        here = sizes == size
        # Another case's wrong 2D answer falls on each of the wrong places equally often.
        expected[here] = fused_errs[here] * reference_errs[here].mean() / (size - 1)
    return Agreement(
        raw=rate(agrees, scenes), excess=rate(agrees - expected, scenes, bounds=(-1.0, 1.0))
    )


def place_in_class(
    chosen: NDArray[np.integer], target: NDArray[np.integer], of_class: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Answers in the form that `excess_agreement` takes.

    Args:
        chosen: (n,) candidate index.
        target: (n,) candidate index.
        of_class: (n, K) candidates of the target's class.

    Returns:
        (n,): 0 for the target, 1 ... for the members that follow it in order of index, going round,
        -1 for another class.
    """
    rank = np.cumsum(of_class, axis=1) - 1
    rows = np.arange(len(chosen))
    places = (rank[rows, chosen] - rank[rows, target]) % of_class.sum(axis=1)
    return np.where(of_class[rows, chosen], places, -1).astype(np.int64)


def paired_difference(
    after: NDArray[np.floating], before: NDArray[np.floating], scenes: NDArray[np.integer]
) -> Rate:
    """Mean of after - before over the same cases, with its interval over scenes."""
    difference = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    return rate(difference, scenes, bounds=(-1.0, 1.0))
