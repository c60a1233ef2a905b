"""The recipes that w2r2-plus was chosen among, held against the rule it was chosen by."""

from collections.abc import Mapping
from dataclasses import dataclass

from whatwhere.bench.cure.against_plain import GUARD_POINTS
from whatwhere.bench.cure.arms import ARMS, Arm
from whatwhere.bench.cure.cases import FOLLOWED
from whatwhere.bench.cure.hits import follow_rate, in_class
from whatwhere.bench.cure.kept import Kept
from whatwhere.evaluation.rates import Rate, rate


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
                in_class(cases, own.of(m)).astype(float) - in_class(cases, base.of(m)),
                cases.scenes,
                bounds=(-1.0, 1.0),
            )
            for m in FOLLOWED
        }
        is_eligible = all(value.value >= -GUARD_POINTS for value in change.values())
        follow = follow_rate(cases, [own], "fused", "follow_appearance")
        found.append(Candidate(arm, follow, change, is_eligible))
    return sorted(found, key=lambda one: (not one.is_eligible, one.follow.value))
