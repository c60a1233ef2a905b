"""Every figure of a diagnosis over some of its cases: all of them, or one part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from whatwhere.evaluation.bias import Agreement, FollowRates
from whatwhere.evaluation.calibration import Calibration
from whatwhere.evaluation.margin import MarginFigures
from whatwhere.evaluation.rates import Rate, rate_json

IOU_THRESHOLD = 0.25


@dataclass(frozen=True, slots=True)
class BiasFigures:
    """What is known of some cases; a modality that was not asked is in no mapping.

    Attributes:
        n: cases.
        num_scenes: they are about.
        accuracy: modality -> share of answers that are right.
        class_accuracy: modality -> share of answers of the target's class.
        chance: what guessing inside the class would score; NaN where look-alikes are not counted.
        unanswered: modality -> cases without an answer, which are wrong.
        follow: kind of twin -> modality -> follow rates.
        agreement: of fused with its own 2D in error; None without both.
        agreement_frozen: of fused with the frozen reference; None without one.
        margin: None where no case has one.
        quadrants: cases in each of `QUADRANTS`; {} without both modalities.
        shuffled_drop: accuracy of fused minus that with exchanged positions; None without both.
        calibration: modality -> how far confidence is from accuracy.
    """

    n: int
    num_scenes: int
    accuracy: Mapping[str, Rate]
    class_accuracy: Mapping[str, Rate]
    chance: float
    unanswered: Mapping[str, int]
    follow: Mapping[str, Mapping[str, FollowRates]]
    agreement: Agreement | None
    agreement_frozen: Agreement | None
    margin: MarginFigures | None
    quadrants: Mapping[str, int]
    shuffled_drop: Rate | None
    calibration: Mapping[str, Calibration]

    def follow_rates(self, modality: str = "fused", kind: str = "appearance") -> FollowRates | None:
        """Of one kind of twin; None where it was not asked."""
        return self.follow.get(kind, {}).get(modality)

    def as_json(self) -> dict[str, Any]:
        """For programs; a value that is not there is null."""
        follow = {
            kind: {modality: _follow_json(found) for modality, found in of_kind.items()}
            for kind, of_kind in self.follow.items()
        }
        return {
            "n": self.n,
            "num_scenes": self.num_scenes,
            "accuracy": _rates_json(self.accuracy),
            "class_accuracy": _rates_json(self.class_accuracy),
            "in_class_chance": None if np.isnan(self.chance) else self.chance,
            "unanswered": dict(self.unanswered),
            "follow": follow,
            "agreement": agreement_json(self.agreement, self.agreement_frozen),
            "margin": None if self.margin is None else self.margin.as_json(),
            "quadrants": dict(self.quadrants),
            "shuffled_drop": None if self.shuffled_drop is None else rate_json(self.shuffled_drop),
            "calibration": {name: found.as_json() for name, found in self.calibration.items()},
        }


def agreement_json(own: Agreement | None, frozen: Agreement | None) -> dict[str, Any]:
    """The agreement of the JSON documents."""
    return {
        "raw": None if own is None else rate_json(own.raw),
        "excess": None if own is None else rate_json(own.excess),
        "excess_frozen_reference": None if frozen is None else rate_json(frozen.excess),
    }


def _rates_json(rates: Mapping[str, Rate]) -> dict[str, Any]:
    return {name: rate_json(found) for name, found in rates.items()}


def _follow_json(found: FollowRates) -> dict[str, Any]:
    return {
        "follow_appearance": rate_json(found.follow_appearance),
        "follow_position": rate_json(found.follow_position),
        "accused": found.accused,
        "counted": found.counted,
        "left_out": found.excluded,
    }
