"""The shortcut finder's tab: found in a job, shown cue by cue, a cue kept as a filter."""

import asyncio
from collections.abc import Awaitable, Callable
from math import exp
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from tests.app.presenters.test_cases import Views

from whatwhere.errors import MissingFileError
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import StoredCases, open_cases, write_cases
from whatwhere.evaluation.kept_shortcuts import (
    KeptCue,
    KeptShortcuts,
    kept_shortcuts,
    write_shortcuts,
)
from whatwhere.jobs.client import OnProgress
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.case_filters import CaseFiltersPresenter
from whatwhere_app.presenters.case_shortcuts import CaseShortcutsPresenter
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.theme import DARK
from whatwhere_app.views.case_shortcuts import CaseShortcuts

Until = Callable[[Callable[[], bool]], Awaitable[None]]

COLOUR = KeptCue("colour", 0.9, 0.7, 1.1, True, (0, 3, 5), 0.6, 0.4)
SIZE = KeptCue("size", -0.2, -0.5, 0.1, False, (1, 2), 0.4, 0.5)
FLAT = KeptShortcuts((COLOUR, SIZE), "Choices go by colour.", 40, 30)
FUSED = KeptShortcuts((SIZE,), "Nothing explains them.", 8, 3)


class Finder:
    """Stands for the process: tells how far it is, and waits until it may go on."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.may_end = asyncio.Event()
        self.fault = fault

    async def find(self, folder: Path, on_progress: OnProgress) -> None:
        on_progress(1, 4, "cues of scan 1 of 4")
        await self.may_end.wait()
        if self.fault is not None:
            raise self.fault
        write_shortcuts(folder, 60, {"2d": FLAT, "fused": FUSED})


class Tab:
    """The tab over made-up cases."""

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Path, finder: Finder) -> None:
        made = made_cases(60)
        write_cases(folder, made.facts, made.columns, made.texts)
        self.cases: StoredCases = open_cases(folder)
        self.desk, self.board, self.stack = CasesDesk(), TaskBoard(), QUndoStack()
        self.loop, self.view = loop, CaseShortcuts()
        self.filters = CaseFiltersPresenter(Views(), self.desk, self.stack, self.board)
        self.can_find = True
        self.presenter = CaseShortcutsPresenter(
            self.view,
            self.desk,
            self.board,
            find=finder.find,
            read=kept_shortcuts,
            toggle_rows=self.filters.toggle_rows,
            set_can_find=lambda can: setattr(self, "can_find", can),
            theme=DARK,
        )
        self.view.forest.chosen.connect(self.presenter.on_chosen)

    @property
    def is_busy(self) -> bool:
        return self.presenter.is_busy or self.filters.is_busy

    def play(self, scenario: Awaitable[None]) -> None:
        async def whole() -> None:
            try:
                await scenario
            finally:
                await self.board.close()

        self.loop.run_until_complete(whole())


def test_what_is_found_stands_cue_by_cue(
    loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path, qtbot: QtBot
) -> None:
    finder = Finder()
    tab = Tab(loop, tmp_path, finder)
    qtbot.addWidget(tab.view)
    assert (tab.can_find, tab.view.start.isEnabled()) == (False, False)

    async def scenario() -> None:
        tab.desk.set_cases(tab.cases)
        await until(lambda: not tab.is_busy)
        assert tab.can_find
        assert "no model is asked" in tab.view.caption.text()
        tab.presenter.find()
        await until(lambda: tab.view.start.text() == "Cancel" and bool(tab.board.jobs[0].total))
        finder.may_end.set()
        await until(lambda: not tab.is_busy)
        assert tab.view.start.text() == "Find shortcuts"
        assert tab.view.verdict.text() == FLAT.verdict
        assert tab.view.caption.text().startswith("40 choices among look-alikes in 30 scenes")
        colour, size = tab.view.forest.rows
        assert (colour.odds, colour.low, colour.high) == (exp(0.9), exp(0.7), exp(1.1))
        assert (colour.value, colour.share) == ("2.46 [2.01, 3.00]", "60 %, chance 40 %")
        assert (colour.is_found, size.is_found) == (True, False)
        assert "2D took the smallest look-alike in 40 % of its choices" in size.hint
        tab.presenter.choose_modality("fused")
        assert [row.key for row in tab.view.forest.rows] == ["size"]

    tab.play(scenario())


def test_a_cue_keeps_the_cases_that_it_explains(
    loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path, qtbot: QtBot
) -> None:
    tab = Tab(loop, tmp_path, Finder())
    qtbot.addWidget(tab.view)
    write_shortcuts(tmp_path, 60, {"2d": FLAT})

    async def scenario() -> None:
        tab.desk.set_cases(tab.cases)
        await until(lambda: bool(tab.view.forest.rows) and not tab.is_busy)
        tab.view.resize(400, 500)
        tab.view.show()
        forest = tab.view.forest
        place = forest.visualRect(forest.model().index(0, 0)).center()
        QTest.mouseClick(forest.viewport(), Qt.MouseButton.LeftButton, pos=place + QPoint(0, 4))
        await until(lambda: not tab.is_busy)
        sifted = tab.desk.sifted
        assert sifted is not None
        assert sifted.order.tolist() == [0, 3, 5]
        assert [item.caption for item in tab.desk.filters] == ["2D took the most vivid (3)"]
        assert [row.is_chosen for row in forest.rows] == [True, False]
        QTest.keyClick(forest, Qt.Key.Key_Return)
        assert tab.desk.filters == ()
        tab.stack.undo()
        assert [row.is_chosen for row in forest.rows] == [True, False]
        await until(lambda: not tab.is_busy)

    tab.play(scenario())


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_what_was_stopped_or_fails_says_so(
    loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path, qtbot: QtBot, is_cancelled: bool
) -> None:
    finder = Finder(MissingFileError(Path("gone"), what="The split", remedy="Look for it"))
    tab = Tab(loop, tmp_path, finder)
    qtbot.addWidget(tab.view)
    told: list[Notice] = []
    tab.board.noticed.connect(told.append)

    async def scenario() -> None:
        tab.desk.set_cases(tab.cases)
        tab.presenter.find()
        await until(lambda: bool(tab.board.jobs))
        if is_cancelled:
            tab.presenter.cancel()
        else:
            finder.may_end.set()
        await until(lambda: not tab.is_busy)
        assert tab.view.start.text() == "Find shortcuts"
        assert [notice.text for notice in told] == ([] if is_cancelled else [str(finder.fault)])
        assert tab.view.forest.rows == ()

    tab.play(scenario())
