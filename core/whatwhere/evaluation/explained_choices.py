"""Of single cases: whether the chosen look-alike is the one with most of a weighed cue.

Shapes: n choices, K look-alikes at most, P cues.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.shortcuts import Choices


@dataclass(frozen=True, slots=True, eq=False)
class WeighedChoices:
    """Choices among look-alikes, and whose they are.

    Attributes:
        choices: n of them.
        cases: (n,) index of each one's case.
    """

    choices: Choices
    cases: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedCases:
    """The choices that a cue would have made by itself.

    Attributes:
        name: of the cue.
        is_most: the chosen one has the most of it; False for the least, where the weight is
            negative.
        cases: (m,) the cases in which it was chosen.
        share: of all n choices, 0..1.
        chance: the share that choosing at random would give, 0..1.
    """

    name: str
    is_most: bool
    cases: NDArray[np.int64]
    share: float
    chance: float


def explained_cases(found: WeighedChoices, weights: Sequence[float]) -> tuple[ExplainedCases, ...]:
    """Of every cue the cases in which the look-alike with most of it was chosen.

    Look-alikes with equally much of it all count as the one with most.

    Args:
        found: the choices.
        weights: of the P cues, in their order; of a negative one the look-alike with least counts.
    """
    choices = found.choices
    if not len(found.cases):
        return ()
    signs = np.where(np.asarray(weights) < 0, -1.0, 1.0)
    pull = np.where(choices.exists[..., None], choices.cues * signs, -np.inf)
    most = pull >= pull.max(axis=1, keepdims=True)
    is_chosen = most[np.arange(len(found.cases)), choices.chosen]
    chance = (most.sum(axis=1) / choices.exists.sum(axis=1)[:, None]).mean(axis=0)
    return tuple(
        ExplainedCases(
            name,
            bool(signs[number] > 0),
            found.cases[is_chosen[:, number]],
            float(is_chosen[:, number].mean()),
            float(chance[number]),
        )
        for number, name in enumerate(choices.names)
    )
