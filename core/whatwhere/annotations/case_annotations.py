"""All that is said of one case, and what it becomes by a change."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from whatwhere.annotations.changes import RowChange
from whatwhere.annotations.default_tags import GROUND_TRUTH_WRONG
from whatwhere.annotations.rows import key_of
from whatwhere.annotations.values import (
    Case,
    CaseBox,
    CaseTag,
    FrameRegion,
    Note,
    Row,
    Seen,
    Settlement,
    Tag,
    Verdict,
)

_PLACES: dict[type[Any], str] = {
    CaseTag: "tags",
    Note: "notes",
    Seen: "seen",
    Verdict: "verdicts",
    Settlement: "settlements",
    CaseBox: "boxes",
    FrameRegion: "regions",
}


@dataclass(frozen=True, slots=True)
class CaseAnnotations:
    """What all annotators said of one case.

    Attributes:
        case: what it is; None before anybody annotated it.
        tags: in the order in which they were given.
        notes: one per annotator at most.
        seen: who has done with it.
        verdicts: on the ground truth, one per annotator at most.
        boxes: in the order in which they were put.
        regions: likewise.
        settlements: what holds of the tags on which annotators differed.
    """

    case: Case | None = None
    tags: tuple[CaseTag, ...] = ()
    notes: tuple[Note, ...] = ()
    seen: tuple[Seen, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    boxes: tuple[CaseBox, ...] = ()
    regions: tuple[FrameRegion, ...] = field(default=())
    settlements: tuple[Settlement, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "CaseAnnotations":
        """From the rows of one case, in any order."""
        found = cls()
        for row in sorted(rows, key=lambda row: getattr(row, "made_at", "")):
            found = found._with(None, row)
        return found

    def after(self, rows: Iterable[RowChange]) -> "CaseAnnotations":
        """What it becomes; changes of the set of tags leave it as it is."""
        found = self
        for row in rows:
            if not isinstance(row.row, Tag):
                found = found._with(row.before, row.after)
        return found

    @property
    def truth_is_wrong(self) -> bool:
        """Whether the ground truth is held for wrong; such a case is left out of metrics.

        What was settled decides; else anybody's verdict.
        """
        settled = self.settlement_of(GROUND_TRUTH_WRONG)
        if settled is not None:
            return settled.holds
        return any(verdict.verdict == "wrong" for verdict in self.verdicts)

    @property
    def tags_that_hold(self) -> frozenset[str]:
        """Tags that anybody gave, but for those that were settled otherwise."""
        settled = {item.tag_id: item.holds for item in self.settlements}
        given = {item.tag_id for item in self.tags if settled.get(item.tag_id, True)}
        return frozenset(given | {tag_id for tag_id, holds in settled.items() if holds})

    def settlement_of(self, tag_id: str) -> Settlement | None:
        """What was settled of one tag."""
        return next((item for item in self.settlements if item.tag_id == tag_id), None)

    def tag_ids(self, annotator: str) -> tuple[str, ...]:
        """The tags that one annotator gave."""
        return tuple(item.tag_id for item in self.tags if item.annotator == annotator)

    def note_of(self, annotator: str) -> Note | None:
        """What one annotator wrote."""
        return next((note for note in self.notes if note.annotator == annotator), None)

    def verdict_of(self, annotator: str) -> Verdict | None:
        """What one annotator holds of the ground truth."""
        return next((item for item in self.verdicts if item.annotator == annotator), None)

    def seen_by(self, annotator: str) -> Seen | None:
        """When one annotator had done with it."""
        return next((item for item in self.seen if item.annotator == annotator), None)

    def _with(self, before: Row | None, after: Row | None) -> "CaseAnnotations":
        row = after if after is not None else before
        if isinstance(row, Case):
            return replace(self, case=after if isinstance(after, Case) else None)
        place = _PLACES[type(row)]
        held: tuple[Row, ...] = getattr(self, place)
        if after is None:
            assert before is not None
            key = key_of(before)
            left = tuple(item for item in held if key_of(item) != key)
        elif before is None:
            left = (*held, after)
        else:
            key = key_of(after)
            left = tuple(after if key_of(item) == key else item for item in held)
        changed: dict[str, Any] = {place: left}
        return replace(self, **changed)
