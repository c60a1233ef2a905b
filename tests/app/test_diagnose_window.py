"""The Diagnose layout in the window: what is around the 3D view, and what one selection moves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, QSize, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from tests.app.test_access import describe, focusable, said
from tests.app.test_training_window import docks, ended, place

from whatwhere.evaluation.cases.filters import OfRelation
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.pinned import PinnedSet, write_pinned
from whatwhere.evaluation.cases.store import open_cases, write_cases
from whatwhere_app.composition import Explorer
from whatwhere_app.diagnose_panel import DiagnosePanel
from whatwhere_app.services.diagnoses import diagnoses_folder

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
Begin = Callable[[], Explorer]
LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


def write_diagnosis(num_cases: int = 200) -> None:
    """One that the layout opens by itself."""
    made = made_cases(num_cases)
    write_cases(diagnoses_folder() / made.facts.name, made.facts, made.columns, made.texts)


async def diagnose(explorer: Explorer, until: Until) -> DiagnosePanel:
    """The layout, at rest."""
    explorer.window.actions_by_name["layout.diagnose"].trigger()
    await until(lambda: explorer.diagnosing.panel is not None)
    panel = explorer.diagnosing.panel
    assert panel is not None
    await until(lambda: explorer.workspace.arrangement == "diagnose" and not panel.is_busy)
    return panel


def test_the_layout_fits_and_every_control_has_a_name(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    explorer = open_window()
    write_diagnosis()

    async def scenario() -> None:
        first = set(docks(explorer))
        explorer.window.resize(explorer.window.minimumSizeHint().expandedTo(QSize(1280, 800)))
        panel = await diagnose(explorer, until)
        shown = docks(explorer)
        assert set(shown) == {"Diagnosis", "Views", "Cases"}
        await until(lambda: shown["Cases"].height() > 100)
        centre = explorer.window.centralWidget()
        everything = [place(dock) for dock in shown.values()]
        everything.append(QRect(centre.mapTo(explorer.window, QPoint(0, 0)), centre.size()))
        for number, one in enumerate(everything):
            assert explorer.window.rect().contains(one)
            assert not any(one.intersects(other) for other in everything[number + 1 :])
        assert centre.width() > 350
        for dock in shown.values():
            controls = focusable(dock)
            assert [describe(widget) for widget in controls if not said(widget)] == []
            assert all(widget.focusPolicy() & Qt.FocusPolicy.TabFocus for widget in controls)
        QTest.keyClick(panel.views.table.table, Qt.Key.Key_1, CONTROL)
        assert set(docks(explorer)) == first
        QTest.keyClick(explorer.views.query.line, Qt.Key.Key_2, CONTROL)
        assert set(docks(explorer)) == set(shown)

    loop.run_until_complete(ended(explorer, scenario()))


def test_without_a_diagnosis_it_says_what_it_is_for(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    explorer = open_window()

    async def scenario() -> None:
        panel = await diagnose(explorer, until)
        assert "Run a model over a split" in panel.views.side.head.said.text()
        assert panel.views.table.count.text().startswith("Run or open a diagnosis")
        actions = explorer.window.actions_by_name
        off = ("clear_filters", "pin_set", "use_margin", "shortcuts", "report", "latex")
        assert not any(actions[f"diagnose.{name}"].isEnabled() for name in off)
        actions["diagnose.run"].trigger()
        form = panel.views.side.form
        assert form.isVisible()
        form.data.clear()
        form.start.click()
        assert not panel.run.is_busy

    loop.run_until_complete(ended(explorer, scenario()))


def test_keys_step_undo_and_let_go(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until, tiny_scan: Path
) -> None:
    explorer = open_window()
    made = made_cases(60)
    columns = replace(made.columns, scene_ids=("tiny0000_00",), scenes=np.zeros(60, np.int32))
    write_cases(diagnoses_folder() / "tiny", made.facts, columns, made.texts)

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        panel = await diagnose(explorer, until)
        desk, table = panel.desk, panel.views.table.table
        await until(lambda: len(panel.views.table.rows.cases_K) == 60)
        for expected in (0, 1):
            QTest.keyClick(table, Qt.Key.Key_N)
            assert desk.case == expected
        assert explorer.workspace.expression is not None
        assert explorer.workspace.expression.text == made.texts[1]
        assert panel.views.tabs.verdict.isVisible()
        QTest.keyClick(table, Qt.Key.Key_P)
        assert desk.case == 0
        panel.filters.toggle_part(OfRelation("near"))
        await until(lambda: not panel.is_busy)
        kept = len(panel.views.table.rows.cases_K)
        assert 0 < kept < 60
        assert explorer.window.actions_by_name["edit.undo"].text() == "Undo: filter near"
        QTest.keyClick(table, Qt.Key.Key_Z, CONTROL)
        await until(lambda: len(panel.views.table.rows.cases_K) == 60)
        QTest.keyClick(table, Qt.Key.Key_Escape)
        assert desk.case is None
        assert not panel.views.tabs.verdict.isVisible()
        explorer.window.actions_by_name["layout.explore"].trigger()
        before = desk.case
        QTest.keyClick(explorer.views.scene.canvas, Qt.Key.Key_N)
        assert desk.case == before, "elsewhere N steps through expressions"

    loop.run_until_complete(ended(explorer, scenario()))


def test_the_margin_goes_to_the_training_form(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    explorer = open_window()
    write_diagnosis()

    async def scenario() -> None:
        panel = await diagnose(explorer, until)
        await until(lambda: explorer.window.actions_by_name["diagnose.use_margin"].isEnabled())
        panel.views.scatter.margin.setPos((-1.0, -0.25))
        assert panel.views.scatter.margin_text.startswith("m = 0.75 nats")
        explorer.window.actions_by_name["diagnose.use_margin"].trigger()
        await until(lambda: explorer.training.panel is not None)
        assert explorer.training.panel is not None
        form = explorer.training.panel.form_view
        await until(lambda: "margin" in form.fields)
        await until(lambda: form.fields["margin"].editor.text() == "0.75")

    loop.run_until_complete(ended(explorer, scenario()))


def drop(explorer: Explorer, path: Path) -> None:
    """Let a file go above the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    explorer.window.dropEvent(QDropEvent(QPointF(9, 9), copy, data, LEFT, none))


