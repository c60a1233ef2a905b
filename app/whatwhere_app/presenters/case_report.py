"""The report of the open diagnosis: its figures in a list, as a page, as a table for a paper."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from whatwhere.evaluation.bias_report import BiasReport
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.case_values import FigureRow
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.case_figures import figure_rows
from whatwhere_app.presenters.settled import SETTLED_S
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly


@dataclass(frozen=True, slots=True)
class ReportTools:
    """What makes reports; each is called in a thread.

    Attributes:
        report: every figure of some cases at an IoU.
        write_page: the report as a page of its own, of one diagnosis or of two; gives its path.
        as_latex: reports as a table, a row for each.
    """

    report: Callable[[StoredCases, float], BiasReport]
    write_page: Callable[[StoredCases, StoredCases | None, float], Path]
    as_latex: Callable[[Sequence[BiasReport]], str]


class FiguresView(Protocol):
    """The list of figures."""

    def show_figures(self, rows: Sequence[FigureRow]) -> None:
        """Replace all rows."""


class CaseReportPresenter:
    """Reckons the figures of the open cases, and takes them along.

    Args:
        tools: what makes reports.
        copy: puts a text on the clipboard.
        show_page: opens a page in the browser.
        set_can_report: whether there is something to report.
    """

    def __init__(
        self,
        view: FiguresView,
        desk: CasesDesk,
        board: TaskBoard,
        *,
        tools: ReportTools,
        copy: Callable[[str], None],
        show_page: Callable[[Path], None],
        set_can_report: Callable[[bool], None],
    ) -> None:
        self._view, self._desk, self._board, self._tools = view, desk, board, tools
        self._copy, self._show_page, self._set_can_report = copy, show_page, set_can_report
        self._reckoning, self._writing = LatestOnly(board), LatestOnly(board)
        self._report: BiasReport | None = None
        self._of: tuple[object, ...] = ()
        desk.cases_changed.connect(self._reckon)
        desk.lens_changed.connect(self._reckon)
        set_can_report(False)
        view.show_figures(())

    @property
    def is_busy(self) -> bool:
        """Whether figures are reckoned or written."""
        return self._reckoning.is_running or self._writing.is_running

    def write(self) -> None:
        """Write the page and open it."""
        first = self._desk.first
        if first is not None:
            self._writing.run(self._write(first), self._on_written)

    def copy_latex(self) -> None:
        """Put the table on the clipboard."""
        if self._report is not None:
            self._copy(self._tools.as_latex([self._report]))
            self._board.notice("The table is on the clipboard.", level="info")

    async def _write(self, first: StoredCases) -> Path:
        second, threshold = self._desk.second, self._desk.lens.threshold
        with self._board.job("Writing the report"):
            return await asyncio.to_thread(self._tools.write_page, first, second, threshold)

    def _on_written(self, path: Path) -> None:
        self._board.notice(f"The report is in {path}", level="info")
        self._show_page(path)

    def _reckon(self) -> None:
        first, threshold = self._desk.first, self._desk.lens.threshold
        if (first, threshold) == self._of:
            return
        self._of = (first, threshold)
        self._report = None
        self._set_can_report(False)
        self._view.show_figures(())
        if first is None:
            self._reckoning.cancel()
        else:
            self._reckoning.run(self._reckoned(first, threshold), self._on_reckoned)

    async def _reckoned(self, first: StoredCases, threshold: float) -> BiasReport:
        await asyncio.sleep(SETTLED_S)
        return await asyncio.to_thread(self._tools.report, first, threshold)

    def _on_reckoned(self, report: BiasReport) -> None:
        self._report = report
        self._set_can_report(True)
        self._view.show_figures(figure_rows(report))
