"""The figures of the report, from kept answers alone: no network is run here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.cure.arms import ARMS, REFERENCE, Arm
from whatwhere.bench.cure.cases import FOLLOWED, Answers, Cases, read_answers, read_cases
from whatwhere.demo.facts import WHERE
from whatwhere.evaluation.bias import (
    TwinAnswers,
    excess_agreement,
    follow_rates,
    place_in_class,
)
from whatwhere.evaluation.rates import Rate, rate

_GUARD_POINTS = 0.02
"""How far a guard may fall below plain."""


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


class Kept:
    """All answers that are kept in a report's folder."""

    def __init__(self, report: Path) -> None:
        self.cases = {
            family: read_cases(report / "rows" / f"cases-{family}.npz")
            for family in ("colour", "prominence", "cooccurrence")
            if (report / "rows" / f"cases-{family}.npz").exists()
        }
        self.answers: dict[tuple[str, int], dict[str, Answers]] = {}
        for arm in ARMS:
            for path in sorted((report / "rows").glob(f"{arm.key}-s*.npz")):
                seed = path.stem.removeprefix(f"{arm.key}-s")
                if seed.isdigit():
                    self.answers[arm.key, int(seed)] = read_answers(path)

    def seeds(self, arm: Arm) -> tuple[int, ...]:
        """The seeds of an arm that are kept."""
        return tuple(sorted(seed for key, seed in self.answers if key == arm.key))

    def arms(self, family: str) -> list[Arm]:
        """The arms of a family that have any run, without the 2D-only reference."""
        of_family = [arm for arm in ARMS if arm.family == family and arm.name != REFERENCE]
        return [arm for arm in of_family if self.seeds(arm)]

    def reference_2d(self, family: str, split: str) -> NDArray[np.int64] | None:
        """The 2D answers that every arm is held against; None while there are none.

        Those of a model that only ever saw 2D, or where a family has none, of a plain model.
        """
        for name in (REFERENCE, "plain"):
            for arm in ARMS:
                seeds = self.seeds(arm) if (arm.family, arm.name) == (family, name) else ()
                if seeds:
                    return self.answers[arm.key, seeds[-1]][split].of("2d")
        return None


def arm_figures(kept: Kept, arm: Arm, split: str) -> ArmFigures:
    """One arm's figures; intervals are over scenes, of the mean over seeds."""
    cases, seeds = kept.cases[arm.family][split], kept.seeds(arm)
    found = [kept.answers[arm.key, seed][split] for seed in seeds]
    groups = _groups(cases)
    fused = _mean([answers.of("fused") == cases.target for answers in found])
    of_class = {m: _mean([_in_class(cases, answers.of(m)) for answers in found]) for m in FOLLOWED}
    where = groups["where"]
    modalities = ("fused", "2d", "3d", "shuffled")
    hits = {m: _mean([answers.of(m) == cases.target for answers in found]) for m in modalities}
    margins = np.concatenate([(answers.log_p[0] - answers.log_p[1])[where] for answers in found])
    return ArmFigures(
        arm=arm,
        seeds=seeds,
        accuracy={part: rate(fused[of], cases.scenes[of]) for part, of in groups.items()},
        by_modality={m: rate(hit[where], cases.scenes[where]) for m, hit in hits.items()},
        class_accuracy={m: rate(hit, cases.scenes) for m, hit in of_class.items()},
        unique=rate(fused[groups["unique"]], cases.scenes[groups["unique"]]),
        follow={m: _follow(cases, found, m, "follow_appearance") for m in FOLLOWED},
        stay={m: _follow(cases, found, m, "follow_position") for m in FOLLOWED},
        agreement=_agreement(kept, arm, split, cases, found),
        margin=float(np.median(margins)),
    )


def in_class_chance(cases: Cases) -> dict[str, float]:
    """Part -> mean of one in the look-alikes."""
    chance = 1 / cases.num_lookalikes
    return {part: float(chance[of].mean()) for part, of in _groups(cases).items() if of.any()}


def paired(kept: Kept, after: Arm, before: Arm, split: str, part: str) -> Rate | None:
    """Fused accuracy of one arm minus another's on the same cases, over their common seeds."""
    seeds = sorted(set(kept.seeds(after)) & set(kept.seeds(before)))
    if not seeds:
        return None
    cases = kept.cases[after.family][split]
    of = _groups(cases)[part]

    def hits(arm: Arm) -> NDArray[np.float64]:
        answers = [kept.answers[arm.key, seed][split].of("fused") for seed in seeds]
        return _mean([chosen == cases.target for chosen in answers])[of]

    return rate(hits(after) - hits(before), cases.scenes[of], bounds=(-1.0, 1.0))


