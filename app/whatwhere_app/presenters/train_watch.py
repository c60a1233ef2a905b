"""Looks at the runs again and again while the training panel is shown."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from whatwhere_app.runs_desk import RunsDesk, RunsLook
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_PERIOD_S = 0.5
_REST = 2.0
"""At least so many times as long as a look took, so that many runs do not eat a core."""
_TOLD_AFTER_S = 0.3

Look = Callable[[Sequence[Path], Sequence[str], Collection[Path]], RunsLook]


class TrainWatch:
    """Keeps the desk's look at the runs fresh.

    Args:
        look: at all runs; called in a thread, one call at a time.
        names: of the metrics whose curves are wanted.
    """

    def __init__(
        self, desk: RunsDesk, board: TaskBoard, *, look: Look, names: Sequence[str]
    ) -> None:
        self._desk, self._board = desk, board
        self._look, self._names = look, tuple(names)
        self._latest = LatestOnly(board)
        self._one_look = asyncio.Lock()
        self._again = asyncio.Event()
        self.starting: set[Path] = set()
        desk.selected_changed.connect(self.look_again)

    @property
    def is_watching(self) -> bool:
        """Whether runs are looked at."""
        return self._latest.is_running

    def start(self) -> None:
        """Look from now on."""
        if not self.is_watching:
            self._latest.run(self._watch(), lambda _: None)

    def stop(self) -> None:
        """Look no more."""
        self._latest.cancel()

    def look_again(self) -> None:
        """Look at once: something was chosen or done."""
        self._again.set()

    async def _watch(self) -> None:
        while True:
            began_s = time.monotonic()
            self._again.clear()
            desk = self._desk
            if any(run not in desk.look.curves for run in desk.selected):
                # A vast file takes seconds: how the run stands and its log do not wait for it.
                quick = await self._look_once(())
                desk.set_look(replace(quick, curves=desk.look.curves))
            desk.set_look(await self._look_once(self._names))
            took_s = time.monotonic() - began_s
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`, which swallows a cancellation that meets the event (Python 3.11).
                async with asyncio.timeout(max(_PERIOD_S, _REST * took_s)):
                    await self._again.wait()

    async def _look_once(self, names: Sequence[str]) -> RunsLook:
        """In a thread; the first look at a vast file takes long enough to be shown."""
        async with self._one_look:
            work = asyncio.ensure_future(
                asyncio.to_thread(self._look, self._desk.selected, names, frozenset(self.starting))
            )
            try:
                await asyncio.wait({work}, timeout=_TOLD_AFTER_S)
                if not work.done():
                    with self._board.job("Reading the metrics of runs"):
                        return await work
                return await work
            finally:
                work.cancel()  # of no effect on what is done
                await asyncio.gather(work, return_exceptions=True)
