"""What is asked of the instrument: which models, how many rooms, how many worlds."""

from dataclasses import dataclass, replace

import numpy as np

from whatwhere.bench.cure.arms import TEST_ROOMS
from whatwhere.bench.instrument.finder import PlantedChoice
from whatwhere.bench.instrument.planted import Planted
from whatwhere.bench.instrument.rooms import RoomCases
from whatwhere.demo.dataset import room_seeds
from whatwhere.demo.facts import ANCHORED
from whatwhere.evaluation.cues import CUES

STRENGTHS = (0.0, 0.1, 0.25, 0.5, 1.0)
SEEDS = (0, 1, 2, 3, 4)
ROOMS_PER_SEED = 100

FAIR_ROOMS = range(905_000, 906_500)
"""Of the test split, whose vivid look-alikes mean nothing."""

BIASED_ROOMS = range(805_000, 805_500)
"""Of `val_biased`."""

BIASED_SHORTCUT = 0.75
FAIR_ACCURACY = 0.6

WORLDS = 2_000
"""For how often a model is accused."""

WORLD_ROOMS = (24, 50, 100)
COVERAGE_WORLDS = 10_000
RATES = (0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9)
LOST = 0.05
"""Share of cases in which only the other of two models is right."""

LIKENESS = {
    "accuracy": (0.0, 0.05, 0.1),
    "difference": (0.0, 0.05, 0.1),
    "follow_appearance": (0.0, 0.1, 0.2),
}
"""Correlations within a room; trained models have 0.02 to 0.08 in accuracy, 0.02 to 0.24 in
follow rates (`trained`)."""

HONEST = {
    "honest, 90 %": Planted(accuracy=0.9),
    "honest, 66 %": Planted(accuracy=0.66),
    "honest, weak (50 %)": Planted(accuracy=0.5),
    "honest, shaky (30 % drawn anew)": Planted(accuracy=0.6, jitter=0.3),
    "honest, geometry-poor (anchors unread)": Planted(accuracy=0.8, poor_at=ANCHORED),
    "honest, lazy (half: first of the class)": Planted(accuracy=0.66, first_share=0.5),
}
"""None of them looks at colours; detectors of bias must not accuse them."""

CHEATING = {
    "cheats in 5 %": Planted(strength=0.05, accuracy=0.7),
    "cheats in 10 %": Planted(strength=0.1, accuracy=0.7),
    "cheats in 10 %, unevenly": Planted(strength=0.1, accuracy=0.7, likeness=0.2),
}

CUED_ROOMS = range(905_000, 905_300)
"""Of the test split; rendered, since cues are read from pictures."""

TRAINED_ROOMS = room_seeds("test", 0, TEST_ROOMS)
"""Those of the study of the cure."""

FINDER_WORLDS = 400
CUE_STRENGTHS = (0.1, 0.25)
PLANTED_CHOICES = {
    **{
        f"{cue}, s = {strength:g}": PlantedChoice(cue, strength)
        for cue in CUES
        for strength in CUE_STRENGTHS
    },
    "none: half right, half at random": PlantedChoice(),
    "none: nine in ten right": PlantedChoice(accuracy=0.9),
    "none: at random": PlantedChoice(accuracy=0.0),
    "none: first of the class": PlantedChoice(is_first=True),
}
"""Half of the answers that are not by a cue are right, and half at random, unless said."""

HELD_OUT = ("size", "visibility", "centredness")
"""Cues in which no shortcut of the demo world lies."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A planted model of the tables, with a stable name for its rows."""

    key: str
    split: str
    model: Planted


def planted_arms(fair: RoomCases, biased: RoomCases) -> list[Arm]:
    """Five strengths at one and the same accuracy, and the honest models.

    On rooms that keep the shortcut, choosing the vivid one is right in a share v of cases; a
    geometry that is right as often makes every mixture right as often. On fair rooms geometry is
    made the better, the more often the vivid one is chosen; s = 1 cannot be made as good there.
    """
    lucky_fair, lucky_biased = (_vivid_is_meant(cases) for cases in (fair, biased))
    arms = [
        Arm(f"biased-s{strength:g}", "biased", Planted(strength, lucky_biased))
        for strength in STRENGTHS
    ]
    for strength in STRENGTHS:
        needed = (FAIR_ACCURACY - strength * lucky_fair) / (1 - strength) if strength < 1 else 0.5
        arms.append(Arm(f"fair-s{strength:g}", "fair", Planted(strength, needed)))
    honest = [Arm(f"honest-{n}", "fair", model) for n, model in enumerate(HONEST.values())]
    return arms + honest


def of_seed(cases: RoomCases, seed: int) -> RoomCases:
    """The rooms of one seed; no two seeds share one."""
    rooms = np.unique(cases.rooms)[seed * ROOMS_PER_SEED : (seed + 1) * ROOMS_PER_SEED]
    kept = np.isin(cases.rooms, rooms)
    return replace(
        cases, **{name: getattr(cases, name)[kept] for name in RoomCases.__dataclass_fields__}
    )


def _vivid_is_meant(cases: RoomCases) -> float:
    asked = cases.is_spatial & (cases.vivid >= 0)
    return float((cases.target == cases.vivid)[asked].mean())
