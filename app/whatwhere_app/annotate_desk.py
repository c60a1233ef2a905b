"""What the Annotate layout works on: the cases in their order, and all that is said of them.

The one shared state of that layout, as the workspace is of the rest: frozen values, `set_x`,
`x_changed`; presenters write, and hear of each other through it alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal, SignalInstance

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import HistoryEntry, RowChange
from whatwhere.annotations.independence import as_seen_by, is_judged_by_both
from whatwhere.annotations.tag_edits import tags_after
from whatwhere.annotations.values import Case, Tag
from whatwhere.annotations.wanted import Wanted, all_hold
from whatwhere.evaluation.cases.store import StoredCases


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """What is to be annotated.

    Attributes:
        of: the diagnosis.
        indices: places of the cases in its columns, in order.
        cases: the same cases as the store knows them.
    """

    of: StoredCases
    indices: tuple[int, ...]
    cases: tuple[Case, ...]


class AnnotateDesk(QObject):
    """The state of the Annotate layout.

    Args:
        annotator: who annotates.
    """

    queue_changed = Signal()
    place_changed = Signal()
    said_changed = Signal()
    tags_changed = Signal()
    history_changed = Signal()
    mode_changed = Signal()
    wanted_changed = Signal()

    def __init__(self, annotator: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._annotator, self._is_independent = annotator, False
        self._queue: Queue | None = None
        self._place = 0
        self._said: Mapping[str, CaseAnnotations] = {}
        self._num_changes = 0
        self._tags: tuple[Tag, ...] = ()
        self._history: tuple[HistoryEntry, ...] = ()
        self._wanted: tuple[Wanted, ...] = ()
        self._places: Mapping[str, int] = {}
        self._matching: tuple[int, ...] | None = None

    @property
    def annotator(self) -> str:
        """Who annotates."""
        return self._annotator

    @property
    def is_independent(self) -> bool:
        """Whether what others say of a case is hidden until both have done with it."""
        return self._is_independent

    @property
    def is_locked(self) -> bool:
        """Whether two judged the case in hand independently, so that its tags stay as they are."""
        said = None if self.case is None else self._said.get(self.case.case_id)
        return (
            self._is_independent and said is not None and is_judged_by_both(said, self._annotator)
        )

    @property
    def queue(self) -> Queue | None:
        """What is to be annotated; None before anything was chosen."""
        return self._queue

    @property
    def place(self) -> int:
        """Which case is in hand, from 0."""
        return self._place

    @property
    def case(self) -> Case | None:
        """The case in hand."""
        queue = self._queue
        return queue.cases[self._place] if queue is not None and queue.cases else None

    @property
    def said(self) -> CaseAnnotations:
        """What is said of the case in hand."""
        case = self.case
        return CaseAnnotations() if case is None else self.said_of(case.case_id)

    @property
    def num_done(self) -> int:
        """Cases that this annotator has done with."""
        cases = () if self._queue is None else self._queue.cases
        return sum(self.said_of(case.case_id).seen_by(self.annotator) is not None for case in cases)

    @property
    def num_left_out(self) -> int:
        """Cases whose ground truth is held for wrong."""
        cases = () if self._queue is None else self._queue.cases
        return sum(self.said_of(case.case_id).truth_is_wrong for case in cases)

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Those that are offered, those with digits first."""
        return tuple(tag for tag in self._tags if not tag.is_retired)

    @property
    def history(self) -> tuple[HistoryEntry, ...]:
        """What this annotator did and can undo or redo, oldest first."""
        return self._history

    @property
    def every_tag(self) -> tuple[Tag, ...]:
        """The whole set of tags, those that are no longer offered too."""
        return self._tags

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Which of the cases one goes through; all of it holds."""
        return self._wanted

    @property
    def matching(self) -> tuple[int, ...]:
        """Places of the cases that are so, in order; of all cases where nothing is wanted."""
        if self._matching is None:
            count = 0 if self._queue is None else len(self._queue.cases)
            silent = CaseAnnotations()
            found = set(range(count)) if all_hold(self._wanted, silent) else set()
            for case_id, said in self._said.items():
                place = self._places.get(case_id)
                if place is not None:
                    is_so = all_hold(self._wanted, self._shown(said))
                    (found.add if is_so else found.discard)(place)
            self._matching = tuple(sorted(found))
        return self._matching

    @property
    def everything_said(self) -> tuple[CaseAnnotations, ...]:
        """What is said of the cases, those left out of which nothing is."""
        known = (said for case_id, said in self._said.items() if case_id in self._places)
        return tuple(map(self._shown, known))

    def next_place(self, by: int) -> int:
        """Of the next (1) or previous (-1) case; of the nearest where none follows."""
        found = self.matching
        ahead = [at for at in found if (at - self._place) * by > 0]
        if ahead:
            return ahead[0] if by > 0 else ahead[-1]
        if not found or self._place in found:
            return self._place
        return found[-1] if by > 0 else found[0]

    @property
    def num_changes(self) -> int:
        """How often something more was said; tells whether what was read is still all of it."""
        return self._num_changes

    def said_of(self, case_id: str) -> CaseAnnotations:
        """What is said of one case, as far as the annotator may know it."""
        return self._shown(self._said.get(case_id, CaseAnnotations()))

    def place_of(self, case_id: str) -> int | None:
        """Where a case stands; None where it is not among them."""
        return self._places.get(case_id)

    def set_queue(
        self, queue: Queue, said: Mapping[str, CaseAnnotations], *, place: int = 0
    ) -> None:
        """Annotate other cases."""
        self._queue, self._said, self._matching = queue, dict(said), None
        self._places = {case.case_id: at for at, case in enumerate(queue.cases)}
        self._place = min(max(place, 0), max(len(queue.cases) - 1, 0))
        self.queue_changed.emit()
        self.place_changed.emit()
        self.said_changed.emit()

    def set_place(self, place: int) -> None:
        """Take another case in hand."""
        count = 0 if self._queue is None else len(self._queue.cases)
        self._change("_place", min(max(place, 0), max(count - 1, 0)), self.place_changed)

    def set_said(self, said: Mapping[str, CaseAnnotations]) -> None:
        """What is said was read again."""
        self._matching = None
        self._change("_said", dict(said), self.said_changed)

    def change(self, case_id: str, rows: tuple[RowChange, ...]) -> None:
        """Something more is said of one case."""
        self._num_changes += 1
        if case_id:
            said = self._said.get(case_id, CaseAnnotations())
            self.set_said({**self._said, case_id: said.after(rows)})
        tags = [row for row in rows if isinstance(row.row, Tag)]
        if tags:
            self.set_tags(tags_after(self._tags, tags))

    def hear(self, said: Mapping[str, CaseAnnotations]) -> None:
        """What is said of some cases was read again."""
        self.set_said({**self._said, **said})

    def set_annotator(self, annotator: str) -> None:
        """Somebody else annotates from now on."""
        self._matching = None
        self._change("_annotator", annotator, self.mode_changed)
        self.said_changed.emit()

    def set_independent(self, is_independent: bool) -> None:
        """Hide what others say until both have done with a case, or no more."""
        self._matching = None
        self._change("_is_independent", is_independent, self.mode_changed)
        self.said_changed.emit()

    def set_wanted(self, wanted: tuple[Wanted, ...]) -> None:
        """Go through other cases; the one in hand stays there until one goes on."""
        if wanted != self._wanted:
            self._matching = None
        self._change("_wanted", wanted, self.wanted_changed)

    def set_tags(self, tags: tuple[Tag, ...]) -> None:
        """Offer other tags."""
        self._change("_tags", tags, self.tags_changed)

    def set_history(self, history: tuple[HistoryEntry, ...]) -> None:
        """Something was done, undone or redone."""
        self._change("_history", history, self.history_changed)

    def _shown(self, said: CaseAnnotations) -> CaseAnnotations:
        return as_seen_by(said, self._annotator) if self._is_independent else said

    def _change(self, name: str, value: Any, changed: SignalInstance) -> None:
        if value != getattr(self, name):
            setattr(self, name, value)
            changed.emit()
