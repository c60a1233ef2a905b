"""The parts that figures are broken down by: relation, skill, category, look-alikes, bands.

Shapes: n cases, P parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns

DISTANCE_M = (0.5, 1.0, 2.0)
"""Ends of the bands of the distance to the nearest look-alike."""

VISIBILITY = (0.1, 0.3, 0.6)
"""Ends of the bands of the share of the target that some frame shows."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """One way of sharing out cases; a case may be in several parts, or in none.

    Attributes:
        name: "relation", "skill", "category", "look-alikes", "distance" or "visibility".
        parts: their names.
        codes: (n,) int index of the part, -1 for none; or (n, P) bool where parts overlap.
    """

    name: str
    parts: tuple[str, ...]
    codes: NDArray[np.int32] | NDArray[np.bool_]

    def members(self) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Each part that has a case, with the indices of its cases, in the order of `parts`."""
        if self.codes.ndim == 2:
            for place, part in enumerate(self.parts):
                found = np.flatnonzero(self.codes[:, place])
                if len(found):
                    yield part, found
            return
        order = np.argsort(self.codes, kind="stable")
        ends = np.searchsorted(self.codes[order], np.arange(len(self.parts) + 1))
        for part, first, last in zip(self.parts, ends[:-1], ends[1:], strict=True):
            if last > first:
                yield part, order[first:last]


def axes_of(columns: CaseColumns) -> tuple[Axis, ...]:
    """Every axis that the cases have something to say on."""
    lookalikes = np.select([columns.num_lookalikes == 1, columns.num_lookalikes > 1], [0, 1], -1)
    found = (
        Axis("relation", columns.relations, columns.has_relation),
        Axis("skill", columns.skills, columns.skill_codes),
        Axis("category", columns.labels, columns.label_codes),
        Axis("look-alikes", ("unique", "multiple"), lookalikes.astype(np.int32)),
        _banded("distance", columns.lookalike_m, DISTANCE_M, "m"),
        _banded("visibility", 100 * columns.visibility, [100 * end for end in VISIBILITY], "%"),
    )
    return tuple(axis for axis in found if axis.parts)


def _banded(
    name: str,
    values: NDArray[np.floating],
    ends: tuple[float, ...] | list[float],
    unit: str,
) -> Axis:
    """Half open bands; a case whose value is unknown is in none."""
    names = [f"below {ends[0]:g} {unit}"]
    names += [f"{low:g} to {high:g} {unit}" for low, high in pairwise(ends)]
    names.append(f"{ends[-1]:g} {unit} or more")
    codes = np.where(np.isfinite(values), np.digitize(values, ends), -1)
    return Axis(name, tuple(names), codes.astype(np.int32))
