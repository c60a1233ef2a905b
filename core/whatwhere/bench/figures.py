"""Measured figures: a value with its unit, its spread, and what it is meant to stay under."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        value: a median, or the ratio of two medians of one run.
        unit: "ms", "s", "x" for a ratio, ...
        n: how many repeats it rests on.
        low: the smallest repeat; None for a ratio.
        high: the largest repeat; None for a ratio.
        at_most: what it is meant to stay under, or None.
    """

    value: float
    unit: str
    n: int
    low: float | None = None
    high: float | None = None
    at_most: float | None = None

    @classmethod
    def median(cls, samples: Sequence[float], unit: str, *, at_most: float | None = None) -> Self:
        """The median of repeats, with their range."""
        return cls(
            statistics.median(samples), unit, len(samples), min(samples), max(samples), at_most
        )

    @classmethod
    def ratio(cls, above: "Figure", below: "Figure", *, at_most: float | None = None) -> Self:
        """How many times `below` fits into `above`; both measured in turns, in one run."""
        return cls(above.value / below.value, "x", min(above.n, below.n), at_most=at_most)

    @property
    def is_met(self) -> bool:
        """Whether it stays under what it is meant to; True when nothing is meant."""
        return self.at_most is None or self.value <= self.at_most

    def as_json(self) -> dict[str, Any]:
        """As it stands in `whatwhere bench --json`."""
        return asdict(self)


Figures = dict[str, Figure]
"""What a bench returns: figures by name, e.g. "sentence, three modalities, at the host"."""
