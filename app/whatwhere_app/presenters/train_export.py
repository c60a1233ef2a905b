"""The selected run as one zip file."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from whatwhere.errors import Cancelled
from whatwhere.training.export import OnProgress
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.runs_desk import RunsDesk
from whatwhere_app.tasks.board import TaskBoard


class ExportRun(Protocol):
    """Writes a run into a zip file; called in a thread."""

    def __call__(
        self, run: Path, target: Path, *, overwrite: bool, on_progress: OnProgress
    ) -> Path:
        """What it raises is told."""


class TrainExportPresenter:
    """Asks where the zip file goes, and whether one that is there may go.

    Args:
        ask_where: a file to write, from the one suggested; None when the user thought better.
        export: see `ExportRun`.
        set_enabled: whether the command is of use now.
    """

    def __init__(
        self,
        desk: RunsDesk,
        board: TaskBoard,
        asker: Asker,
        *,
        ask_where: Callable[[Path], Path | None],
        export: ExportRun,
        set_enabled: Callable[[str, bool], None],
    ) -> None:
        self._desk, self._board, self._asker = desk, board, asker
        self._ask_where, self._export, self._set_enabled = ask_where, export, set_enabled
        self._folder = Path.home()
        desk.look_changed.connect(self._enable)
        desk.selected_changed.connect(self._enable)
        self._enable()

    def export(self) -> None:
        """Export the selected run."""
        run = self._desk.run
        if run is None:
            return
        target = self._ask_where(self._folder / f"{run.name}.zip")
        if target is None:
            return
        self._folder = target.parent
        if not target.exists():
            self._begin(run.path, target, overwrite=False)
            return

        def then(answer: str) -> None:
            if answer == "replace":
                self._begin(run.path, target, overwrite=True)

        choices = {"keep": "Keep it", "replace": "Replace"}
        self._asker.ask(f"{target} exists already. Replace it?", choices, then)

    def _begin(self, run: Path, target: Path, *, overwrite: bool) -> None:
        self._board.spawn(self._write(run, target, overwrite=overwrite))

    async def _write(self, run: Path, target: Path, *, overwrite: bool) -> None:
        given_up = threading.Event()
        loop = asyncio.get_running_loop()
        with self._board.job(f"Exporting {run.name}", cancel=given_up.set) as progress:

            def on_progress(done: int, total: int) -> None:
                if given_up.is_set():
                    raise Cancelled("The export")
                told = f"{_megabytes(done)} of {_megabytes(total)} MB"
                loop.call_soon_threadsafe(progress, done, total, told)

            try:
                await asyncio.to_thread(
                    self._export, run, target, overwrite=overwrite, on_progress=on_progress
                )
            finally:
                given_up.set()  # a thread that is left behind gives up, too
        self._board.notice(f"Exported {run.name} to {target}.", level="info")

    def _enable(self) -> None:
        run = self._desk.run
        has_begun = run is not None and run.config is not None and run.phase != "starting"
        self._set_enabled("train.export", has_begun)


def _megabytes(count: int) -> int:
    return -(-count // 10**6)