def gap_closed(kept: Kept, arm: Arm, split: str = "test", part: str = "where") -> Rate | None:
    """(arm - plain) / (ceiling - plain), with its interval over scenes; None without all three.

    The interval is that of the numerator, divided by the gap.
    """
    of_family = {a.name: a for a in kept.arms(arm.family)}
    if not {"plain", "ceiling"} <= set(of_family):
        return None
    gained = paired(kept, arm, of_family["plain"], split, part)
    gap = paired(kept, of_family["ceiling"], of_family["plain"], split, part)
    if gained is None or gap is None or gap.value <= 0:
        return None
    low, high = (None if end is None else end / gap.value for end in (gained.low, gained.high))
    return Rate(gained.value / gap.value, gained.n, low, high)


def guards(kept: Kept, arm: Arm, split: str = "test") -> dict[str, Rate]:
    """What a cure must not cost: class accuracy of fused and 2D, and unique, minus plain's."""
    plain = next(a for a in kept.arms(arm.family) if a.name == "plain")
    seeds = sorted(set(kept.seeds(arm)) & set(kept.seeds(plain)))
    cases = kept.cases[arm.family][split]
    unique = _groups(cases)["unique"]

    def difference(of: NDArray[np.bool_], modality: str, in_class: bool) -> Rate:
        def hits(one: Arm) -> NDArray[np.float64]:
            chosen = [kept.answers[one.key, seed][split].of(modality) for seed in seeds]
            found = [_in_class(cases, c) if in_class else c == cases.target for c in chosen]
            return _mean(found)[of]

        return rate(hits(arm) - hits(plain), cases.scenes[of], bounds=(-1.0, 1.0))

    everything = np.ones_like(unique)
    return {
        "fused class accuracy": difference(everything, "fused", True),
        "unique": difference(unique, "fused", False),
        "2d class accuracy": difference(everything, "2d", True),
    }


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recipe that w2r2-plus was chosen among, as the owner of the biased data sees it.

    Attributes:
        arm: which.
        follow: follow_appearance of fused.
        class_accuracy: "fused", "2d": minus plain's.
        is_eligible: neither falls by more than two points.
    """

    arm: Arm
    follow: Rate
    class_accuracy: Mapping[str, Rate]
    is_eligible: bool


def candidates(kept: Kept) -> list[Candidate]:
    """The candidates, the chosen one first: eligible, and followed least on `val_biased`."""
    plain = next((arm for arm in ARMS if arm.key == "plain"), None)
    if plain is None or not kept.seeds(plain):
        return []
    cases, split = kept.cases["colour"]["val_biased"], "val_biased"
    found = []
    for arm in kept.arms("colour"):
        if not arm.name.startswith("candidate-"):
            continue
        seed = kept.seeds(arm)[0]
        own, base = kept.answers[arm.key, seed][split], kept.answers[plain.key, seed][split]
        change = {
            m: rate(
                _in_class(cases, own.of(m)).astype(float) - _in_class(cases, base.of(m)),
                cases.scenes,
                bounds=(-1.0, 1.0),
            )
            for m in FOLLOWED
        }
        is_eligible = all(value.value >= -_GUARD_POINTS for value in change.values())
        follow = _follow(cases, [own], "fused", "follow_appearance")
        found.append(Candidate(arm, follow, change, is_eligible))
    return sorted(found, key=lambda one: (not one.is_eligible, one.follow.value))


def holds(guard: Rate) -> bool:
    """Whether a guard surely falls by no more than two points."""
    return (guard.value if guard.low is None else guard.low) >= -_GUARD_POINTS


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


def _groups(cases: Cases) -> dict[str, NDArray[np.bool_]]:
    where = cases.spatial
    return {
        "all": np.ones_like(where),
        "where": where,
        "what": ~where,
        "unique": cases.num_lookalikes == 1,
        "aligned": where & (cases.aligned == 1),
        "conflict": where & (cases.aligned == 0),
        **{skill: cases.skills == skill for skill in WHERE},
    }


def _in_class(cases: Cases, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = cases.of_class[np.arange(len(chosen)), chosen]
    return inside


def _mean(hits: Sequence[NDArray[np.bool_]]) -> NDArray[np.float64]:
    """Over the seeds, case by case, so that a scene counts once in the interval."""
    mean: NDArray[np.float64] = np.mean([np.asarray(h, np.float64) for h in hits], axis=0)
    return mean


def _follow(cases: Cases, found: Sequence[Answers], modality: str, name: str) -> Rate:
    """Over all seeds; scenes are kept together, whatever the seed."""
    place = FOLLOWED.index(modality)
    rows = cases.twin_rows
    answers = TwinAnswers(
        scenes=np.tile(cases.scenes[rows], len(found)),
        original=np.concatenate([a.of(modality)[rows] for a in found]),
        twin=np.concatenate([a.twin[place] for a in found]),
        placebo=np.concatenate([a.placebo[place] for a in found]),
        pair=np.tile(cases.pair, (len(found), 1)),
    )
    value: Rate = getattr(follow_rates(answers), name)
    return value


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
