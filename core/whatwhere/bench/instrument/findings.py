"""The figures of the study, from kept rows alone."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whatwhere.bench.cure.arms import ARMS, SHORTCUT
from whatwhere.bench.cure.kept import Kept
from whatwhere.bench.instrument.as_columns import facts_of, planted_columns, trained_columns
from whatwhere.bench.instrument.experiments import (
    COVERAGE_WORLDS,
    LIKENESS,
    RATES,
    SEEDS,
    WORLD_ROOMS,
    Arm,
)
from whatwhere.bench.instrument.planted import PlantedAnswers
from whatwhere.bench.instrument.study import Study
from whatwhere.evaluation.bias import ACCUSED_ABOVE
from whatwhere.evaluation.bias_figures import BiasFigures
from whatwhere.evaluation.bias_report import bias_report
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts

TRAINED = ("plain", "w2r2-plus", "ceiling")
HELD_BETWEEN = (0.935, 0.965)
HELD_BELOW_A_TENTH = 0.9
_A_TENTH = 0.1


@dataclass(frozen=True, slots=True)
class Covered:
    """How often the intervals of one kind of world hold the truth.

    Attributes:
        figure: "accuracy" or "follow_appearance".
        num_rooms: in each world.
        likeness: correlation within a room.
        rate: the truth.
        held: share of worlds.
    """

    figure: str
    num_rooms: int
    likeness: float
    rate: float
    held: float

    @property
    def is_small(self) -> bool:
        """Whether the truth is below a tenth, where less is demanded."""
        return self.rate < _A_TENTH

    @property
    def is_met(self) -> bool:
        """Whether it is as demanded."""
        if self.is_small:
            return self.held >= HELD_BELOW_A_TENTH
        return HELD_BETWEEN[0] <= self.held <= HELD_BETWEEN[1]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How often a planted model is accused.

    Attributes:
        name: of the model.
        num_rooms: in each world.
        mean: follow_appearance.
        accused: share of worlds.
    """

    name: str
    num_rooms: int
    mean: float
    accused: float


@dataclass(frozen=True, eq=False)
class _Diagnosis:
    columns: CaseColumns
    facts: DiagnosisFacts


def planted_figures(study: Study, arm: Arm, seed: int, *, spoilt: bool = False) -> BiasFigures:
    """What the instrument says of a planted model; its sound self is the frozen reference.

    Args:
        study: the rows.
        arm: which model.
        seed: of its rooms and answers.
        spoilt: its 2D branch answers at random, and nothing else is changed.
    """
    rooms, answers = study.rooms_of(arm, seed), study.answers(arm, seed)
    sound = _Diagnosis(planted_columns(rooms, answers), facts_of(arm.key, len(rooms.rooms)))
    columns = sound.columns
    if spoilt:
        rng = np.random.default_rng([4, seed])
        worse = (rng.random(len(rooms.rooms)) * rooms.size).astype(np.int8)
        answers = PlantedAnswers(answers.fused, answers.twin, answers.placebo, worse)
        columns = planted_columns(rooms, answers)
    return bias_report(columns, sound.facts, reference=sound, axes=()).overall


def is_ranked(study: Study, split: str) -> dict[int, bool]:
    """Seed -> whether follow rates rise with every step of s."""
    arms = [arm for arm in study.arms if arm.key.startswith(f"{split}-s")]
    found = {}
    for seed in SEEDS:
        rates = [follow_of(planted_figures(study, arm, seed)) for arm in arms]
        found[seed] = bool((np.diff(rates) > 0).all())
    return found


def follow_of(figures: BiasFigures) -> float:
    """follow_appearance of fused."""
    found = figures.follow_rates()
    return float("nan") if found is None else found.follow_appearance.value


def verdicts(study: Study) -> list[Verdicts]:
    """Of all planted models, honest ones first."""
    found = []
    for key, (values, lows, _) in study.verdicts.items():
        name, _, num_rooms = key.rpartition("/")
        accused = float((lows > ACCUSED_ABOVE).mean())
        found.append(Verdicts(name, int(num_rooms), float(values.mean()), accused))
    return found


def coverages(study: Study) -> list[Covered]:
    """Of every kind of world."""
    return [
        Covered(
            figure,
            num_rooms,
            likeness,
            rate,
            float(
                np.unpackbits(
                    study.coverage[f"{figure}/{num_rooms}/{likeness:g}/{rate:g}"],
                    count=COVERAGE_WORLDS,
                ).mean()
            ),
        )
        for figure, likenesses in LIKENESS.items()
        for num_rooms in WORLD_ROOMS
        for likeness in likenesses
        for rate in RATES
    ]


def trained_figures(cure_report: Path) -> dict[str, dict[int, BiasFigures]]:
    """Arm -> seed -> what the instrument says of a network trained with a known shortcut.

    Args:
        cure_report: folder of the study of the cure, with its rows; {} where they are not there.
    """
    kept = Kept(cure_report)
    if "colour" not in kept.cases:
        return {}
    cases = kept.cases["colour"]["test"]
    found: dict[str, dict[int, BiasFigures]] = {}
    for arm in ARMS:
        if arm.family == "colour" and arm.name in TRAINED:
            for seed in kept.seeds(arm):
                columns = trained_columns(cases, kept.answers[arm.key, seed]["test"])
                facts = facts_of(arm.key, len(columns))
                figures = bias_report(columns, facts, axes=()).overall
                found.setdefault(arm.name, {})[seed] = figures
    return {name: found[name] for name in TRAINED if name in found}


def known_shortcut(arm: str) -> str:
    """How often colour gave targets away where an arm was trained."""
    return "1/n" if arm == "ceiling" else f"{SHORTCUT:g}"
