"""Bias over training: the figures of one set of cases at every step, as of any diagnosis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.bias_cases import BiasCases
from whatwhere.evaluation.bias_differences import bias_differences
from whatwhere.evaluation.bias_figures import IOU_THRESHOLD
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.evaluation.probe_rows import Comparison
from whatwhere.evaluation.rates import Rate, rate, rate_json

HEADLINE = "appearance"
"""The kind of twin that speaks first; a run without it has another."""


@dataclass(frozen=True, slots=True)
class StepFigures:
    """What a model did at one step of its training.

    Attributes:
        step: of the run.
        n: cases that count.
        num_scenes: they are about.
        accuracy: modality -> share of answers that are right.
        follow: modality -> share of answers that went with what the twins exchange; {} without.
        quadrants: cases by who is right, fused and 2D; {} without both.
        accused: whether fused follows; None without twins or with too few scenes.
        twin_kind: what the twins exchange; "" without any.
    """

    step: int
    n: int
    num_scenes: int
    accuracy: Mapping[str, Rate]
    follow: Mapping[str, Rate]
    quadrants: Mapping[str, int]
    accused: bool | None
    twin_kind: str = ""

    def as_json(self) -> dict[str, Any]:
        """A row of the document."""
        return {
            "step": self.step,
            "n": self.n,
            "num_scenes": self.num_scenes,
            "accuracy": {name: rate_json(found) for name, found in self.accuracy.items()},
            "follow": {name: rate_json(found) for name, found in self.follow.items()},
            "twin_kind": self.twin_kind or None,
            "quadrants": dict(self.quadrants),
            "accused": self.accused,
        }


def step_figures(
    cases: StoredCases,
    *,
    iou_threshold: float = IOU_THRESHOLD,
    among: NDArray[np.integer] | None = None,
) -> StepFigures:
    """The figures of one look.

    Args:
        cases: of the look.
        iou_threshold: from here on an answer is right.
        among: only these cases; None for all.
    """
    found = BiasCases(cases.columns, iou_threshold).figures(among)
    kind = HEADLINE if HEADLINE in found.follow else next(iter(found.follow), "")
    rates = found.follow.get(kind, {})
    fused = rates.get("fused")
    return StepFigures(
        step=cases.facts.step,
        n=found.n,
        num_scenes=found.num_scenes,
        accuracy=found.accuracy,
        follow={name: of.follow_appearance for name, of in rates.items()},
        quadrants=found.quadrants,
        accused=None if fused is None else fused.accused,
        twin_kind=kind,
    )


def compared(before: StoredCases, after: StoredCases) -> list[Comparison]:
    """Two looks at one set of cases: accuracy on all and on those of place, and follow rates.

    Raises:
        ConfigError: they are of different sentences.
    """
    change = bias_differences(after, before)
    old, new = BiasCases(before.columns), BiasCases(after.columns)
    counted, scenes = old.counted & new.counted, after.columns.scenes
    found = []
    for part, among in (("all", counted), ("spatial", counted & after.columns.is_spatial)):
        for name in (name for name in new.right if name in old.right):
            was, is_now = (one.right[name][among].astype(float) for one in (old, new))
            gained = rate(is_now - was, scenes[among], bounds=(-1.0, 1.0))
            rates = rate(was, scenes[among]), rate(is_now, scenes[among])
            found.append(Comparison(f"{part}/{name}", *rates, gained))
    ends = step_figures(before), step_figures(after)
    for name in (name for name in ends[1].follow if name in ends[0].follow):
        rates = ends[0].follow[name], ends[1].follow[name]
        gained = change.follow_appearance.get(name, Rate(float("nan"), 0))
        found.append(Comparison(f"follow_appearance/{name}", *rates, gained))
    return found


def figures_over_steps(
    looks: Sequence[StoredCases], *, iou_threshold: float = IOU_THRESHOLD
) -> tuple[StepFigures, ...]:
    """The figures of every look, in their order."""
    return tuple(step_figures(look, iou_threshold=iou_threshold) for look in looks)
