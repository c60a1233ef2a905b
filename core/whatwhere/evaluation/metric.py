"""A published number with all that it depends on.

Two groups that print "Acc@0.25" rarely mean the same: which boxes were chosen among, which rows
count as unique and which rows were there at all are part of the number.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isclose
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.rates import Rate, rate, rate_json
from whatwhere.language.expressions import Expression

_FIRST = ("unique", "multiple", "easy", "hard")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a number depends on.

    Attributes:
        variant: which of the circulating definitions, e.g. "official".
        box_source: where the candidates came from.
        split_hash: of the sentences that were asked.
    """

    variant: str
    box_source: str
    split_hash: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One number, overall and by parts.

    Attributes:
        name: e.g. "scanrefer.acc@0.25".
        facts: what it depends on.
        overall: over all rows.
        axes: axis -> part -> rate; the parts of one axis share out all rows among them.

    Raises:
        ValueError: the overall of an axis is not the weighted mean of its parts.
    """

    name: str
    facts: Facts
    overall: Rate
    axes: Mapping[str, Mapping[str, Rate]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for axis, parts in self.axes.items():
            count = sum(part.n for part in parts.values())
            if count != self.overall.n:
                raise ValueError(
                    f"{self.name}: the parts of {axis} are {count} rows, overall {self.overall.n}"
                )
            total = sum(part.value * part.n for part in parts.values() if part.n)
            if count and not isclose(total / count, self.overall.value, abs_tol=1e-9):
                raise ValueError(
                    f"{self.name}: {self.overall.value:.6f} overall is not the weighted mean of "
                    f"{axis}, which is {total / count:.6f}"
                )

    def as_json(self) -> dict[str, Any]:
        """The metric of the `evaluate` JSON document."""
        parts = {name: part for axis in self.axes.values() for name, part in axis.items()}
        return {
            "overall": rate_json(self.overall),
            **{name: rate_json(part) for name, part in parts.items()},
            "variant": self.facts.variant,
            "box_source": self.facts.box_source,
            "split_hash": self.facts.split_hash,
        }


def measured(
    name: str,
    values: NDArray[np.floating] | NDArray[np.bool_],
    scenes: NDArray[np.integer],
    facts: Facts,
    axes: Mapping[str, NDArray[np.str_]] | None = None,
) -> Metric:
    """The mean of a value per row, overall and by parts.

    Args:
        name: of the metric.
        values: (n,) in [0, 1].
        scenes: (n,) which scene, for the intervals.
        facts: what the number depends on.
        axes: axis -> (n,) the part that each row belongs to.
    """
    return Metric(
        name,
        facts,
        rate(values, scenes),
        {
            axis: {
                part: rate(values[parts == part], scenes[parts == part])
                for part in sorted(set(parts.tolist()), key=_rank)
            }
            for axis, parts in (axes or {}).items()
        },
    )


def _rank(part: str) -> tuple[int, str]:
    """The order of ScanRefer's and ReferIt3D's tables, then that of the alphabet."""
    return (_FIRST.index(part) if part in _FIRST else len(_FIRST), part)


def split_hash(expressions: Iterable[Expression]) -> str:
    """Twelve hex digits that name a set of sentences, in whatever order they lie in a file."""
    lines = sorted(
        f"{item.scene_id}\t{item.target_id}\t{item.ann_id}\t{item.text}" for item in expressions
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
