"""Accuracy beside chance, part by part, of the cases that the filters keep.

Shapes: N cases, M memberships of a case in a group, G groups, S scenes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.filters import (
    Filter,
    OfLabel,
    OfRelation,
    OfSkill,
    Unique,
    Within,
)
from whatwhere.evaluation.intervals import share
from whatwhere.evaluation.parts import DISTANCE_M, VISIBILITY, axis_of, band_names
from whatwhere.evaluation.rates import MIN_SCENES, Rate
from whatwhere_app.case_values import DRAWN

_MOST_CELLS = 1 << 20
"""Of groups and scenes whose intervals are worked out at once."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some cases together.

    Attributes:
        name: of the part; "" for all cases.
        count: cases that count.
        accuracy: by modality, with its interval over scenes.
        chance: mean of 1 / look-alikes over the cases where their number is known; None without
            one.
        follow: share of the cases with an appearance twin whose fused answer went with the
            appearance, less the share in the placebo, and how many cases; None without twins.
        num_scenes: that have a case.
    """

    name: str
    count: int
    accuracy: dict[str, Rate]
    chance: float | None
    follow: tuple[float, int] | None
    num_scenes: int = 0


@dataclass(frozen=True, eq=False)
class _Members:
    """Which cases are in which group; the first group holds all of them.

    Attributes:
        names: of the G groups.
        case: (M,) index of the case.
        group: (M,) of the group.
        scene: (M,) of the case's scene, S in all.
        num_scenes: S.
    """

    names: tuple[str, ...]
    case: NDArray[np.int64]
    group: NDArray[np.int64]
    scene: NDArray[np.int64]
    num_scenes: int

    @cached_property
    def cell(self) -> NDArray[np.int64]:
        """(M,) group and scene in one number."""
        return self.group * self.num_scenes + self.scene

    def count(self, is_so_N: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """(G, S) cases that are so, or all, by group and scene."""
        cell = self.cell if is_so_N is None else self.cell[is_so_N[self.case]]
        size = len(self.names) * self.num_scenes
        found = np.bincount(cell, minlength=size).astype(np.float64)
        return found.reshape(len(self.names), self.num_scenes)

    def total(self, values_N: NDArray[np.floating]) -> NDArray[np.float64]:
        """(G,) sums of the cases' values, by group."""
        found = np.bincount(self.group, values_N[self.case], minlength=len(self.names))
        return found.astype(np.float64)


def filter_of(axis: str, part: str) -> Filter:
    """What keeps the cases of one part.

    Raises:
        ValueError: there is no such part.
    """
    if axis == "relation":
        return OfRelation(part)
    if axis == "skill":
        return OfSkill(part)
    if axis == "category":
        return OfLabel(part)
    if axis == "look-alikes":
        return Unique(unique=part == "unique")
    if axis == "distance":
        return Within("lookalike_m", *_bounds(part, DISTANCE_M, "m"))
    if axis == "visibility":
        low, high = _bounds(part, [100 * end for end in VISIBILITY], "%")
        ends = (None if end is None else end / 100 for end in (low, high))
        return Within("visibility", *ends)
    raise ValueError(axis)


def is_of_axis(item: Filter, axis: str) -> bool:
    """Whether a filter keeps a part of this axis."""
    if isinstance(item, Within):
        return item.column == {"distance": "lookalike_m", "visibility": "visibility"}.get(axis)
    kinds = {"relation": OfRelation, "skill": OfSkill, "category": OfLabel, "look-alikes": Unique}
    return axis in kinds and isinstance(item, kinds[axis])


def parts_of_case(columns: CaseColumns, axis: str, case: int) -> frozenset[str]:
    """The parts that one case is in."""
    found = axis_of(columns, axis, np.array([case]))
    return frozenset(part for part, _ in found.members())


