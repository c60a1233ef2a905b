"""What training on annotated failures cured and broke, tag by tag, as a table.

The rows that were trained on stand apart from those of rooms that training never saw. Pure numpy.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.before_after import BeforeAfter, Outcome, before_after
from whatwhere.evaluation.cases.store import StoredCases

Part = Literal["held", "trained", "all"]
"""Rooms that training never saw, rooms that it learned from, or both with all others."""

Fate = Literal["cured", "broken", "still_wrong", "still_right"]
FATES: tuple[Fate, ...] = ("cured", "broken", "still_wrong", "still_right")
"""Wrong and now right, right and now wrong, and those that stayed what they were."""


@dataclass(frozen=True, slots=True)
class HardSetRows:
    """Which sentences of the split training was about.

    Attributes:
        trained: rows that were trained on.
        held: rows that were held aside, of other scans.
        tags: caption -> rows of either that carry the tag.
    """

    trained: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    tags: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class LoopRow:
    """What became of one group of cases.

    Attributes:
        title: of the group: a tag's caption, or what else the cases are.
        part: which rooms they are in.
        is_tag: it is one tag of the group above it.
        rows: (n,) of the split, those that both diagnoses count.
        outcome: cured and broken, with intervals over scans.
        random: the same for the model that was trained on random cases; None without one.
    """

    title: str
    part: Part
    is_tag: bool
    rows: NDArray[np.int64]
    outcome: Outcome
    random: Outcome | None = None

    def as_json(self) -> dict[str, Any]:
        """As documents carry it."""
        return {
            "title": self.title,
            "part": self.part,
            "is_tag": self.is_tag,
            "n": len(self.rows),
            **self.outcome.as_json(),
            "random": None if self.random is None else self.random.as_json(),
        }


@dataclass(frozen=True, slots=True, eq=False)
class LoopReport:
    """A model before and after training, on the same cases.

    Attributes:
        before: the diagnosis of the model that was trained.
        after: of the model that came of it.
        random: of the one that was trained on random cases instead; None without.
        modality: whose answers are compared.
        iou: from which an answer is right.
        rows: the groups.
        paired: case by case.
    """

    before: StoredCases
    after: StoredCases
    random: StoredCases | None
    modality: str
    iou: float
    rows: tuple[LoopRow, ...]
    paired: BeforeAfter

    @property
    def headline(self) -> tuple[LoopRow, LoopRow]:
        """The failures to be cured, and the cases of their rooms; held aside where some were."""
        return self.rows[0], next(row for row in self.rows[1:] if not row.is_tag)

    def of_fate(self, row: LoopRow, fate: Fate) -> NDArray[np.int64]:
        """Rows of the split, of a group, that came to this."""
        was, now = _MEANS[fate]
        paired = self.paired
        found = np.isin(paired.rows, row.rows)
        found &= (paired.was_right == was) & (paired.is_right == now)
        return paired.rows[found]

    def as_json(self) -> dict[str, Any]:
        """As documents carry it."""
        return {
            "before": self.before.facts.as_json(),
            "after": self.after.facts.as_json(),
            "random": None if self.random is None else self.random.facts.as_json(),
            "modality": self.modality,
            "iou": self.iou,
            "groups": [row.as_json() for row in self.rows],
        }


_MEANS: Mapping[Fate, tuple[bool, bool]] = {
    "cured": (False, True),
    "broken": (True, False),
    "still_wrong": (False, False),
    "still_right": (True, True),
}


def loop_report(
    before: StoredCases,
    after: StoredCases,
    hard: HardSetRows | None = None,
    *,
    random: StoredCases | None = None,
    modality: str = "fused",
    iou: float = 0.25,
) -> LoopReport:
    """Hold a model against what it was trained from.

    Args:
        before: of the model that was trained.
        after: of the model that came of it, on the same split.
        hard: what was trained on; None compares two models on all cases.
        random: of a model that was trained on as many random cases.
        modality: whose answers are compared.
        iou: from which an answer is right.

    Raises:
        ConfigError: they share no case that both count, or one lacks the modality.
    """
    paired = before_after(before.columns, after.columns, modality=modality, iou=iou)
    other = None
    if random is not None:
        other = before_after(before.columns, random.columns, modality=modality, iou=iou)
    groups = _groups(paired, hard) if hard is not None and (hard.trained or hard.held) else []
    groups.append(("All cases", "all", False, tuple(paired.rows.tolist())))
    rows = []
    for title, part, is_tag, wanted in groups:
        found = paired.rows[np.isin(paired.rows, np.fromiter(wanted, np.int64))]
        if len(found) or not is_tag:
            outcome = paired.outcome(wanted)
            of_random = None if other is None else other.outcome(wanted)
            rows.append(LoopRow(title, part, is_tag, found, outcome, of_random))
    if len(rows) == 1:
        # Of two models alone, the failures are those of the first.
        wrong = tuple(paired.rows[~paired.was_right].tolist())
        rows.insert(
            0, LoopRow("Failures", "all", False, np.array(wrong, np.int64), paired.outcome(wrong))
        )
    return LoopReport(before, after, random, modality, iou, tuple(rows), paired)


Group = tuple[str, Part, bool, Collection[int]]


def _groups(paired: BeforeAfter, hard: HardSetRows) -> list[Group]:
    found: list[Group] = []
    parts: tuple[tuple[Part, tuple[int, ...]], ...] = (
        ("held", hard.held),
        ("trained", hard.trained),
    )
    for part, rows in parts:
        if not rows:
            continue
        found.append(("Tagged failures", part, False, rows))
        if len(hard.tags) > 1:
            known = set(rows)
            found += [(tag, part, True, known & set(own)) for tag, own in hard.tags.items()]
        found.append(("All in these rooms", part, False, paired.in_scenes_of(rows)))
    return found
