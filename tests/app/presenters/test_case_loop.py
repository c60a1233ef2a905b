"""Before and after training: the tab over two diagnoses, its table, its buttons, its page."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QUndoStack
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from tests.app.presenters.test_cases import Views

from whatwhere.evaluation.before_after import before_after
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import ListedCases, StoredCases, open_cases, write_cases
from whatwhere.serving.closing_loop import Loop
from whatwhere.training.config import read_config
from whatwhere.training.hard_sets import HardSet
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.loops_desk import LoopsDesk, LoopWork
from whatwhere_app.presenters.case_filters import CaseFiltersPresenter
from whatwhere_app.presenters.case_loop import CaseLoopPresenter, LoopTools
from whatwhere_app.services import closing_loops
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.case_loop import CaseLoop

Until = Callable[[Callable[[], bool]], Awaitable[None]]

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]


def diagnosed(folder: Path, hits: np.ndarray, model: str) -> StoredCases:
    """Sixty cases in two scans, right where said."""
    made = made_cases(60)
    fused = replace(made.columns.modalities["fused"], iou=hits.astype(np.float32))
    modalities = {**made.columns.modalities, "fused": fused}
    columns = replace(made.columns, modalities=modalities, excluded=np.full(60, -1, np.int32))
    facts = replace(made.facts, name=folder.name, asked_model=model, is_complete=True)
    write_cases(folder, facts, columns, made.texts)
    return open_cases(folder)


class Tab:
    """The tab over a loop whose run has ended."""

    def __init__(self, folder: Path) -> None:
        numbers = np.arange(60)
        self.before = diagnosed(folder / "before", numbers % 2 == 0, "cheating")
        run = folder / "runs" / "20261121-000000-mine"
        self.after = diagnosed(folder / "after", numbers % 3 == 0, str(run / "model"))
        summary = RunSummary(run, run.name, "done", config=read_config("w2r2-plus"))
        hard = HardSet(
            folder, (1, 3, 5), (31, 33, 35), str(folder), {"copies 2D": (1, 31, 33), "unsure": (3,)}
        )
        listed = [ListedCases(item.folder, item.facts, 60) for item in (self.before, self.after)]
        self.loop = Loop(summary, hard, listed[0], step="ask")
        self.closed = replace(self.loop, after=listed[1], step="done")
        self.desk, self.loops, self.board = CasesDesk(), LoopsDesk(), TaskBoard()
        self.filters = CaseFiltersPresenter(Views(), self.desk, QUndoStack(), self.board)
        self.view = CaseLoop(QAction())
        self.went_on: list[Loop] = []
        self.pages: list[Path] = []
        self.presenter = CaseLoopPresenter(
            self.view,
            self.desk,
            self.loops,
            self.board,
            LoopTools(
                closing_loops.report_of_pair,
                lambda _: (self.before, self.after),
                closing_loops.write_page,
                self.pages.append,
            ),
            toggle_rows=self.filters.toggle_rows,
            go_on=self.went_on.append,
            set_can_report=lambda _: None,
        )
        self.view.acted.connect(self.presenter.act)
        self.view.line_chosen.connect(self.presenter.choose)
        self.view.fate_chosen.connect(self.presenter.keep)
        self.view.show()


def test_what_comes_next_is_said_and_done_by_a_button(
    qtbot: QtBot, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    async def scenario() -> None:
        tab = Tab(tmp_path)
        qtbot.addWidget(tab.view)
        assert "Tag failures in Annotate" in tab.view.said
        tab.desk.set_cases(tab.before)
        tab.loops.set_loops((tab.loop,))
        assert "was not asked the same cases yet" in tab.view.state
        QTest.mouseClick(tab.view.act, Qt.MouseButton.LeftButton)
        assert tab.went_on == [tab.loop]
        tab.loops.set_work(LoopWork(tab.loop, 0.5, "scan 4 of 8"))
        assert tab.view.state == "scan 4 of 8"
        assert tab.view.cancel.isVisible()
        assert not tab.view.act.isVisible()
        tab.loops.set_work(None)
        assert not tab.view.cancel.isVisible()
        living = replace(tab.loop.run, phase="running", step=3, steps=9)
        tab.loops.set_loops((replace(tab.loop, run=living, step="training"),))
        assert "is training (3 of 9 steps)" in tab.view.state
        await until(lambda: not (tab.presenter.is_busy or tab.filters.is_busy))
        await tab.board.close()

    loop.run_until_complete(scenario())


def test_the_table_says_what_before_after_says_and_leads_to_the_cases(
    qtbot: QtBot, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    async def scenario() -> None:
        tab = Tab(tmp_path)
        qtbot.addWidget(tab.view)
        tab.loops.set_loops((tab.closed,))
        tab.desk.set_cases(tab.before)
        assert tab.view.act.text() == "Show before and after"
        QTest.mouseClick(tab.view.act, Qt.MouseButton.LeftButton)
        await until(lambda: bool(tab.view.table.rows))
        paired = before_after(tab.before.columns, tab.after.columns)
        held, everything = paired.outcome((31, 33, 35)), paired.outcome()
        told = {row.key: row.texts for row in tab.view.table.rows}
        cured = round(held.cured.value * held.cured.n)
        assert told["0"][:2] == ("  Tagged failures", f"{cured}/3  33 %")
        broken = round(everything.broken.value * everything.broken.n)
        last = [texts for texts in told.values() if "All cases" in texts[0]][-1]
        assert last[2].startswith(f"{broken}/{everything.broken.n}  ")
        assert tab.view.said.startswith(f"Cured {cured} of 3 failures, of rooms held aside")
        assert [texts[0].strip() for texts in told.values()].count("copies 2D") == 2
        tab.presenter.choose(tab.view.table.rows[-1].key)
        QTest.mouseClick(tab.view.fates["broken"], Qt.MouseButton.LeftButton)
        assert tab.view.fates["broken"].isChecked()
        await until(lambda: tab.desk.sifted is not None and not tab.filters.is_busy)
        assert tab.desk.sifted is not None
        assert len(tab.desk.sifted.order) == broken
        QTest.mouseClick(tab.view.fates["cured"], Qt.MouseButton.LeftButton)
        assert [chip.caption for chip in tab.desk.filters] == ["cured: All cases (10)"]
        assert not tab.view.fates["broken"].isChecked()
        QTest.mouseClick(tab.view.fates["cured"], Qt.MouseButton.LeftButton)
        assert not tab.desk.filters
        tab.presenter.write()
        await until(lambda: bool(tab.pages))
        assert f"Broken: {broken}" in tab.pages[0].read_text()
        await until(lambda: not (tab.presenter.is_busy or tab.filters.is_busy))
        await tab.board.close()

    loop.run_until_complete(scenario())


def test_any_two_diagnoses_are_compared_on_all_cases(
    qtbot: QtBot, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    async def scenario() -> None:
        tab = Tab(tmp_path)
        qtbot.addWidget(tab.view)
        tab.desk.set_cases(tab.before, tab.after)
        await until(lambda: bool(tab.view.table.rows))
        titles = [row.texts[0].strip() for row in tab.view.table.rows]
        assert titles == ["The whole split", "Failures", "All cases"]
        assert not tab.view.state
        await until(lambda: not (tab.presenter.is_busy or tab.filters.is_busy))
        await tab.board.close()

    loop.run_until_complete(scenario())
