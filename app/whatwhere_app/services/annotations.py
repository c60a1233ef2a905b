"""The store of annotations, worked on by one thread of its own, in order; never by the window's."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from whatwhere.annotations.agreement import Agreement, agreement_of
from whatwhere.annotations.backups import back_up
from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change, HistoryEntry
from whatwhere.annotations.engine import on_network
from whatwhere.annotations.exchange.records import Exchanged, read_cases, read_store
from whatwhere.annotations.exchange.taking_in import Incoming, TakenIn, look_into, take_in
from whatwhere.annotations.keeper import Keeper, Saved
from whatwhere.annotations.queries import CaseQuery, annotators_in, count_cases
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.values import Case, Tag
from whatwhere.errors import StoreError, StoreUnavailableError, WhatWhereError
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.serving.annotated_cases import hard_set_of
from whatwhere.training.hard_sets import HardSetPlan, hard_sets_folder
from whatwhere_app.annotate_values import SavedShown
from whatwhere_app.services.ear import Ear
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
    heard = Signal(object)
    """`News`: somebody else did something."""

    def __init__(
        self, board: TaskBoard, place: Path | str, journal: Path, *, annotator: str
    ) -> None:
        super().__init__()
        self.annotator = annotator
        self._board, self._place = board, place
        self._keeper = Keeper(partial(open_store, place), journal)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="annotations")
        self._saved, self._num_in_hand = SavedShown(), 0
        self._ear = Ear()
        self._watch = QTimer(self)
        self._watch.timeout.connect(self.listen)
        self._is_listening = False
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
        tags = await self._ask(self._open)
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

    async def switch(self, place: Path | str, journal: Path, annotator: str) -> tuple[Tag, ...]:
        """Go on in another store, or under another name; what waits here stays in its journal.

        Gives the set of tags there.

        Raises:
            WhatWhereError: it cannot be opened, or something waits here in memory alone; then all
                is as it was.
        """
        tags = await self._run(partial(self._exchange, place, journal))
        self._place, self.annotator = place, annotator
        self._retry.stop()
        self._show(SavedShown(self._saved.at))
        if self._keeper.num_waiting:
            self._do(self._keeper.flush)
        self._back_up()
        return tags

    def apply(self, change: Change, cases: Sequence[Case] = ()) -> None:
        """Make a change."""
        self._ear.own(change.change_id)
        self._do(lambda: self._keeper.apply(change, tuple(cases)))

    def undo(self, change: Change) -> None:
        """Take back the annotator's last change, which is this one."""
        self._ear.own(change.change_id)
        self._do(lambda: self._keeper.undo(change))

    def redo(self, change: Change) -> None:
        """Make the change again that was undone last, which is this one."""
        self._ear.own(change.change_id)
        self._do(lambda: self._keeper.redo(change))

    async def said_of(self, case_ids: Sequence[str]) -> Mapping[str, CaseAnnotations]:
        """What is said of these cases, in the order of what was done before."""
        return await self._run(lambda: self._keeper.annotations_of(case_ids))

    async def tags(self) -> tuple[Tag, ...]:
        """The set of tags, retired ones too."""
        return await self._ask(AnnotationStore.tags)

    async def annotators(self) -> tuple[str, ...]:
        """Everybody who annotated."""
        return await self._ask(annotators_in)

    async def agreement(self, other: str, case_ids: Collection[str]) -> Agreement:
        """How far the annotator and another one agree on these cases."""
        mine = self.annotator
        return await self._ask(lambda store: agreement_of(store, mine, other, case_ids=case_ids))

    async def history(self) -> tuple[HistoryEntry, ...]:
        """What the annotator did and can undo or redo."""
        return await self._run(lambda: self._keeper.history(self.annotator))

    async def history_of_others(self) -> tuple[HistoryEntry, ...]:
        """What others did last, oldest first."""
        return await self._ask(lambda store: store.history_of_others(self.annotator))

    async def history_of_case(self, case_id: str) -> tuple[HistoryEntry, ...]:
        """All that was ever done to one case, by anyone, oldest first."""
        return await self._ask(lambda store: store.history_of_case(case_id))

    def set_watching(self, is_on: bool) -> None:
        """Look every few seconds whether others did something, or no more."""
        if is_on:
            self._watch.start(self._ear.pause_ms)
            self.listen()
        else:
            self._watch.stop()

    def listen(self) -> None:
        """Look now, unless something of one's own is on its way."""
        if self.is_saved and not self._is_listening and self._ear.is_open:
            self._is_listening = True
            self._board.spawn(self._listen())

    async def count(self) -> int:
        """How many cases the store knows."""
        return await self._ask(lambda store: count_cases(store, CaseQuery()))

    async def read_out(self, case_ids: Sequence[str] | None) -> Exchanged:
        """These cases with all that is said of them, or all of the store.

        Raises:
            WhatWhereError: the store cannot be read.
        """
        if case_ids is None:
            return await self._ask(lambda store: read_store(store, CaseQuery()))
        return await self._ask(lambda store: read_cases(store, case_ids))

    async def look_into(self, path: Path) -> Incoming:
        """What importing a file would do.

        Raises:
            WhatWhereError: it is broken, or the store cannot be read.
        """
        return await self._ask(lambda store: look_into(store, path))

    async def take_in(self, path: Path) -> TakenIn:
        """Import a file.

        Raises:
            WhatWhereError: it is broken, or the store cannot be written; nothing was taken in.
        """
        return await self._ask(lambda store: take_in(store, path, self.annotator))

    async def hard_set(
        self,
        cases: StoredCases,
        rows: Sequence[int],
        plan: HardSetPlan,
        tags: Mapping[str, Sequence[int]],
    ) -> Path:
        """Make a hard set of these rows of a diagnosis, tag -> some of them; gives its folder.

        Raises:
            WhatWhereError: the scans are gone, or too few.
        """
        stamp = datetime.now().astimezone().strftime("%Y%m%dT%H%M%S")
        folder = hard_sets_folder() / f"{cases.facts.name}-{stamp}"
        make = partial(hard_set_of, cases, rows, folder, plan, tags=tags)
        return (await asyncio.to_thread(make)).folder

    def close(self) -> None:
        """Finish what was asked for; what the store cannot take stays in its journal."""
        for timer in (self._retry, self._backing_up, self._late, self._watch):
            timer.stop()
        self._thread.shutdown(wait=True)
        self._keeper.close()

    def _open(self, store: AnnotationStore) -> tuple[Tag, ...]:
        self._ear.start(store)
        return store.tags()

    def _exchange(self, place: Path | str, journal: Path) -> tuple[Tag, ...]:
        old = self._keeper
        if place == self._place:
            return old.store.tags()
        waiting = old.flush()
        if not old.is_on_disk:
            raise StoreUnavailableError(
                f"changes wait in memory alone ({waiting.reason})",
                remedy="Make room on the disk, then name the other place again",
            )
        new = Keeper(partial(open_store, place), journal)
        try:
            tags = self._open(new.store)
        except BaseException:
            new.close()
            raise
        self._keeper = new
        old.close()
        return tags

    async def _listen(self) -> None:
        try:
            news = await self._run(lambda: self._ear.listen(self._keeper.store))
        except WhatWhereError:
            news = None  # whoever does something next will hear of it
        finally:
            self._is_listening = False
        self._watch.setInterval(self._ear.pause_ms)
        if news is not None:
            self.heard.emit(news)

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
