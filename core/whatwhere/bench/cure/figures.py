"""The figures of one arm, from kept answers alone: no network is run here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.cure.arms import Arm
from whatwhere.bench.cure.cases import FOLLOWED, Answers, Cases
from whatwhere.bench.cure.hits import follow_rate, groups_of, in_class, over_seeds
from whatwhere.bench.cure.kept import Kept
from whatwhere.evaluation.bias import excess_agreement, place_in_class
from whatwhere.evaluation.rates import Rate, rate


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm on one split; every figure is the mean over its seeds.

    Attributes:
        arm: which.
        seeds: those that are kept.
        accuracy: part -> figure; parts are "where", "what", "aligned", "conflict", and skills.
        by_modality: modality -> where-accuracy.
        class_accuracy: "fused", "2d": of the target's class, over all sentences.
        unique: fused, on targets that are the only one of their class.
        follow: "fused", "2d": follow_appearance.
        stay: "fused", "2d": follow_position.
        agreement: "raw", "excess", and "excess_frozen" with the answers of the reference.
        margin: median of log p_fused(target | class) - log p_2d(target | class), where-sentences.
    """

    arm: Arm
    seeds: tuple[int, ...]
    accuracy: Mapping[str, Rate]
    by_modality: Mapping[str, Rate]
    class_accuracy: Mapping[str, Rate]
    unique: Rate
    follow: Mapping[str, Rate]
    stay: Mapping[str, Rate]
    agreement: Mapping[str, Rate]
    margin: float


def arm_figures(kept: Kept, arm: Arm, split: str) -> ArmFigures:
    """One arm's figures; intervals are over scenes, of the mean over seeds."""
    cases, seeds = kept.cases[arm.family][split], kept.seeds(arm)
    found = [kept.answers[arm.key, seed][split] for seed in seeds]
    groups = groups_of(cases)
    fused = over_seeds([answers.of("fused") == cases.target for answers in found])
    of_class = {
        m: over_seeds([in_class(cases, answers.of(m)) for answers in found]) for m in FOLLOWED
    }
    where = groups["where"]
    modalities = ("fused", "2d", "3d", "shuffled")
    hits = {m: over_seeds([answers.of(m) == cases.target for answers in found]) for m in modalities}
    margins = np.concatenate([(answers.log_p[0] - answers.log_p[1])[where] for answers in found])
    return ArmFigures(
        arm=arm,
        seeds=seeds,
        accuracy={part: rate(fused[of], cases.scenes[of]) for part, of in groups.items()},
        by_modality={m: rate(hit[where], cases.scenes[where]) for m, hit in hits.items()},
        class_accuracy={m: rate(hit, cases.scenes) for m, hit in of_class.items()},
        unique=rate(fused[groups["unique"]], cases.scenes[groups["unique"]]),
        follow={m: follow_rate(cases, found, m, "follow_appearance") for m in FOLLOWED},
        stay={m: follow_rate(cases, found, m, "follow_position") for m in FOLLOWED},
        agreement=_agreement(kept, arm, split, cases, found),
        margin=float(np.median(margins)),
    )


def in_class_chance(cases: Cases) -> dict[str, float]:
    """Part -> mean of one in the look-alikes."""
    chance = 1 / cases.num_lookalikes
    return {part: float(chance[of].mean()) for part, of in groups_of(cases).items() if of.any()}


def as_json(figures: ArmFigures) -> dict[str, Any]:
    """Everything of one arm, for programs."""
    tables = ("accuracy", "by_modality", "class_accuracy", "follow", "stay", "agreement")
    return {
        "arm": figures.arm.name,
        "family": figures.arm.family,
        "seeds": list(figures.seeds),
        **{
            name: {key: value.as_json() for key, value in getattr(figures, name).items()}
            for name in tables
        },
        "unique": figures.unique.as_json(),
        "margin_median_nats": figures.margin,
    }


def _agreement(
    kept: Kept, arm: Arm, split: str, cases: Cases, found: Sequence[Answers]
) -> dict[str, Rate]:
    """With the arm's own 2D answers, and with those of the frozen reference."""
    where = cases.spatial

    def places(chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        return place_in_class(chosen, cases.target, cases.of_class)[where]

    scenes, sizes = cases.scenes[where], cases.num_lookalikes[where]
    fused = [places(answers.of("fused")) for answers in found]
    own = [places(answers.of("2d")) for answers in found]
    both = np.tile(scenes, len(found)), np.tile(sizes, len(found))
    agreement = excess_agreement(both[0], np.concatenate(fused), np.concatenate(own), both[1])
    result = {"raw": agreement.raw, "excess": agreement.excess}
    frozen = kept.reference_2d(arm.family, split)
    if frozen is not None:
        reference = np.tile(places(frozen), len(found))
        against = excess_agreement(both[0], np.concatenate(fused), reference, both[1])
        result["excess_frozen"] = against.excess
    return result
