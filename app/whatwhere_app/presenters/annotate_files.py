"""Cases out of the store and into it, and into a hard set to train on."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from whatwhere.annotations.exchange.taking_in import TakenIn
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly


class Files(Protocol):
    """The store, as files go in and out of it."""

    async def write(self, path: Path) -> int:
        """Export everything; gives the number of cases."""

    async def take_in(self, path: Path) -> TakenIn:
        """Import a file."""

    async def hard_set(self, cases: StoredCases, rows: Sequence[int]) -> Path:
        """Make a hard set of these rows; gives its folder."""


class AnnotateFilesPresenter:
    """Asks where, does it, and says what came of it.

    Args:
        ask_where: a file, to save to or to open; None for neither.
        train_on: shows the training form with a hard set and the model that made it.
    """

    def __init__(
        self,
        desk: AnnotateDesk,
        acts: AnnotateActs,
        files: Files,
        board: TaskBoard,
        *,
        ask_where: Callable[[bool], Path | None],
        train_on: Callable[[Path, str], None],
    ) -> None:
        self._desk, self._acts, self._files, self._board = desk, acts, files, board
        self._ask_where, self._train_on = ask_where, train_on
        self._latest = LatestOnly(board)

    @property
    def is_busy(self) -> bool:
        """Whether files are being written or read."""
        return self._latest.is_running

    def export(self) -> None:
        """Write all annotated cases."""
        path = self._ask_where(True)
        if path is not None:
            self._latest.run(
                self._files.write(path),
                lambda count: self._say(f"{path}: {counted(count, 'case')} written."),
            )

    def take_in(self) -> None:
        """Read annotated cases."""
        path = self._ask_where(False)
        if path is not None:
            self._latest.run(self._files.take_in(path), lambda taken: self._on_taken(path, taken))

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

    def _on_taken(self, path: Path, taken: TakenIn) -> None:
        self._acts.read_again()
        self._say(
            f"{path.name}: {counted(taken.num_cases, 'case')}; {taken.num_new:,} annotations are "
            f"new, {taken.num_known:,} were known, {taken.num_kept:,} differ from what is said "
            "here, which stays."
        )

    def _say(self, text: str) -> None:
        self._board.notice(text, level="info")
