"""Accuracy of groundings on candidates from the annotation, where the target is one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.rates import Rate, rate


@dataclass(frozen=True, slots=True, eq=False)
class ChoiceTable:
    """One row per sentence of a split.

    Attributes:
        scenes: (n,) int, which scene.
        skills: (n,) what it takes to answer, as the data set names it.
        num_candidates: (n,) int, candidates to choose from.
        num_lookalikes: (n,) int, candidates of the target's class, the target included.
        hits: per modality, (n,) in [0, 1]: 1 where the target was chosen, a share where
            candidates tied.
        class_hits: the same for anything of the target's class.
        chosen: (n,) index of the first best candidate.
        log_p_in_class: (n,) natural log of p(target | its class).
        log_probs: (n, K) natural log of p of each candidate, -inf for padding; none where the
            model says boxes instead.
        ious: (n,) overlap with the target, where answers are boxes of the model's own.
    """

    scenes: NDArray[np.int64]
    skills: NDArray[np.str_]
    num_candidates: NDArray[np.int64]
    num_lookalikes: NDArray[np.int64]
    hits: Mapping[str, NDArray[np.float64]]
    class_hits: Mapping[str, NDArray[np.float64]]
    chosen: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    log_p_in_class: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    log_probs: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    ious: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """Accuracy on one part of a split.

    Attributes:
        part: a skill, or "overall".
        n: sentences.
        chance: mean of 1 / candidates.
        in_class_chance: mean of 1 / look-alikes.
        accuracy: per modality.
        class_accuracy: per modality.
    """

    part: str
    n: int
    chance: float
    in_class_chance: float
    accuracy: Mapping[str, Rate]
    class_accuracy: Mapping[str, Rate]


def accuracy_rows(
    table: ChoiceTable, parts: Mapping[str, Sequence[str]] | None = None
) -> list[AccuracyRow]:
    """Overall, then named groups of skills (`parts`), then every skill on its own.

    A part without a case, as where the data set names no skills, is left out.
    """
    skills = sorted(set(table.skills.tolist()))
    groups: dict[str, Sequence[str]] = {"overall": skills, **(parts or {})}
    groups.update({skill: [skill] for skill in skills if skill})
    chosen = {part: np.isin(table.skills, list(names)) for part, names in groups.items()}
    return [_row(table, part, rows) for part, rows in chosen.items() if rows.any()]


def _row(table: ChoiceTable, part: str, chosen: NDArray[np.bool_]) -> AccuracyRow:
    scenes = table.scenes[chosen]
    return AccuracyRow(
        part=part,
        n=int(chosen.sum()),
        chance=float(np.mean(1 / table.num_candidates[chosen])),
        in_class_chance=float(np.mean(1 / table.num_lookalikes[chosen])),
        accuracy={m: rate(hits[chosen], scenes) for m, hits in table.hits.items()},
        class_accuracy={m: rate(hits[chosen], scenes) for m, hits in table.class_hits.items()},
    )
