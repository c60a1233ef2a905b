"""Annotated cases into a hard set to train on."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly


class Files(Protocol):
    """The store, as hard sets are made of it."""

    async def hard_set(self, cases: StoredCases, rows: Sequence[int]) -> Path:
        """Make a hard set of these rows; gives its folder."""


class AnnotateFilesPresenter:
    """Makes the set, and brings the form.

    Args:
        train_on: shows the training form with a hard set and the model that made it.
    """

    def __init__(
        self,
        desk: AnnotateDesk,
        files: Files,
        board: TaskBoard,
        *,
        train_on: Callable[[Path, str], None],
    ) -> None:
        self._desk, self._files, self._board = desk, files, board
        self._train_on = train_on
        self._latest = LatestOnly(board)

    @property
    def is_busy(self) -> bool:
        """Whether the set is being made."""
        return self._latest.is_running

    def train(self) -> None:
        """Make the tagged cases of this queue a hard set, and show the training form."""
        queue = self._desk.queue
        rows = () if queue is None else self._tagged()
        if queue is None or not rows:
            self._board.notice(
                "No case here carries a tag and has a ground truth that holds. Tag the failures "
                "to train on first.",
                level="warning",
            )
            return
        model = queue.of.facts.model
        self._latest.run(
            self._files.hard_set(queue.of, rows), lambda folder: self._train_on(folder, model)
        )

    def _tagged(self) -> tuple[int, ...]:
        queue = self._desk.queue
        assert queue is not None
        said = [(case.row, self._desk.said_of(case.case_id)) for case in queue.cases]
        return tuple(row for row, item in said if item.tags and not item.truth_is_wrong)
