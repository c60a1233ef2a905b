"""Everything that runs beside the event loop: started here, listed here, its faults told here."""

import asyncio
import itertools
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from whatwhere.errors import Cancelled, ProgramEndedError, WhatWhereError, WorkerDiedError


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the user, shown without stopping anything.

    Attributes:
        text: what, which file, what to do next.
        level: "error" or "warning".
        restart: True when starting a model's process anew is the remedy.
    """

    text: str
    level: str = "error"
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that lasts long enough to be seen.

    Attributes:
        number: unique while the program runs.
        title: what it is, e.g. "Encoding scene0000_00".
        done: steps made.
        total: steps in all; 0 while unknown.
        detail: what is being done, e.g. "frame 12 of 40".
        cancel: stops it; None when it cannot be stopped.
    """

    number: int
    title: str
    done: int = 0
    total: int = 0
    detail: str = ""
    cancel: Callable[[], None] | None = None


class TaskBoard(QObject):
    """Starts coroutines, lists the jobs among them, and turns their errors into notices.

    Known faults become a `Notice`; anything else goes to `sys.excepthook`, as an error in a slot
    would.
    """

    noticed = Signal(object)
    jobs_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)
        self._is_closing = False

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What is running and worth showing, oldest first."""
        return tuple(self._jobs.values())

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine to its end; nobody has to wait for it. A closed board begins nothing."""
        task = asyncio.get_event_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        if self._is_closing:
            # What ends tells others, and one of them may want to begin something.
            task.cancel()
        return task

    @contextmanager
    def job(
        self, title: str, *, cancel: Callable[[], None] | None = None
    ) -> Iterator[Callable[[int, int, str], None]]:
        """List a job while the block runs; the block gets its progress callback."""
        number = next(self._numbers)
        self._jobs[number] = Job(number, title, cancel=cancel)
        self.jobs_changed.emit()

        def progress(done: int, total: int, detail: str) -> None:
            if number in self._jobs:
                job = self._jobs[number]
                self._jobs[number] = replace(job, done=done, total=total, detail=detail)
                self.jobs_changed.emit()

        try:
            yield progress
        finally:
            del self._jobs[number]
            self.jobs_changed.emit()

    def cancel(self, number: int) -> None:
        """Stop one job, if it is still there and can be stopped."""
        job = self._jobs.get(number)
        if job is not None and job.cancel is not None:
            job.cancel()

    def notice(self, text: str, *, level: str = "error") -> None:
        """Tell the user something."""
        self.noticed.emit(Notice(text, level))

    def tell(self, error: WhatWhereError) -> None:
        """Tell the user about a known fault; a cancellation is none."""
        if not isinstance(error, Cancelled):
            can_restart = isinstance(error, WorkerDiedError | ProgramEndedError)
            self.noticed.emit(Notice(str(error), restart=can_restart))

    async def close(self) -> None:
        """Cancel what is left and wait for it; nothing is told any more."""
        self._is_closing = True
        left = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None or self._is_closing:
            return
        if isinstance(error, WhatWhereError):
            self.tell(error)
        else:
            sys.excepthook(type(error), error, error.__traceback__)
