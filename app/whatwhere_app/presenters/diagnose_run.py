"""A model over a split, from the window: asked for, watched, cancelled, opened when it is done."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from whatwhere.errors import Cancelled, WhatWhereError
from whatwhere.jobs.client import OnProgress
from whatwhere.models.catalogue import names_with_weights
from whatwhere.models.prediction_files import read_answers
from whatwhere_app.case_values import AskedShown
from whatwhere_app.tasks.board import TaskBoard

_WHICH_DATA = "choose the data that these are answers to, then Evaluate split."

Run = Callable[[AskedShown, OnProgress], Coroutine[Any, Any, str]]
"""Runs a diagnosis and gives its name."""


class RunFormView(Protocol):
    """The form."""

    def show_asked(self, asked: AskedShown, models: Sequence[str]) -> None:
        """Put these into the fields."""

    def show_progress(self, share: float | None, text: str, *, is_running: bool = False) -> None:
        """How far it is, or what is wrong with what was asked."""


class Remembered(Protocol):
    """What was asked last, from one start to the next."""

    @property
    def asked(self) -> AskedShown:
        """What was asked last."""

    def remember(self, asked: AskedShown) -> None:
        """Keep it."""


class DiagnoseRunPresenter:
    """Runs one diagnosis at a time.

    Args:
        run: does it, in a process of its own.
        remembered: what was asked last.
        opened: shows a diagnosis that is there now.
    """

    def __init__(
        self,
        view: RunFormView,
        board: TaskBoard,
        *,
        run: Run,
        remembered: Remembered,
        opened: Callable[[str], None],
    ) -> None:
        self._view, self._board = view, board
        self._run, self._remembered, self._opened = run, remembered, opened
        self._task: asyncio.Task[Any] | None = None
        view.show_asked(remembered.asked, names_with_weights())

    @property
    def is_busy(self) -> bool:
        """Whether a diagnosis runs."""
        return self._task is not None and not self._task.done()

    def start(self, asked: AskedShown) -> None:
        """Run a diagnosis, if it can be."""
        fault = _fault(asked)
        if fault:
            self._view.show_progress(None, fault)
        elif not self.is_busy:
            self._remembered.remember(asked)
            self._task = self._board.spawn(self._work(asked))

    def propose(self, answers: Path) -> None:
        """Offer to score a file of answers; what they are answers to, the user has to say."""
        if not self.is_busy:
            self._task = self._board.spawn(self._propose(answers))

    def cancel(self) -> None:
        """Stop it; what was answered is kept, and the next run of the same goes on from there."""
        if self._task is not None:
            self._task.cancel()

    async def _propose(self, answers: Path) -> None:
        # A broken file is told of before its data are looked for.
        await asyncio.to_thread(read_answers, answers)
        asked = replace(self._remembered.asked, model=str(answers))
        self._view.show_asked(asked, names_with_weights())
        self._view.show_progress(None, f"{answers.name}: {_WHICH_DATA}")

    async def _work(self, asked: AskedShown) -> None:
        title = f"Asking {asked.model} about {asked.split}"
        self._view.show_progress(None, "Starting…", is_running=True)
        said = ""
        try:
            with self._board.job(title, cancel=self.cancel) as progress:

                def on_progress(done: int, total: int, what: str) -> None:
                    progress(done, total, what)
                    share = done / total if total else None
                    self._view.show_progress(share, what, is_running=True)

                name = await self._run(asked, on_progress)
            self._opened(name)
        except (Cancelled, asyncio.CancelledError):
            said = "Stopped. What was answered is kept: the same run goes on from there."
            raise
        except WhatWhereError as error:
            said = str(error)
            self._board.notice(said)  # not by raising it: restarting the host would not help
        finally:
            self._view.show_progress(None, said)


def _fault(asked: AskedShown) -> str:
    if not asked.model:
        return "Choose a model."
    if not asked.data:
        return "Choose the folder of a data set: scans and the sentences about them."
    if not Path(asked.data).expanduser().exists():
        return f"{asked.data}: there is no such folder. Choose another."
    if not asked.modalities:
        return "Choose at least one thing that the model may see."
    return ""
