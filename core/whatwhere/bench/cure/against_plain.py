"""What a recipe gains and costs: differences between arms on the same cases."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.cure.arms import Arm
from whatwhere.bench.cure.hits import groups_of, in_class, over_seeds
from whatwhere.bench.cure.kept import Kept
from whatwhere.evaluation.rates import Rate, rate

GUARD_POINTS = 0.02
"""How far a guard may fall below plain."""


def paired(
    kept: Kept, after: Arm, before: Arm, split: str, part: str, *, seeds: Collection[int] = ()
) -> Rate | None:
    """Fused accuracy of one arm minus another's on the same cases.

    Args:
        kept: all answers.
        after: what is looked at.
        before: what it is held against.
        split: "test" or "val_biased".
        part: "where", "what", or a skill.
        seeds: those to take; by default those that both arms have. None of them: None.
    """
    seeds = sorted(seeds or set(kept.seeds(after)) & set(kept.seeds(before)))
    if not seeds:
        return None
    cases = kept.cases[after.family][split]
    of = groups_of(cases)[part]

    def hits(arm: Arm) -> NDArray[np.float64]:
        answers = [kept.answers[arm.key, seed][split].of("fused") for seed in seeds]
        return over_seeds([chosen == cases.target for chosen in answers])[of]

    return rate(hits(after) - hits(before), cases.scenes[of], bounds=(-1.0, 1.0))


def gap_closed(kept: Kept, arm: Arm, split: str = "test", part: str = "where") -> Rate | None:
    """(arm - plain) / (ceiling - plain), with its interval over scenes; None without all three.

    Over the seeds that all three have: one seed's gap is wider than another's. The interval is
    that of the numerator, divided by the gap.
    """
    of_family = {a.name: a for a in kept.arms(arm.family)}
    if not {"plain", "ceiling"} <= set(of_family):
        return None
    plain, ceiling = of_family["plain"], of_family["ceiling"]
    common = set.intersection(*(set(kept.seeds(one)) for one in (arm, plain, ceiling)))
    if not common:
        return None
    gained = paired(kept, arm, plain, split, part, seeds=common)
    gap = paired(kept, ceiling, plain, split, part, seeds=common)
    if gained is None or gap is None or gap.value <= 0:
        return None
    if arm is plain:
        return Rate(0.0, gained.n, 0.0, 0.0)  # by what it is, not by counting
    low, high = (None if end is None else end / gap.value for end in (gained.low, gained.high))
    return Rate(gained.value / gap.value, gained.n, low, high)


def guards(kept: Kept, arm: Arm, split: str = "test") -> dict[str, Rate]:
    """What a cure must not cost: class accuracy of fused and 2D, and unique, minus plain's."""
    plain = next(a for a in kept.arms(arm.family) if a.name == "plain")
    seeds = sorted(set(kept.seeds(arm)) & set(kept.seeds(plain)))
    cases = kept.cases[arm.family][split]
    unique = groups_of(cases)["unique"]

    def difference(of: NDArray[np.bool_], modality: str, of_class: bool) -> Rate:
        def hits(one: Arm) -> NDArray[np.float64]:
            chosen = [kept.answers[one.key, seed][split].of(modality) for seed in seeds]
            found = [in_class(cases, c) if of_class else c == cases.target for c in chosen]
            return over_seeds(found)[of]

        return rate(hits(arm) - hits(plain), cases.scenes[of], bounds=(-1.0, 1.0))

    everything = np.ones_like(unique)
    return {
        "fused class accuracy": difference(everything, "fused", True),
        "unique": difference(unique, "fused", False),
        "2d class accuracy": difference(everything, "2d", True),
    }


def holds(guard: Rate) -> bool:
    """Whether a guard surely falls by no more than two points."""
    return (guard.value if guard.low is None else guard.low) >= -GUARD_POINTS
