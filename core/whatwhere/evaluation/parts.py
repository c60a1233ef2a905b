"""The parts that figures are broken down by: relation, skill, category, look-alikes, bands.

Shapes: n cases, P parts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns

DISTANCE_M = (0.5, 1.0, 2.0)
"""Ends of the bands of the distance to the nearest look-alike."""

VISIBILITY = (0.1, 0.3, 0.6)
"""Ends of the bands of the share of the target that some frame shows."""


_ALWAYS = ("look-alikes", "distance", "visibility")

Which = slice | NDArray[np.integer]


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


def axis_names(columns: CaseColumns) -> tuple[str, ...]:
    """The axes that the cases have something to say on."""
    named = {"relation": columns.relations, "skill": columns.skills, "category": columns.labels}
    return (*(name for name, parts in named.items() if parts), *_ALWAYS)


def axes_of(columns: CaseColumns) -> tuple[Axis, ...]:
    """Every axis that the cases have something to say on."""
    return tuple(axis_of(columns, name) for name in axis_names(columns))


def axis_of(columns: CaseColumns, name: str, which: Which = slice(None)) -> Axis:
    """One axis.

    Args:
        columns: all cases.
        name: see `Axis`.
        which: only these cases; its `codes` are then theirs.

    Raises:
        ValueError: there is no such axis.
    """
    if name == "relation":
        return Axis(name, columns.relations, columns.has_relation[which])
    if name == "skill":
        return Axis(name, columns.skills, columns.skill_codes[which])
    if name == "category":
        return Axis(name, columns.labels, columns.label_codes[which])
    if name == "look-alikes":
        count = columns.num_lookalikes[which]
        codes = np.select([count == 1, count > 1], [0, 1], -1)
        return Axis(name, ("unique", "multiple"), codes.astype(np.int32))
    if name == "distance":
        return _banded(name, columns.lookalike_m[which], DISTANCE_M, "m")
    if name == "visibility":
        seen = 100 * columns.visibility[which]
        return _banded(name, seen, [100 * end for end in VISIBILITY], "%")
    raise ValueError(name)


def band_names(ends: Sequence[float], unit: str) -> tuple[str, ...]:
    """Names of the half open bands between these ends, below the first and from the last on."""
    names = [f"below {ends[0]:g} {unit}"]
    names += [f"{low:g} to {high:g} {unit}" for low, high in pairwise(ends)]
    return (*names, f"{ends[-1]:g} {unit} or more")


def _banded(name: str, values: NDArray[np.floating], ends: Sequence[float], unit: str) -> Axis:
    """A case whose value is unknown is in no band."""
    codes = np.where(np.isfinite(values), np.digitize(values, ends), -1)
    return Axis(name, band_names(ends, unit), codes.astype(np.int32))
