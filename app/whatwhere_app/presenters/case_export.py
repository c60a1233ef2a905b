"""Annotated cases to files: every form that was ticked, one after the other, each told of."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from whatwhere.annotations.exchange.exporting import Exported
from whatwhere.annotations.exchange.records import Exchanged
from whatwhere.annotations.exchange.solids import Scans
from whatwhere.errors import WhatWhereError
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.exchange_values import ExportAsked, WrittenShown
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.services.case_files import find_scans, free_name, path_of, write_form
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly


class ExportView(Protocol):
    """The panel."""

    def show_counts(self, num_all: int | None, num_in_hand: int) -> None:
        """How many cases there are to choose from."""

    def show_folder(self, folder: Path) -> None:
        """Into which files go."""

    def set_busy(self, is_busy: bool) -> None:
        """Whether files are being written."""

    def show_written(self, lines: Sequence[WrittenShown], said: str) -> None:
        """What came of it."""


class Outgoing(Protocol):
    """The store, as cases leave it."""

    async def count(self) -> int:
        """How many cases it knows."""

    async def read_out(self, case_ids: Sequence[str] | None) -> Exchanged:
        """These cases, or all."""


class CaseExportPresenter:
    """Writes off the event loop; the panel says what became of each form.

    Args:
        folder: into which the last export went; "" before any.
        keep_folder: remembers it.
    """

    def __init__(
        self,
        view: ExportView,
        desk: AnnotateDesk,
        store: Outgoing,
        board: TaskBoard,
        *,
        folder: Callable[[], str],
        keep_folder: Callable[[Path], None],
    ) -> None:
        self._view, self._desk, self._store, self._board = view, desk, store, board
        self._folder, self._keep_folder = folder, keep_folder
        self._counting, self._writing = LatestOnly(board), LatestOnly(board)
        self.written_to: Path | None = None

    @property
    def is_busy(self) -> bool:
        """Whether files are being written."""
        return self._counting.is_running or self._writing.is_running

    def begin(self) -> None:
        """The panel comes: say how many cases there are, and where they would go."""
        self._view.show_written((), "")
        self._view.show_folder(Path(self._folder() or Path.home()))
        in_hand = len(self._desk.everything_said)
        self._view.show_counts(None, in_hand)
        self._counting.run(
            self._store.count(), lambda count: self._view.show_counts(count, in_hand)
        )

    def export(self, asked: ExportAsked) -> None:
        """Write every form that was asked for."""
        self._view.set_busy(True)
        self._view.show_written((), "Reading the cases…")
        self._writing.run(
            self._write(asked), self._on_written, ended=lambda: self._view.set_busy(False)
        )

    def _in_hand(self) -> tuple[str, ...]:
        queue = self._desk.queue
        return () if queue is None else tuple(case.case_id for case in queue.cases)

    async def _write(self, asked: ExportAsked) -> tuple[list[WrittenShown], str]:
        ids = self._in_hand() if asked.in_hand else None
        with self._board.job("Exporting cases", cancel=self._cancel) as progress:
            exchanged = await self._store.read_out(ids)
            if not exchanged.records:
                return [], "No case is annotated yet, so nothing was written."
            scans = None if asked.boxes_only else await asyncio.to_thread(find_scans)
            name = await asyncio.to_thread(free_name, asked.folder, asked.name, asked.forms)
            lines: list[WrittenShown] = []
            total = len(asked.forms)
            for done, form in enumerate(asked.forms):
                progress(done, total, form)
                path = path_of(asked.folder, name, form)
                lines += await self._one(path, form, exchanged, scans)
        lines = list(dict.fromkeys(lines))  # one notice for all that it is about
        num_files = sum(not line.is_fault for line in lines)
        if num_files:
            self.written_to = asked.folder
            self._keep_folder(asked.folder)
        said = f"{counted(len(exchanged.records), 'case')} to {asked.folder}"
        return lines, said if num_files else "Nothing was written."

    async def _one(
        self, path: Path, form: str, exchanged: Exchanged, scans: Scans | None
    ) -> list[WrittenShown]:
        try:
            found = await asyncio.to_thread(write_form, path, form, exchanged, scans)
        except WhatWhereError as error:
            return [WrittenShown(path.name, str(error), is_fault=True)]
        return _lines(found)

    def _cancel(self) -> None:
        self._writing.cancel()
        self._view.set_busy(False)
        self._view.show_written((), "Cancelled. Files that were whole by then are there.")

    def _on_written(self, found: tuple[list[WrittenShown], str]) -> None:
        self._view.show_written(*found)


def _lines(found: Exported) -> list[WrittenShown]:
    rows = counted(found.num_rows, found.rows_are)
    first, *others = found.paths
    more = f" in {counted(len(found.paths), 'file')}, one per scan" if others else ""
    lines = [WrittenShown(first.name, rows + more, "\n".join(map(str, found.paths)))]
    if found.without_scan:
        lines.append(
            WrittenShown(
                first.name,
                f"written without {counted(len(found.without_scan), 'scan')} not found: "
                f"{', '.join(found.without_scan)}",
                is_fault=True,
            )
        )
    if found.notice is not None:
        lines.append(
            WrittenShown(
                found.notice.name,
                "what holds scans and may not be passed on, and why",
                str(found.notice),
            )
        )
    return lines
