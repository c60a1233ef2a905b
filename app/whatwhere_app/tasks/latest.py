"""Only the newest request counts: an older one is cancelled and its answer dropped."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from whatwhere_app.tasks.board import TaskBoard

Result = TypeVar("Result")


class LatestOnly:
    """Runs one coroutine at a time for one purpose.

    A generation number decides: a coroutine that ends although it was told to stop, because it
    had no chance to listen, is too old to be heard.
    """

    def __init__(self, board: TaskBoard) -> None:
        self._board = board
        self._generation = 0
        self._task: asyncio.Task[Any] | None = None

    @property
    def is_running(self) -> bool:
        """Whether an answer is still awaited."""
        return self._task is not None and not self._task.done()

    def run(
        self,
        work: Coroutine[Any, Any, Result],
        deliver: Callable[[Result], None],
        *,
        ended: Callable[[], None] | None = None,
    ) -> None:
        """Start `work` and forget what ran before.

        Args:
            work: a coroutine.
            deliver: gets its result, if still wanted.
            ended: called after it ended in whatever way, if it was still the newest.
        """
        self.cancel()
        generation = self._generation

        async def guarded() -> None:
            try:
                result = await work
                if generation == self._generation:
                    deliver(result)
            finally:
                if generation == self._generation and ended is not None:
                    ended()

        self._task = self._board.spawn(guarded())
        # Cancelled before its first step, `guarded` never awaits the work.
        self._task.add_done_callback(lambda _: work.close())

    def cancel(self) -> None:
        """Stop what is running; its answer will not be delivered."""
        self._generation += 1
        if self._task is not None:
            self._task.cancel()
            self._task = None
