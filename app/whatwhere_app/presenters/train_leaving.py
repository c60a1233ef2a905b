"""Leaving the window while runs are alive: they may go on without it, but not unasked."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from whatwhere.errors import WhatWhereError
from whatwhere.training import runs
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.tasks.board import TaskBoard

_CHOICES = {"keep": "Keep training", "stop": "Stop and save", "cancel": "Cancel"}


class TrainLeaving:
    """Asks what shall become of living runs before the window closes.

    Args:
        find: every run; called in a thread.
    """

    def __init__(
        self, board: TaskBoard, asker: Asker, *, find: Callable[[], Sequence[RunSummary]]
    ) -> None:
        self._board, self._asker, self._find = board, asker, find
        self._is_looking = False

    def leave(self, close: Callable[[], None]) -> None:
        """Close the window, after a question if runs are alive."""
        if not self._is_looking:
            self._is_looking = True
            self._board.spawn(self._leave(close))

    async def _leave(self, close: Callable[[], None]) -> None:
        try:
            found = await asyncio.to_thread(self._find)
        except OSError:  # a disk that is gone must not keep anybody here
            found = []
        finally:
            self._is_looking = False
        alive = [run for run in found if run.is_living]
        if not alive:
            close()
            return
        named = alive[0].name if len(alive) == 1 else f"{len(alive)} runs"
        verb = "is" if len(alive) == 1 else "are"
        self._asker.ask(
            f"{named} {verb} still training. A run goes on without the window, and is found again "
            "at the next start.",
            _CHOICES,
            lambda answer: self._on_answered(answer, alive, close),
        )

    def _on_answered(
        self, answer: str, alive: Sequence[RunSummary], close: Callable[[], None]
    ) -> None:
        if answer == "cancel":
            return
        if answer == "stop":
            for run in alive:
                with suppress(WhatWhereError, OSError):  # it may have ended since
                    runs.stop(run.path)
        close()