def groups_of(
    columns: CaseColumns, kept_N: NDArray[np.bool_], threshold: float, axis: str = "relation"
) -> tuple[Group, ...]:
    """All kept cases, then those of each part that has any.

    Parts with an order of their own (bands, unique and multiple) keep it; of others the most
    frequent come first.

    Args:
        columns: all cases.
        kept_N: (N,) bool.
        threshold: IoU from which an answer is right.
        axis: how they are shared out, one of `axis_names`.
    """
    counted_N = kept_N & columns.counts
    members = _members(columns, np.flatnonzero(counted_N), axis)
    counts = members.count()
    num_cases = counts.sum(axis=1)
    num_scenes = (counts > 0).sum(axis=1)
    accuracy: dict[str, list[Rate]] = {}
    for modality in DRAWN:
        item = columns.modalities.get(modality)
        if item is not None:
            known = np.isfinite(item.iou)
            hits = members.count((item.iou >= threshold) & known)
            accuracy[modality] = _rates(hits, counts if known.all() else members.count(known))
    alike = columns.num_lookalikes
    chances = members.total(np.where(alike > 0, 1.0 / np.maximum(alike, 1), 0.0))
    num_known = num_cases if (alike > 0).all() else members.count(alike > 0).sum(axis=1)
    follows = _follows(columns, counted_N, axis, len(members.names))
    groups = [
        Group(
            name,
            int(num_cases[place]),
            {key: rates[place] for key, rates in accuracy.items() if rates[place].n},
            float(chances[place] / num_known[place]) if num_known[place] else None,
            follows[place],
            int(num_scenes[place]),
        )
        for place, name in enumerate(members.names)
    ]
    others = [group for group in groups[1:] if group.count]
    if axis in ("relation", "skill", "category"):
        others.sort(key=lambda group: -group.count)
    return (groups[0], *others)


def _members(columns: CaseColumns, counted: NDArray[np.int64], axis: str) -> _Members:
    found = axis_of(columns, axis, counted)
    row, *part = np.nonzero(found.codes if found.codes.ndim == 2 else found.codes >= 0)
    code = part[0] if part else found.codes[row]
    case = np.concatenate([counted, counted[row]])
    group = np.concatenate([np.zeros(len(counted), np.int64), code.astype(np.int64) + 1])
    scene = columns.scenes[case].astype(np.int64)
    return _Members(("", *found.parts), case, group, scene, max(1, len(columns.scene_ids)))


def _rates(hits_GS: NDArray[np.float64], counts_GS: NDArray[np.float64]) -> list[Rate]:
    """As `evaluation.rates.rate` gives them, group by group."""
    return [
        rate for part in _chunks(*hits_GS.shape) for rate in _of(hits_GS[part], counts_GS[part])
    ]


def _chunks(num_groups: int, num_scenes: int) -> Iterator[slice]:
    step = max(1, _MOST_CELLS // num_scenes)
    for first in range(0, num_groups, step):
        yield slice(first, first + step)


def _of(hits_GS: NDArray[np.float64], counts_GS: NDArray[np.float64]) -> Iterator[Rate]:
    found = share(hits_GS, counts_GS)
    total, scenes = counts_GS.sum(axis=1), (counts_GS > 0).sum(axis=1)
    for place, count in enumerate(total.astype(int).tolist()):
        value = float(found.value[place])
        if scenes[place] < MIN_SCENES:
            yield Rate(value, count)
        else:
            yield Rate(value, count, float(found.low[place]), float(found.high[place]))


def _bounds(part: str, ends: Sequence[float], unit: str) -> tuple[float | None, float | None]:
    """From the name of a band to its ends, the lower one included."""
    at = band_names(ends, unit).index(part)
    return (ends[at - 1] if at else None), (ends[at] if at < len(ends) else None)


def _follows(
    columns: CaseColumns, counted_N: NDArray[np.bool_], axis: str, num_groups: int
) -> list[tuple[float, int] | None]:
    """Per group as `evaluation.bias.follow_rates` defines it, without the interval."""
    nothing: list[tuple[float, int] | None] = [None] * num_groups
    twins, fused = columns.twins.get("appearance"), columns.modalities.get("fused")
    if twins is None or fused is None or "fused" not in twins.twin:
        return nothing
    cases, pair = twins.cases, twins.pair
    original = fused.chosen[cases]
    asked = columns.is_spatial[cases] & ~columns.names_looks[cases] & counted_N[cases]
    asked &= (pair == original[:, None]).any(axis=1)
    other = pair.sum(axis=1) - original
    moved = (twins.twin["fused"] == other).astype(np.float32)
    moved -= twins.placebo["fused"] == other
    sums = np.zeros(len(columns), np.float32)
    sums[cases[asked]] = moved[asked]
    members = _members(columns, cases[asked].astype(np.int64), axis)
    num_asked = members.count().sum(axis=1).astype(int).tolist()
    return [
        (value / number, number) if number else None
        for value, number in zip(members.total(sums).tolist(), num_asked, strict=True)
    ]
