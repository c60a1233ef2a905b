"""Before and after training: what was cured and broken, tag by tag, and the way to each case."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import ConfigError
from whatwhere.evaluation.cases.filters import InSet
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.evaluation.loop_report import FATES, Fate, LoopReport
from whatwhere.evaluation.reporting.loop_page import said
from whatwhere.serving.closing_loop import Loop, loop_of
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.loop_values import LoopShown
from whatwhere_app.loops_desk import LoopsDesk
from whatwhere_app.presenters.loop_lines import (
    EMPTY,
    caption_of,
    fates_of,
    filter_name,
    lines_of,
    state_of,
)
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

Report = Callable[[StoredCases, StoredCases, Loop | None, float], LoopReport]


@dataclass(frozen=True, slots=True)
class LoopTools:
    """What works behind the tab; each but the last is called in a thread.

    Attributes:
        report: of two diagnoses.
        open_pair: reads both diagnoses of a loop.
        write: the report as a page; gives its path.
        show_page: opens a page in the browser.
    """

    report: Report
    open_pair: Callable[[Loop], tuple[StoredCases, StoredCases]]
    write: Callable[[LoopReport], Path]
    show_page: Callable[[Path], None]


class LoopView(Protocol):
    """The tab."""

    def show_loop(self, shown: LoopShown) -> None:
        """Replace everything."""

    def show_progress(self, share: float | None, text: str, *, is_running: bool = False) -> None:
        """How far asking again is."""


class CaseLoopPresenter:
    """Compares the two open diagnoses; of a loop, it knows what was trained on.

    Args:
        tools: what works behind it.
        toggle_rows: filters by sentences, or takes that filter away.
        go_on: does what comes next for a loop.
        set_can_report: whether there is something to report.
    """

    def __init__(
        self,
        view: LoopView,
        desk: CasesDesk,
        loops: LoopsDesk,
        board: TaskBoard,
        tools: LoopTools,
        *,
        toggle_rows: Callable[[str, NDArray[np.integer]], None],
        go_on: Callable[[Loop], None],
        set_can_report: Callable[[bool], None],
    ) -> None:
        self._view, self._desk, self._loops, self._board = view, desk, loops, board
        self._tools, self._toggle_rows = tools, toggle_rows
        self._go_on, self._set_can_report = go_on, set_can_report
        self._reckoning, self._opening = LatestOnly(board), LatestOnly(board)
        self._writing = LatestOnly(board)
        self._report: LoopReport | None = None
        self._fault = ""
        self._of: tuple[object, ...] = ()
        self._chosen = 0
        desk.cases_changed.connect(self._reckon)
        desk.lens_changed.connect(self._reckon)
        desk.filters_changed.connect(self._show)
        loops.loops_changed.connect(self._reckon)
        loops.work_changed.connect(self._show_work)
        set_can_report(False)
        self._show()
        self._show_work()

    @property
    def is_busy(self) -> bool:
        """Whether cases are read, compared or written."""
        working = (self._reckoning, self._opening, self._writing)
        return any(work.is_running for work in working)

    @property
    def loop(self) -> Loop | None:
        """The loop that the open diagnoses are of; else the newest that began from the first."""
        first, second = self._desk.first, self._desk.second
        if first is None:
            return None
        if second is not None:
            found = loop_of(second.facts, self._loops.loops)
            is_its = found is not None and found.before.folder == first.folder
            return found if is_its else None
        return next(
            (item for item in self._loops.loops if item.before.folder == first.folder), None
        )

    def open(self, loop: Loop) -> None:
        """Open the two diagnoses of a loop."""
        self._opening.run(
            asyncio.to_thread(self._tools.open_pair, loop), lambda pair: self._desk.set_cases(*pair)
        )

    def choose(self, key: str) -> None:
        """Speak of another group of cases."""
        if key:
            self._chosen = int(key)
            self._show()

    def keep(self, fate: Fate) -> None:
        """Filter the cases to those of the chosen group that came to this, or all again."""
        report = self._report
        if report is not None:
            row = report.rows[self._chosen]
            wanted = filter_name(row, fate)
            own = {filter_name(one, what) for one in report.rows for what in FATES} - {wanted}
            for item in self._desk.filters:
                if isinstance(item, InSet) and item.name in own:
                    self._toggle_rows(item.name, item.rows)  # no case has two fates
            self._toggle_rows(wanted, report.of_fate(row, fate))

    def act(self) -> None:
        """Do what comes next, or show what has been asked."""
        loop = self.loop
        if loop is None:
            return
        if loop.after is not None and self._desk.second is None:
            self.open(loop)
        else:
            self._go_on(loop)

    def write(self) -> None:
        """Write the page and open it."""
        if self._report is not None:
            self._writing.run(asyncio.to_thread(self._tools.write, self._report), self._on_written)

    def _on_written(self, path: Path) -> None:
        self._board.notice(f"The report is in {path}", level="info")
        self._tools.show_page(path)

    def _reckon(self) -> None:
        first, second, iou = self._desk.first, self._desk.second, self._desk.lens.threshold
        loop = self.loop if second is not None else None
        of = (first, second, iou, None if loop is None else (loop.hard, loop.random_after))
        if of != self._of:
            self._of, self._report, self._fault, self._chosen = of, None, "", 0
            self._set_can_report(False)
            self._reckoning.cancel()
            if first is not None and second is not None:
                self._reckoning.run(self._reckoned(first, second, loop, iou), self._on_reckoned)
        self._show()

    async def _reckoned(
        self, first: StoredCases, second: StoredCases, loop: Loop | None, iou: float
    ) -> LoopReport | str:
        try:
            return await asyncio.to_thread(self._tools.report, first, second, loop, iou)
        except ConfigError as error:
            return str(error)  # two that cannot be compared are no fault of the user's

    def _on_reckoned(self, found: LoopReport | str) -> None:
        if isinstance(found, str):
            self._fault = found
        else:
            self._report = found
            self._set_can_report(True)
        self._show()

    def _show(self) -> None:
        loop, report = self.loop, self._report
        state, act, hint = ("", "", "") if loop is None else state_of(loop)
        if loop is not None and loop.after is not None and self._desk.second is None:
            state, act, hint = (
                "A model that was trained on failures of this one was asked the same cases.",
                "Show before and after",
                "Open both diagnoses side by side",
            )
        if report is None:
            text = self._fault or ("" if loop is not None else EMPTY)
            self._view.show_loop(LoopShown(text, state, act, hint))
            return
        row = report.rows[self._chosen]
        filtered = {item.name for item in self._desk.filters if isinstance(item, InSet)}
        self._view.show_loop(
            LoopShown(
                said(report),
                state,
                act,
                hint,
                lines_of(report),
                str(self._chosen),
                fates_of(report, row, filtered),
                caption_of(report),
            )
        )

    def _show_work(self) -> None:
        work = self._loops.work
        if work is None:
            self._view.show_progress(None, "")
        else:
            self._view.show_progress(work.share, work.text, is_running=True)