def test_sets_answers_and_diagnoses_are_opened_where_they_are_dropped(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    explorer = open_window()
    write_diagnosis(60)
    made = made_cases(40, seed=1)
    facts = replace(made.facts, name="theirs", split_hash="another")
    theirs = tmp_path / "theirs"
    write_cases(theirs, facts, made.columns, made.texts)
    told: list[str] = []
    explorer.board.noticed.connect(lambda notice: told.append(notice.text))
    mine = diagnoses_folder() / made_cases(60).facts.name
    write_pinned(tmp_path / "few.cases.json", PinnedSet.of(open_cases(mine), [3, 1, 8], "few"))

    async def scenario() -> None:
        drop(explorer, tmp_path / "few.cases.json")
        await until(lambda: explorer.diagnosing.panel is not None)
        panel = explorer.diagnosing.panel
        assert panel is not None
        rows = panel.views.table.rows
        await until(lambda: not panel.is_busy and rows.cases_K.tolist() == [1, 3, 8])
        assert explorer.workspace.arrangement == "diagnose"
        drop(explorer, theirs)
        await until(lambda: panel.desk.first is not None and len(panel.desk.first.columns) == 40)
        await until(lambda: not panel.is_busy)
        assert panel.views.side.head.first.currentText() == "theirs"
        drop(explorer, tmp_path / "few.cases.json")
        await until(lambda: bool(told))
        assert made_cases(60).facts.split_hash in told[0]
        assert "another" in told[0]
        answers, form = tmp_path / "answers.jsonl", panel.views.side.form
        answers.write_text('{"scene_id": "a", "text"')
        told.clear()
        drop(explorer, answers)
        await until(lambda: bool(told))
        assert str(answers) in told[0]
        assert form.model.currentText() != str(answers)
        answers.write_text(
            '{"scene_id": "a", "text": "the chair", "modality": "fused", '
            '"boxes": [[0, 0, 0, 1, 1, 1]]}\n'
        )
        await until(lambda: not panel.is_busy)
        drop(explorer, answers)
        await until(lambda: form.isVisible() and form.model.currentText() == str(answers))
        await until(lambda: not panel.is_busy)

    loop.run_until_complete(ended(explorer, scenario()))
