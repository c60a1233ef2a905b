"""Every change of the annotations goes through here: onto the undo stack, the desk, the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtGui import QUndoStack

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change, HistoryEntry, RowChange
from whatwhere.annotations.values import Case, Tag
from whatwhere.annotations.watching import News
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.presenters.stored_change import StoredChange
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_ON_STACK = 100
"""So many changes of earlier sessions can be taken back at once."""


_Anew = tuple[Mapping[str, CaseAnnotations], tuple[HistoryEntry, ...], tuple[Tag, ...]]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was read since others did something, and how much was done here before."""

    news: News
    num_acts: int
    said: Mapping[str, CaseAnnotations]
    tags: tuple[Tag, ...] | None


class Keeping(Protocol):
    """The store."""

    def apply(self, change: Change, cases: Sequence[Case] = ()) -> None:
        """Make a change."""

    def undo(self, change: Change) -> None:
        """Take it back."""

    def redo(self, change: Change) -> None:
        """Make it again."""

    async def said_of(self, case_ids: Sequence[str]) -> Mapping[str, CaseAnnotations]:
        """What is said of cases."""

    async def history(self) -> tuple[HistoryEntry, ...]:
        """What can be undone or redone."""

    async def tags(self) -> tuple[Tag, ...]:
        """The set of tags, retired ones too."""

    def listen(self) -> None:
        """Look whether others did something."""


class AnnotateActs:
    """Shows a change at once, and has it saved; one that the store refuses is shown no more."""

    def __init__(
        self, desk: AnnotateDesk, store: Keeping, stack: QUndoStack, board: TaskBoard
    ) -> None:
        self._desk, self._store, self._stack = desk, store, stack
        self._latest, self._hearing = LatestOnly(board), LatestOnly(board)
        self._num_acts, self._stays = 0, False

    @property
    def is_busy(self) -> bool:
        """Whether what is said is being read again."""
        return self._latest.is_running or self._hearing.is_running

    def do(self, change: Change, *, stay: bool = False) -> None:
        """Make a change, unless it leaves everything as it is.

        Args:
            change: its case is taken in hand.
            stay: the case in hand stays.
        """
        if change.is_empty:
            return
        self._stays = stay
        try:
            self._stack.push(StoredChange(change, self))
        finally:
            self._stays = False

    def apply(self, change: Change) -> None:
        """See `stored_change.Acts`."""
        self._begin(change)
        self._desk.change(change.case_id, change.rows)
        done = [entry for entry in self._desk.history if entry.state == "done"]
        seq = done[-1].seq + 1 if done else 1
        self._desk.set_history((*done, HistoryEntry(seq, change, "done")))
        case = self._case(change.case_id)
        self._store.apply(change, () if case is None else (case,))

    def undo(self, change: Change) -> None:
        """See `stored_change.Acts`."""
        self._begin(change)
        self._desk.change(change.case_id, _inverse(change))
        self._mark(change, is_done=False)
        self._store.undo(change)

    def redo(self, change: Change) -> None:
        """See `stored_change.Acts`."""
        self._begin(change)
        self._desk.change(change.case_id, change.rows)
        self._mark(change, is_done=True)
        self._store.redo(change)

    def take_up(self, history: tuple[HistoryEntry, ...]) -> None:
        """Put onto the stack what earlier sessions did."""
        self._desk.set_history(history)
        undone = []
        for entry in history[-_ON_STACK:]:
            command = StoredChange(entry.change, self, is_made=True)
            self._stack.push(command)
            if entry.state == "undone":
                undone.append(command)
        for command in reversed(undone):
            command.be_quiet_once()
            self._stack.undo()

    def read_again(self) -> None:
        """Somebody else changed something: what is shown, and what can be undone, is read anew."""
        num_acts = self._num_acts
        self._latest.run(self._read(self._ids()), lambda found: self._show(found, num_acts))

    def listen(self) -> None:
        """Look now whether others did something; else that is done every few seconds."""
        self._store.listen()

    def hear(self, news: News) -> None:
        """Others did something: it is shown; what they did under this name can be undone here."""
        if self._desk.annotator in news.annotators:
            self.read_again()
            return
        ids = tuple(
            case_id for case_id in self._ids() if news.is_everything or case_id in news.case_ids
        )
        self._hearing.run(self._read_heard(ids, news), self._show_heard)

    def _ids(self) -> tuple[str, ...]:
        queue = self._desk.queue
        return () if queue is None else tuple(case.case_id for case in queue.cases)

    async def _read_heard(self, ids: Sequence[str], news: News) -> _Heard:
        num_acts = self._num_acts
        said = await self._store.said_of(ids) if ids else {}
        tags = await self._store.tags() if news.is_everything else None
        return _Heard(
            news, num_acts, {name: said.get(name, CaseAnnotations()) for name in ids}, tags
        )

    def _show_heard(self, heard: _Heard) -> None:
        if heard.num_acts != self._num_acts:  # what was read is older than what is shown
            self.hear(heard.news)
            return
        self._desk.hear(heard.said)
        if heard.tags is not None:
            self._desk.set_tags(heard.tags)

    async def _read(self, ids: Sequence[str]) -> _Anew:
        said = await self._store.said_of(ids)
        return said, await self._store.history(), await self._store.tags()

    def _show(self, found: _Anew, num_acts: int) -> None:
        if num_acts != self._num_acts:  # what was read is older than what is shown
            self.read_again()
            return
        said, history, tags = found
        self._desk.set_said(said)
        self._desk.set_tags(tags)
        self._stack.clear()
        self.take_up(history)

    def _begin(self, change: Change) -> None:
        self._num_acts += 1
        place = self._desk.place_of(change.case_id)
        if place is not None and not self._stays:
            self._desk.set_place(place)

    def _case(self, case_id: str) -> Case | None:
        place, queue = self._desk.place_of(case_id), self._desk.queue
        return None if place is None or queue is None else queue.cases[place]

    def _mark(self, change: Change, *, is_done: bool) -> None:
        self._desk.set_history(
            tuple(
                HistoryEntry(entry.seq, entry.change, "done" if is_done else "undone")
                if entry.change.change_id == change.change_id
                else entry
                for entry in self._desk.history
            )
        )


def _inverse(change: Change) -> tuple[RowChange, ...]:
    return tuple(row.inverse() for row in reversed(change.rows))
