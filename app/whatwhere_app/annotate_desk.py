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
from whatwhere.annotations.values import Case, Tag
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

    def __init__(self, annotator: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.annotator = annotator
        self._queue: Queue | None = None
        self._place = 0
        self._said: Mapping[str, CaseAnnotations] = {}
        self._tags: tuple[Tag, ...] = ()
        self._history: tuple[HistoryEntry, ...] = ()

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

    def said_of(self, case_id: str) -> CaseAnnotations:
        """What is said of one case."""
        return self._said.get(case_id, CaseAnnotations())

    def place_of(self, case_id: str) -> int | None:
        """Where a case stands; None where it is not among them."""
        cases = () if self._queue is None else self._queue.cases
        return next((at for at, case in enumerate(cases) if case.case_id == case_id), None)

    def set_queue(
        self, queue: Queue, said: Mapping[str, CaseAnnotations], *, place: int = 0
    ) -> None:
        """Annotate other cases."""
        self._queue, self._said = queue, dict(said)
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
        self._change("_said", dict(said), self.said_changed)

    def change(self, case_id: str, rows: tuple[RowChange, ...]) -> None:
        """Something more is said of one case."""
        self.set_said({**self._said, case_id: self.said_of(case_id).after(rows)})

    def set_tags(self, tags: tuple[Tag, ...]) -> None:
        """Offer other tags."""
        self._change("_tags", tags, self.tags_changed)

    def set_history(self, history: tuple[HistoryEntry, ...]) -> None:
        """Something was done, undone or redone."""
        self._change("_history", history, self.history_changed)

    def _change(self, name: str, value: Any, changed: SignalInstance) -> None:
        if value != getattr(self, name):
            setattr(self, name, value)
            changed.emit()
