"""Accuracy beside chance, relation by relation, of the cases that the filters keep.

Shapes: N cases, G groups.
"""

from dataclasses import dataclass
from typing import Any

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
    counted = np.flatnonzero(kept_N & columns.counts)
    # A row for all cases, then one per relation: sums over groups are products of matrices.
    member_GN = np.ones((1 + len(columns.relations), len(counted)), np.float32)
    member_GN[1:] = columns.has_relation[counted].T
    counts = member_GN.sum(axis=1, dtype=np.float64)
    shares = {}
    for modality in DRAWN:
        item = columns.modalities.get(modality)
        if item is not None:
            iou = item.iou[counted]
            shares[modality] = _shares(member_GN, iou >= threshold, np.isfinite(iou))
    alike = columns.num_lookalikes[counted]
    chances = _shares(member_GN, 1.0 / np.maximum(alike, 1), alike > 0)
    follows = _follows(columns, member_GN, counted)
    groups = [
        Group(
            name,
            int(counts[place]),
            {key: float(found[place]) for key, found in shares.items() if found[place] >= 0},
            float(chances[place]) if chances[place] >= 0 else None,
            follows[place],
        )
        for place, name in enumerate(("", *columns.relations))
    ]
    others = sorted(groups[1:], key=lambda group: -group.count)
    return (groups[0], *(group for group in others if group.count))


def _shares(
    member_GN: NDArray[np.float32], values_N: NDArray[Any], known_N: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(G,) mean of each group over its known cases; -1 without one."""
    known = known_N.astype(np.float32)
    sums = member_GN @ np.where(known_N, values_N, 0).astype(np.float32)
    counts = member_GN @ known
    return np.where(counts > 0, sums / np.maximum(counts, 1), -1.0).astype(np.float64)


def _follows(
    columns: CaseColumns, member_GN: NDArray[np.float32], counted: NDArray[np.int64]
) -> list[tuple[float, int] | None]:
    """Per group as `evaluation.bias.follow_rates` defines it, without the interval."""
    nothing: list[tuple[float, int] | None] = [None] * len(member_GN)
    twins, fused = columns.twins.get("appearance"), columns.modalities.get("fused")
    if twins is None or fused is None or "fused" not in twins.twin:
        return nothing
    cases, pair = twins.cases, twins.pair
    original = fused.chosen[cases]
    asked = columns.is_spatial[cases] & ~columns.names_looks[cases]
    asked &= (pair == original[:, None]).any(axis=1)
    other = pair.sum(axis=1) - original
    moved = (twins.twin["fused"] == other).astype(np.float32)
    moved -= twins.placebo["fused"] == other
    sums, counts = np.zeros((2, len(columns)), np.float32)
    np.add.at(sums, cases[asked], moved[asked])
    np.add.at(counts, cases[asked], 1)
    num_asked = (member_GN @ counts[counted]).astype(int).tolist()
    total = (member_GN @ sums[counted]).tolist()
    return [
        (value / number, number) if number else None
        for value, number in zip(total, num_asked, strict=True)
    ]
