"""The same cases before and after training: what was cured, what was broken.

Only cases that both diagnoses count are compared. Pure numpy.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import ConfigError
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.rates import Rate, rate, rate_json


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one group of cases.

    Attributes:
        cured: share of its wrong answers that are right now.
        broken: share of its right answers that are wrong now.
        before: accuracy.
        after: accuracy.
    """

    cured: Rate
    broken: Rate
    before: Rate
    after: Rate

    def as_json(self) -> dict[str, Any]:
        """As documents carry it."""
        return {name: rate_json(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True, eq=False)
class BeforeAfter:
    """Two diagnoses of one split, case by case; n cases that both count.

    Attributes:
        rows: (n,) of the split.
        scenes: (n,) which scan.
        was_right: (n,) bool.
        is_right: (n,) bool.
    """

    rows: NDArray[np.int64]
    scenes: NDArray[np.int64]
    was_right: NDArray[np.bool_]
    is_right: NDArray[np.bool_]

    def outcome(self, rows: Collection[int] | None = None) -> Outcome:
        """Of the cases of these rows, or of all."""
        chosen = (
            np.ones(len(self.rows), bool)
            if rows is None
            else np.isin(self.rows, np.fromiter(rows, np.int64))
        )
        wrong, right = chosen & ~self.was_right, chosen & self.was_right
        return Outcome(
            cured=rate(self.is_right[wrong], self.scenes[wrong]),
            broken=rate(~self.is_right[right], self.scenes[right]),
            before=rate(self.was_right[chosen], self.scenes[chosen]),
            after=rate(self.is_right[chosen], self.scenes[chosen]),
        )

    def by_group(self, groups: Mapping[str, Collection[int]]) -> dict[str, Outcome]:
        """Name -> outcome, e.g. per tag."""
        return {name: self.outcome(rows) for name, rows in groups.items()}

    def in_scenes_of(self, rows: Collection[int]) -> tuple[int, ...]:
        """All rows of the scans that these rows are of."""
        scenes = self.scenes[np.isin(self.rows, np.fromiter(rows, np.int64))]
        return tuple(self.rows[np.isin(self.scenes, scenes)].tolist())


def before_after(
    before: CaseColumns, after: CaseColumns, *, modality: str = "fused", iou: float = 0.25
) -> BeforeAfter:
    """Pair two diagnoses.

    Args:
        before: of the model that was trained.
        after: of the model that came of it, on the same split.
        modality: whose answers are compared.
        iou: from which an answer is right.

    Raises:
        ConfigError: they share no case that both count, or one lacks the modality.
    """
    for columns in (before, after):
        if modality not in columns.modalities:
            raise ConfigError(
                f"a diagnosis holds no answers of {modality}", remedy="Diagnose it in that one too"
            )
    old, new = np.asarray(before.counts), np.asarray(after.counts)
    shared, here, there = np.intersect1d(
        before.rows[old], after.rows[new], assume_unique=True, return_indices=True
    )
    if not len(shared):
        raise ConfigError(
            "the two diagnoses share no case that both count",
            remedy="Diagnose both models on the same split",
        )
    first, second = np.flatnonzero(old)[here], np.flatnonzero(new)[there]
    return BeforeAfter(
        rows=shared.astype(np.int64),
        scenes=before.scenes[first].astype(np.int64),
        was_right=np.asarray(before.modalities[modality].iou[first] >= iou),
        is_right=np.asarray(after.modalities[modality].iou[second] >= iou),
    )
