"""What was done, newest first; a click goes to its case and says what was said of it then."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import HistoryEntry
from whatwhere.annotations.independence import as_seen_by
from whatwhere.annotations.past import said_after
from whatwhere.annotations.values import Case
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.annotate_values import HistoryRow
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_SHOWN = 100
_LONGEST_NOTE = 60


class HistoryView(Protocol):
    """The list."""

    def show_history(self, rows: Sequence[HistoryRow]) -> None:
        """Replace the rows, newest first."""

    def show_then(self, text: str) -> None:
        """What was said of the case at the time of a row; "" for nothing."""


class Past(Protocol):
    """The store, as far as what was done is asked for."""

    async def history_of_others(self) -> tuple[HistoryEntry, ...]:
        """What others did last."""

    async def history_of_case(self, case_id: str) -> tuple[HistoryEntry, ...]:
        """All that was done to one case."""

    async def said_of(self, case_ids: Sequence[str]) -> Mapping[str, CaseAnnotations]:
        """What is said of cases."""


class AnnotateHistoryPresenter:
    """Shows what this annotator and others did; what can be redone stands on top, marked.

    Args:
        add: takes one more case of the present diagnosis in hand, by its place in the columns.
    """

    def __init__(
        self,
        view: HistoryView,
        desk: AnnotateDesk,
        store: Past,
        board: TaskBoard,
        *,
        add: Callable[[int], None],
    ) -> None:
        self._view, self._desk, self._store, self._board = view, desk, store, board
        self._add = add
        self._others: tuple[HistoryEntry, ...] = ()
        self._reading, self._going = LatestOnly(board), LatestOnly(board)
        desk.history_changed.connect(self._show)
        desk.mode_changed.connect(self.read_others)
        desk.queue_changed.connect(self._show)
        desk.place_changed.connect(lambda: view.show_then(""))
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether the store is being asked."""
        return self._reading.is_running or self._going.is_running

    def read_others(self) -> None:
        """Look for what others did."""
        self._reading.run(self._store.history_of_others(), self._on_others)

    def go_to(self, change_id: str) -> None:
        """Take the case of a change in hand, and say what was said of it then."""
        entry = next((item for item in self._entries() if item.change.change_id == change_id), None)
        if entry is None:
            return
        if not entry.change.case_id:
            self._view.show_then("It is about no single case.")
            return
        self._going.run(self._past(entry), lambda found: self._on_past(entry, *found))

    async def _past(
        self, entry: HistoryEntry
    ) -> tuple[CaseAnnotations | None, CaseAnnotations | None]:
        case_id = entry.change.case_id
        then = said_after(await self._store.history_of_case(case_id), entry.change.change_id)
        return then, (await self._store.said_of([case_id])).get(case_id)

    def _on_past(
        self, entry: HistoryEntry, then: CaseAnnotations | None, now: CaseAnnotations | None
    ) -> None:
        desk = self._desk
        place = desk.place_of(entry.change.case_id)
        if place is not None:
            desk.set_place(place)
        elif not self._bring(None if now is None else now.case):
            return
        if then is not None:
            if desk.is_independent:
                then = as_seen_by(then, desk.annotator)
            self._view.show_then(f"At {_when(entry)}: {in_words(then)}")

    def _bring(self, case: Case | None) -> bool:
        """A case that is not among those in hand joins them, where it is of the same diagnosis."""
        queue = self._desk.queue
        facts = None if queue is None else queue.of.facts
        here = None if facts is None else (facts.model, facts.model_hash, facts.split_hash)
        if case is not None and (case.model, case.model_hash, case.split_hash) == here:
            assert queue is not None
            found = np.flatnonzero(queue.of.columns.rows == case.row)
            if len(found):
                self._add(int(found[0]))
                return True
        about = "a case" if case is None else f"“{case.expression}” ({case.model}, {case.split})"
        self._board.notice(
            f"This was done to {about}, which the diagnosis in hand does not hold. Open the "
            "diagnosis that does in the Diagnose layout, and annotate its cases.",
            level="warning",
        )
        return False

    def _on_others(self, found: tuple[HistoryEntry, ...]) -> None:
        self._others = found
        self._show()

    def _entries(self) -> list[HistoryEntry]:
        """Newest first; what is undone on top, as the undo list has it."""
        mine = list(reversed(self._desk.history[-_SHOWN:]))
        undone = [entry for entry in mine if entry.state == "undone"]
        # Who judges independently does not see what others do meanwhile.
        others = () if self._desk.is_independent else self._others
        done = [entry for entry in (*mine, *others) if entry.state != "undone"]
        done.sort(key=lambda entry: entry.change.made_at, reverse=True)
        return [*undone, *done][:_SHOWN]

    def _show(self) -> None:
        rows = []
        for entry in self._entries():
            place = self._desk.place_of(entry.change.case_id)
            where = "" if place is None else f" · case {place + 1}"
            whose = entry.change.annotator
            rows.append(
                HistoryRow(
                    entry.change.title + where,
                    _when(entry),
                    is_undone=entry.state == "undone",
                    change_id=entry.change.change_id,
                    who="" if whose == self._desk.annotator else whose,
                )
            )
        self._view.show_history(rows)


def in_words(said: CaseAnnotations) -> str:
    """What is said of a case, in a line."""
    parts = [item.tag_id.replace("-", " ") for item in said.tags]
    for note in said.notes:
        text = note.text
        parts.append(f"“{text if len(text) <= _LONGEST_NOTE else text[:_LONGEST_NOTE] + '…'}”")
    parts += [f"ground truth {item.verdict}" for item in said.verdicts]
    if said.boxes:
        parts.append(counted(len(said.boxes), "box"))
    if said.regions:
        parts.append(counted(len(said.regions), "outline"))
    if said.seen:
        parts.append("done")
    return " · ".join(dict.fromkeys(parts)) or "nothing was said"


def _when(entry: HistoryEntry) -> str:
    made = datetime.fromisoformat(entry.change.made_at).astimezone()
    is_today = made.date() == datetime.now().astimezone().date()
    return made.strftime("%H:%M:%S" if is_today else "%Y-%m-%d")
