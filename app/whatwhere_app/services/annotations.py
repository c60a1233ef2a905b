"""The store of annotations, worked on by one thread of its own, in order; never by the window's."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from whatwhere.annotations.backups import back_up
from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change, HistoryEntry
from whatwhere.annotations.engine import on_network
from whatwhere.annotations.exchange.files import form_of
from whatwhere.annotations.exchange.records import read_store
from whatwhere.annotations.exchange.taking_in import TakenIn, take_in
from whatwhere.annotations.keeper import Keeper, Saved
from whatwhere.annotations.queries import CaseQuery
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.values import Case, Tag
from whatwhere.errors import StoreError, StoreUnavailableError
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.folders import user_folder
from whatwhere.serving.annotated_cases import hard_set_of
from whatwhere_app.annotate_values import SavedShown
from whatwhere_app.tasks.board import TaskBoard

_RETRY_MS = 3_000
_LATE_MS = 300
"""What takes longer to save is said to be on its way."""
_BACK_UP_MS = 600_000

Result = TypeVar("Result")


class AnnotationService(QObject):
    """Takes changes one after the other, and says when each is on the disk.

    Args:
        board: starts what waits for the thread, and tells its faults.
        place: of the store: a file, or the URL of a server.
        journal: file for what the store cannot take at once.
        annotator: who annotates.
    """

    saved_changed = Signal()
    refused = Signal()
    """Somebody else was quicker: what is shown has to be read again."""

    def __init__(
        self, board: TaskBoard, place: Path | str, journal: Path, *, annotator: str
    ) -> None:
        super().__init__()
        self.annotator = annotator
        self._board, self._place = board, place
        self._keeper = Keeper(partial(open_store, place), journal)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="annotations")
        self._saved, self._num_in_hand = SavedShown(), 0
        self._retry, self._backing_up = QTimer(self), QTimer(self)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self._try_again)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_LATE_MS)
        self._late.timeout.connect(lambda: self._show(replace(self._saved, is_late=True)))
        self._backing_up.setInterval(_BACK_UP_MS)
        self._backing_up.timeout.connect(self._back_up)

    @property
    def saved(self) -> SavedShown:
        """How far saving is."""
        return self._saved

    @property
    def is_saved(self) -> bool:
        """Whether all that was done is in the store."""
        return not (self._num_in_hand or self._saved.num_waiting)

    async def start(self) -> tuple[Tag, ...]:
        """Open the store, bring in what waited, and give the set of tags.

        Raises:
            WhatWhereError: it cannot be opened.
        """
        tags = await self._ask(AnnotationStore.tags)
        if self._keeper.num_waiting:
            self._do(self._keeper.flush)
        self._back_up()
        self._backing_up.start()
        if isinstance(self._place, Path) and await asyncio.to_thread(on_network, self._place):
            self._board.notice(
                f"{self._place} lies on a network file system, where SQLite cannot promise that "
                "nothing is lost. Keep the store on a disk of this machine, or use PostgreSQL.",
                level="warning",
            )
        return tags

    def apply(self, change: Change, cases: Sequence[Case] = ()) -> None:
        """Make a change."""
        self._do(partial(self._keeper.apply, change, tuple(cases)))

    def undo(self, change: Change) -> None:
        """Take back the annotator's last change, which is this one."""
        self._do(partial(self._keeper.undo, change))

    def redo(self, change: Change) -> None:
        """Make the change again that was undone last, which is this one."""
        self._do(partial(self._keeper.redo, change))

    async def said_of(self, case_ids: Sequence[str]) -> Mapping[str, CaseAnnotations]:
        """What is said of these cases, in the order of what was done before."""
        return await self._run(partial(self._keeper.annotations_of, case_ids))

    async def history(self) -> tuple[HistoryEntry, ...]:
        """What the annotator did and can undo or redo."""
        return await self._run(partial(self._keeper.history, self.annotator))

    async def write(self, path: Path) -> int:
        """Export everything in the form of the file's ending; gives the number of cases.

        Raises:
            WhatWhereError: the store cannot be read, or the file not be written.
        """

        def export(store: AnnotationStore) -> int:
            exchanged = read_store(store, CaseQuery())
            form_of(path).write(path, exchanged)
            return len(exchanged.records)

        return await self._ask(export)

    async def take_in(self, path: Path) -> TakenIn:
        """Import a file.

        Raises:
            WhatWhereError: it is broken, or the store cannot be written; nothing was taken in.
        """
        return await self._ask(lambda store: take_in(store, path, self.annotator))

    async def hard_set(self, cases: StoredCases, rows: Sequence[int]) -> Path:
        """Make a hard set of these rows of a diagnosis; gives its folder.

        Raises:
            WhatWhereError: the scans are gone, or too few.
        """
        stamp = datetime.now().astimezone().strftime("%Y%m%dT%H%M%S")
        folder = user_folder("data") / "hard_sets" / f"{cases.facts.name}-{stamp}"
        return (await asyncio.to_thread(hard_set_of, cases, rows, folder)).folder

    def close(self) -> None:
        """Finish what was asked for; what the store cannot take stays in its journal."""
        for timer in (self._retry, self._backing_up, self._late):
            timer.stop()
        self._thread.shutdown(wait=True)
        self._keeper.close()

    def _try_again(self) -> None:
        if not self._num_in_hand:  # else tries pile up behind one that waits for a lock
            self._do(self._keeper.flush)

    def _back_up(self) -> None:
        if isinstance(self._place, Path):
            self._board.spawn(self._made_safe(self._place))

    async def _made_safe(self, path: Path) -> None:
        await self._run(partial(back_up, path))

    def _do(self, act: Callable[[], Saved]) -> None:
        self._num_in_hand += 1
        if not self._late.isActive():
            self._late.start()
        # Handed over at once: what is asked for later comes later.
        self._board.spawn(self._finish(self._run(act)))

    async def _finish(self, work: "asyncio.Future[Saved]") -> None:
        try:
            saved = await work
        except StoreError as error:
            self._end_one()
            self._board.tell(error)
            self.refused.emit()
            return
        except Exception as error:
            self._end_one()
            self._show(SavedShown(self._saved.at, max(self._saved.num_waiting, 1), str(error)))
            raise
        self._end_one()
        had_to_wait = self._saved.num_waiting > 0
        if saved.num_waiting:
            self._show(SavedShown(self._saved.at, saved.num_waiting, saved.reason))
            self._retry.start()
            if not had_to_wait:
                self._board.notice(f"Not saved yet: {saved.reason}", level="warning")
        else:
            self._retry.stop()
            self._show(SavedShown(datetime.now().astimezone()))
            if had_to_wait and not saved.refused:
                self._board.notice("All annotations are saved again.", level="info")
        if saved.refused:
            for sentence in saved.refused:
                self._board.notice(sentence, level="warning")
            self.refused.emit()

    def _end_one(self) -> None:
        self._num_in_hand -= 1
        if self._num_in_hand:
            self._late.start()
        else:
            self._late.stop()

    def _show(self, saved: SavedShown) -> None:
        self._saved = saved
        self.saved_changed.emit()

    async def _ask(self, question: Callable[[AnnotationStore], Result]) -> Result:
        try:
            return await self._run(lambda: question(self._keeper.store))
        except StoreUnavailableError:
            self._retry.start()
            raise

    def _run(self, act: Callable[[], Result]) -> "asyncio.Future[Result]":
        return asyncio.get_event_loop().run_in_executor(self._thread, act)
