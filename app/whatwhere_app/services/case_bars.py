"""Accuracy beside chance, relation by relation, of the cases that the filters keep.

Shapes: N cases.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere_app.case_values import DRAWN


@dataclass(frozen=True, slots=True)
class Group:
    """Some cases together.

    Attributes:
        name: of the relation; "" for all cases.
        count: cases that count.
        accuracy: by modality, 0..1.
        chance: mean of 1 / look-alikes over the cases where their number is known; None without
            one.
        follow: share of the cases with an appearance twin whose fused answer went with the
            appearance, less the share in the placebo, and how many cases; None without twins.
    """

    name: str
    count: int
    accuracy: dict[str, float]
    chance: float | None
    follow: tuple[float, int] | None


def groups_of(
    columns: CaseColumns, kept_N: NDArray[np.bool_], threshold: float
) -> tuple[Group, ...]:
    """All kept cases, then those of each relation that has any, the most frequent first."""
    counted_N = kept_N & columns.counts
    found = [_group(columns, "", counted_N, threshold)]
    by_relation = [
        _group(columns, name, counted_N & columns.has_relation[:, number], threshold)
        for number, name in enumerate(columns.relations)
    ]
    by_relation.sort(key=lambda group: -group.count)
    return (*found, *(group for group in by_relation if group.count))


def _group(columns: CaseColumns, name: str, in_N: NDArray[np.bool_], threshold: float) -> Group:
    count = int(np.count_nonzero(in_N))
    accuracy = {}
    for modality in DRAWN:
        item = columns.modalities.get(modality)
        if item is not None and count:
            iou = item.iou[in_N]
            known = np.isfinite(iou)
            if known.any():
                accuracy[modality] = float(np.mean(iou[known] >= threshold))
    alike = columns.num_lookalikes[in_N]
    alike = alike[alike > 0]
    chance = float(np.mean(1.0 / alike)) if len(alike) else None
    return Group(name, count, accuracy, chance, _follow(columns, in_N))


def _follow(columns: CaseColumns, in_N: NDArray[np.bool_]) -> tuple[float, int] | None:
    """As `evaluation.bias.follow_rates` defines it, without the interval."""
    twins, fused = columns.twins.get("appearance"), columns.modalities.get("fused")
    if twins is None or fused is None or "fused" not in twins.twin:
        return None
    cases = twins.cases
    asked = in_N[cases] & columns.is_spatial[cases] & ~columns.names_looks[cases]
    original, pair = fused.chosen[cases], twins.pair
    asked &= (pair == original[:, None]).any(axis=1)
    count = int(np.count_nonzero(asked))
    if not count:
        return None
    other = (pair.sum(axis=1) - original)[asked]
    went = twins.twin["fused"][asked] == other
    by_chance = twins.placebo["fused"][asked] == other
    return float(went.mean() - by_chance.mean()), count
