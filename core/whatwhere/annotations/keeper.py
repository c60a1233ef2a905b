"""A store behind a journal: what it cannot take now is kept on the disk and tried again."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change, ChangeState, HistoryEntry, RowChange
from whatwhere.annotations.journal import Act, Journal
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.values import Case
from whatwhere.errors import (
    BrokenFileError,
    RefusedPathError,
    StoreError,
    StoreUnavailableError,
    WhatWhereError,
)


@dataclass(frozen=True, slots=True)
class Saved:
    """How far saving is.

    Attributes:
        num_waiting: acts that the store has not taken yet; they are in the journal.
        reason: why, as a sentence; "" where none waits.
        refused: sentences of acts that the store will never take (somebody else was quicker).
    """

    num_waiting: int = 0
    reason: str = ""
    refused: tuple[str, ...] = ()


class Keeper:
    """Takes acts in order and answers once each is on a disk, in the store or in the journal.

    While something waits, all that follows waits with it, until `flush` finds the store back.

    Args:
        open_it: opens the store; called again after it was out of reach.
        journal: path of the journal, of this store and this user.
    """

    def __init__(self, open_it: Callable[[], AnnotationStore], journal: Path) -> None:
        self._open_it = open_it
        self._store: AnnotationStore | None = None
        self._journal, self._reason = Journal(journal), ""
        self._lock = threading.Lock()

    @property
    def store(self) -> AnnotationStore:
        """The store, opened if it is not yet.

        Raises:
            StoreUnavailableError, StoreError: it cannot be opened.
        """
        if self._store is None:
            self._store = self._open_it()
        return self._store

    @property
    def num_waiting(self) -> int:
        """Acts that only the journal holds."""
        return len(self._journal.acts)

    @property
    def is_on_disk(self) -> bool:
        """Whether nothing is held by memory alone."""
        return self._journal.is_whole

    def apply(self, change: Change, cases: Iterable[Case] = ()) -> Saved:
        """Make a change.

        Raises:
            StoreError: the store refuses it for good (`ConflictError`: somebody else was quicker),
                and nothing waits before it.
        """
        return self._do(Act("apply", change, tuple(cases)))

    def undo(self, change: Change) -> Saved:
        """Take back the annotator's last change, which is this one; see `apply`."""
        return self._do(Act("undo", change))

    def redo(self, change: Change) -> Saved:
        """Make the change again that was undone last, which is this one; see `apply`."""
        return self._do(Act("redo", change))

    def history(self, annotator: str) -> tuple[HistoryEntry, ...]:
        """What the annotator did and can undo or redo, with what still waits.

        Raises:
            StoreUnavailableError: the store cannot be read.
        """
        with self._lock:
            return _with_acts(self.store.history(annotator), self._journal.acts, annotator)

    def annotations_of(self, case_ids: Sequence[str]) -> Mapping[str, CaseAnnotations]:
        """What is said of these cases, with what still waits.

        Raises:
            StoreUnavailableError: the store cannot be read.
        """
        with self._lock:
            found = dict(self.store.annotations_of(case_ids))
            for act in self._journal.acts:
                case_id = act.change.case_id
                if case_id in case_ids:
                    said = found.get(case_id, CaseAnnotations())
                    found[case_id] = said.after(_rows_of(act))
            return found

    def flush(self) -> Saved:
        """Try again to bring into the store what waits."""
        with self._lock:
            return self._flush()

    def close(self) -> None:
        """Let go of the store; what waits stays in the journal."""
        if self._store is not None:
            self._store.close()
        self._journal.close()

    def _do(self, act: Act) -> Saved:
        with self._lock:
            if not self._journal.acts:
                try:
                    self._bring(act)
                    return Saved()
                except _LATER as error:
                    self._reason = str(error)
            # In order, or not at all; and whether the store is back costs a wait to find out.
            words = self._wait(act)
            return Saved(len(self._journal.acts), self._reason + words)

    def _wait(self, act: Act) -> str:
        """Keep an act for later; words for the user where only memory holds it."""
        return self._journaled(lambda: self._journal.add(act))

    def _journaled(self, write: Callable[[], None]) -> str:
        try:
            write()
        except RefusedPathError as error:
            return f" It waits in memory alone, for the journal cannot be written either: {error}"
        return ""

    def _flush(self) -> Saved:
        done, refused, reason = 0, [], ""
        for act in self._journal.acts:
            try:
                self._bring(act)
            except _LATER as error:
                reason = str(error)
                break
            except StoreError as error:
                refused.append(f"{act.kind} {act.change.title}: {error}")
            done += 1
        if done:
            try:
                self._journal.drop_first(done)
            except RefusedPathError as error:  # brought twice, an act is made once
                reason = reason or str(error)
        if reason:
            self._reason, reason = reason, reason + self._journaled(self._journal.write)
        return Saved(len(self._journal.acts), reason, tuple(refused))

    def _bring(self, act: Act) -> None:
        who, which = act.change.annotator, act.change.change_id
        try:
            store = self.store
        except WhatWhereError as error:  # whatever it is, the act was not even tried
            raise StoreUnavailableError(
                error.fault, remedy=error.remedy, path=error.path
            ) from error
        if act.kind == "apply":
            store.apply(act.change, act.cases)
        elif act.kind == "undo":
            store.undo(who, which)
        else:
            store.redo(who, which)


_LATER = (StoreUnavailableError, BrokenFileError)
"""Faults with which an act waits; any other one of the store refuses it for good."""


def _rows_of(act: Act) -> tuple[RowChange, ...]:
    """What an act does to a case which it may have been done to already."""
    rows = act.change.rows
    if act.kind == "undo":
        rows = tuple(row.inverse() for row in reversed(rows))
    anew = (
        (RowChange(row.after, None), row)
        if row.before is None and row.after is not None
        else (row,)
        for row in rows
    )
    return tuple(row for pair in anew for row in pair)


def _with_acts(
    entries: tuple[HistoryEntry, ...], acts: tuple[Act, ...], annotator: str
) -> tuple[HistoryEntry, ...]:
    found = list(entries)
    for act in acts:
        if act.change.annotator != annotator:
            continue
        if act.kind == "apply":
            kept = [entry for entry in found if entry.state != "undone"]
            seq = max((entry.seq for entry in kept), default=0) + 1
            found = [*kept, HistoryEntry(seq, act.change, "done")]
        else:
            state: ChangeState = "undone" if act.kind == "undo" else "done"
            found = [
                HistoryEntry(entry.seq, entry.change, state)
                if entry.change.change_id == act.change.change_id
                else entry
                for entry in found
            ]
    return tuple(found)
