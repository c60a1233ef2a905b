"""When a run from annotated failures has ended, its model is asked the same cases again."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from whatwhere.errors import Cancelled, WhatWhereError
from whatwhere.jobs.client import OnProgress
from whatwhere.serving.closing_loop import Loop
from whatwhere.training.config import TrainConfig
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.loops_desk import LoopsDesk, LoopWork
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_PERIOD_S = 2.0
_RECENT_S = 24 * 3600.0
"""A run that ended longer ago waits for the user to ask for it."""

Ask = Callable[[Loop, RunSummary, OnProgress], Coroutine[Any, Any, None]]
Train = Callable[[TrainConfig], Coroutine[Any, Any, None]]


class LoopClosing:
    """Follows runs from hard sets to the comparison with what they began from.

    Each step is done by itself once: what the user has cancelled, or what failed, waits for the
    user.

    Args:
        look: at all loops; called in a thread.
        ask: the model of a run the cases of a loop.
        train: starts a run.
        is_busy: whether another diagnosis runs; then this one waits.
        closed: a loop has been closed: there is something to compare.
    """

    def __init__(
        self,
        desk: LoopsDesk,
        board: TaskBoard,
        *,
        look: Callable[[], tuple[Loop, ...]],
        ask: Ask,
        train: Train,
        is_busy: Callable[[], bool],
        closed: Callable[[Loop], None],
    ) -> None:
        self._desk, self._board = desk, board
        self._look, self._ask, self._train = look, ask, train
        self._is_machine_busy, self._closed = is_busy, closed
        self._watching, self._looking = LatestOnly(board), LatestOnly(board)
        self._task: asyncio.Task[Any] | None = None
        self._tried: set[tuple[Path, str]] = set()
        self._seen: set[Path] = set()

    @property
    def is_working(self) -> bool:
        """Whether something is being done for a loop."""
        return self._task is not None and not self._task.done()

    def watch(self) -> None:
        """Look at the runs from now on, until nothing is left to wait for."""
        if not self._watching.is_running:
            self._watching.run(self._watch(), lambda _: None)

    def go_on(self, loop: Loop) -> None:
        """Do now what comes next, whatever else is going on."""
        if not self.is_working and loop.step in ("ask", "ask_random", "train_random"):
            self._begin(loop)
            self.watch()

    def cancel(self) -> None:
        """Stop it; what was answered is kept, and the same goes on from there."""
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        while True:
            loops = await asyncio.to_thread(self._look)
            self._desk.set_loops(loops)
            self._seen |= {loop.run.path for loop in loops if loop.run.is_living}
            due = [loop for loop in loops if self._is_due(loop)]
            is_free = not (self.is_working or self._is_machine_busy())
            if due and is_free and not any(_is_learning(loop) for loop in loops):
                self._begin(due[0])
            elif not due and not self.is_working and not any(map(_is_learning, loops)):
                return
            await asyncio.sleep(_PERIOD_S)

    def _is_due(self, loop: Loop) -> bool:
        if loop.step not in ("ask", "ask_random", "train_random"):
            return False
        if (loop.run.path, loop.step) in self._tried:
            return False
        if loop.step == "ask" and loop.is_begun:
            return False  # it was stopped before
        age_s = loop.run.heartbeat_age_s
        return loop.run.path in self._seen or (age_s is not None and age_s < _RECENT_S)

    def _begin(self, loop: Loop) -> None:
        self._tried.add((loop.run.path, loop.step))
        self._task = self._board.spawn(self._work(loop))

    async def _work(self, loop: Loop) -> None:
        try:
            if loop.step == "train_random":
                await self._train_random(loop)
            else:
                await self._ask_again(loop)
        except WhatWhereError as error:
            if not isinstance(error, Cancelled):
                self._board.notice(str(error))  # restarting the host would not help
        finally:
            self._desk.set_work(None)

    async def _train_random(self, loop: Loop) -> None:
        config = loop.random_config
        assert config is not None
        self._desk.set_work(LoopWork(loop, None, "Starting a run on as many random cases…"))
        with self._board.job(f"Starting {config.name}"):
            await self._train(config)

    async def _ask_again(self, loop: Loop) -> None:
        run = loop.run if loop.step == "ask" else loop.random_run
        assert run is not None
        self._desk.set_work(LoopWork(loop, None, "Starting…"))
        title = f"Asking {run.name} the same cases again"
        with self._board.job(title, cancel=self.cancel) as progress:

            def on_progress(done: int, total: int, what: str) -> None:
                progress(done, total, what)
                self._desk.set_work(LoopWork(loop, done / total if total else None, what))

            await self._ask(loop, run, on_progress)
        loops = await asyncio.to_thread(self._look)
        self._desk.set_loops(loops)
        now = next((item for item in loops if item.run.path == loop.run.path), None)
        if now is not None and now.after is not None:
            self._closed(now)


def _is_learning(loop: Loop) -> bool:
    """Whether a process trains for it: the machine is left to it."""
    random = loop.random_run
    return loop.run.is_living or (random is not None and random.is_living)
