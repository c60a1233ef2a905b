"""The shortcut finder: which visible cue explains what a model chooses among look-alikes.

A conditional logit: within one case, the log-odds of two look-alikes differ by the weighted
difference of their cues. Cues are standardised within cases, so weights compare; a positive one
draws the choice. Being what the sentence means is weighed along with them and not told: where what
is meant is larger than its look-alikes, whoever understands the sentence is not said to go by size.

Shapes: n cases, K look-alikes at most, P cues, S scenes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.conditional_logit import ChosenSets, intervals_of, weights_of
from whatwhere.evaluation.rates import MIN_SCENES


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What was chosen among look-alikes.

    Attributes:
        names: of the P cues.
        cues: (n, K, P), any unit; padded.
        exists: (n, K) bool; False is padding. Two or more per case.
        chosen: (n,) index of the chosen look-alike.
        scenes: (n,) code of the scene.
        meant: (n,) index of the target; -1 where it is none of them. None where targets are not
            known.
    """

    names: tuple[str, ...]
    cues: NDArray[np.float64]
    exists: NDArray[np.bool_]
    chosen: NDArray[np.int64]
    scenes: NDArray[np.int64]
    meant: NDArray[np.int64] | None = None


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
        explained: share of the choice's entropy that all cues together take away, of what is left
            once the target is known (McFadden's pseudo R squared), 0..1.
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


def find_shortcuts(choices: Choices) -> Shortcuts:
    """Weigh the cues.

    Args:
        choices: of one modality, over many scenes.
    """
    n, num_cues = len(choices.chosen), len(choices.names)
    if not n:
        return Shortcuts((), 0.0, 0, 0)
    cues = choices.cues
    if choices.meant is not None:
        is_meant = np.arange(cues.shape[1]) == choices.meant[:, None]
        cues = np.concatenate([cues, is_meant[..., None].astype(np.float64)], axis=2)
    sets = ChosenSets.of(cues, choices.exists, choices.chosen, choices.scenes)
    weights = weights_of(sets)
    low: Sequence[float | None] = [None] * num_cues
    high: Sequence[float | None] = [None] * num_cues
    if sets.num_scenes >= MIN_SCENES:
        low, high = (ends.tolist() for ends in intervals_of(sets, weights))
    listed = [
        CueWeight(name, value, one, other)
        for name, value, one, other in zip(
            choices.names, weights[:num_cues].tolist(), low, high, strict=False
        )
    ]
    listed.sort(key=lambda item: -item.value)
    before = sets.surprise(weights_of(sets, without=num_cues))
    explained = 1 - sets.surprise(weights) / max(before, 1e-12)
    return Shortcuts(tuple(listed), min(max(0.0, explained), 1.0), n, sets.num_scenes)
