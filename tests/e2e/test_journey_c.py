"""A training run from its form to its checkpoints, with mouse and keys, in two windows."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from whatwhere.training import runs
from whatwhere.training.config import read_config
from whatwhere.training.run_summary import find_runs
from whatwhere_app.__main__ import shipped_folders
from whatwhere_app.composition import Explorer
from whatwhere_app.train_panel import TrainPanel

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

SMALL = {
    "train_rooms": "3",
    "val_rooms": "2",
    "steps": "4000",
    "checkpoint_every": "40",
    "evaluate_every": "40",
    "rooms_per_step": "1",
    "sentences_per_room": "2",
    "threads": "1",
}

Result = TypeVar("Result")


@pytest.fixture
def no_run_left(home: Path) -> Iterator[None]:
    """Whatever still trains ends with the test."""
    yield
    for run in find_runs():
        if run.is_living:
            runs.kill(run.path)


@pytest.fixture
def start(
    qapp: QApplication, qtbot: QtBot, loop: asyncio.AbstractEventLoop, no_run_left: None
) -> Iterator[Callable[[], Explorer]]:
    """Opens a window; a second one takes the place of the first."""
    open_ones: list[Explorer] = []

    def end() -> None:
        for explorer in open_ones:
            loop.run_until_complete(explorer.end_work())
            explorer.shut_views()
            explorer.window.close_for_good()
            explorer.window.deleteLater()
        open_ones.clear()

    def begin() -> Explorer:
        end()
        explorer = Explorer(qapp, demo_rooms=shipped_folders(), host_entry="fake_host:run")
        open_ones.append(explorer)
        explorer.window.resize(1280, 800)
        explorer.window.show()
        explorer.window.activateWindow()
        qtbot.waitActive(explorer.window)
        return explorer

    yield begin
    end()


async def ended(explorer: Explorer, scenario: Awaitable[Result]) -> Result:
    """The scenario, and then the end of all work: nothing may go on while no loop runs."""
    try:
        return await scenario
    finally:
        await explorer.end_work()


async def until(holds: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline_s, f"it did not come to hold: {what}"
        await asyncio.sleep(0.02)


def click(widget: QWidget) -> None:
    assert widget.isVisible(), widget.accessibleName()
    assert widget.isEnabled(), widget.accessibleName()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def write(panel: TrainPanel, name: str, text: str) -> None:
    """Type a value into a field of the form."""
    editor = panel.form_view.fields[name].editor
    assert isinstance(editor, QLineEdit)
    QTest.mouseClick(editor, Qt.MouseButton.LeftButton)
    editor.selectAll()
    QTest.keyClicks(editor, text)


async def open_panel(explorer: Explorer) -> TrainPanel:
    explorer.presenters.scenes.open_demo()
    await until(lambda: explorer.workspace.scene is not None and explorer.is_idle, "a room is open")
    canvas = explorer.views.scene.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: explorer.training.panel is not None, "the panel is there")
    panel = explorer.training.panel
    assert panel is not None
    return panel


def phase(panel: TrainPanel) -> str:
    return "" if panel.desk.run is None else panel.desk.run.phase


def step(panel: TrainPanel) -> int:
    assert panel.desk.run is not None
    return panel.desk.run.step


def answer(explorer: Explorer, choice: str) -> None:
    click(explorer.training.question.buttons[choice])


def test_a_run_is_started_steered_left_found_and_compared(
    start: Callable[[], Explorer], loop: asyncio.AbstractEventLoop
) -> None:
    explorer = start()
    centre = explorer.window.centralWidget()
    told: list[bool] = []

    async def first_life() -> tuple[Path, int]:
        panel = await open_panel(explorer)
        form = panel.form_view
        assert explorer.window.centralWidget() is centre
        assert form.preset.currentText() == "w2r2-plus · ours"
        await until(lambda: any("free" in need for need in form.needs), "the machine was looked at")
        write(panel, "train_rooms", "900000000")
        await until(lambda: any("not enough" in need for need in form.needs), "it is too much")
        buttons = panel.runs_view.buttons
        assert not explorer.window.actions_by_name["train.start"].isEnabled()
        write(panel, "train_rooms", "three")
        assert "train_rooms" in form.fields["train_rooms"].fault
        form.unfold.click()
        for name, text in SMALL.items():
            write(panel, name, text)
        assert form.fields["steps"].is_marked
        can_start = explorer.window.actions_by_name["train.start"].isEnabled
        await until(can_start, "the machine has enough")
        explorer.window.actions_by_name["train.start"].trigger()
        await until(lambda: phase(panel) == "running", "it runs")
        row = panel.runs_view.table.rows[0]
        assert psutil.pid_exists(int(row.texts[6]))
        plots = panel.curves_view.plots
        await until(lambda: bool(plots["loss"].lines and plots["follow"].lines), "there are curves")
        assert {line.title for line in plots["accuracy"].lines} >= {"Fused", "2D only", "3D only"}
        await until(lambda: len(plots["loss"].lines[0].steps_P) > 2, "losses were logged")
        raw = plots["loss"].lines[0].raw_P
        QTest.keyClick(panel.curves_view.slider, Qt.Key.Key_End)
        assert plots["loss"].lines[0].smooth_P is not raw
        await until(lambda: bool(panel.desk.run and panel.desk.run.checkpoints), "a checkpoint")
        click(buttons["Pause"])
        await until(lambda: phase(panel) == "paused", "it waits")
        waiting_at = step(panel)
        click(buttons["Resume"])
        await until(lambda: phase(panel) == "running" and step(panel) > waiting_at, "it goes on")
        run = panel.desk.run
        assert run is not None
        explorer.training.leaving.leave(lambda: told.append(True))
        await until(lambda: "still training" in explorer.training.question.text, "it asks")
        answer(explorer, "cancel")
        assert not told
        explorer.training.leaving.leave(lambda: told.append(True))
        await until(lambda: bool(explorer.training.question.text), "it asks again")
        answer(explorer, "keep")
        return run.path, run.pid

    path, pid = loop.run_until_complete(ended(explorer, first_life()))
    assert told == [True]
    again = start()
    assert psutil.pid_exists(pid)

    async def second_life() -> None:
        panel = await open_panel(again)
        await until(lambda: phase(panel) == "running", "the run is found again")
        assert panel.desk.run is not None
        assert (panel.desk.run.path, panel.desk.run.pid) == (path, pid)
        await until(lambda: bool(panel.curves_view.plots["loss"].lines), "its curves are back")
        assert "run folder" in panel.run_view.log.toPlainText()
        buttons = panel.runs_view.buttons
        click(buttons["Stop and save"])
        await until(lambda: phase(panel) == "stopped", "it stops")
        stopped_at = step(panel)
        assert stopped_at in panel.desk.run.checkpoints
        await until(lambda: not alive(pid), "its process is gone")
        click(buttons["Resume"])
        await until(lambda: phase(panel) == "running" and step(panel) > stopped_at, "it goes on")
        os.kill(panel.desk.run.pid, signal.SIGKILL)
        await until(lambda: phase(panel) == "crashed", "it is seen to have crashed")
        assert "without a word" in panel.runs_view.table.rows[0].texts[7]
        assert buttons["Resume"].isEnabled()
        assert not buttons["Kill…"].isEnabled()
        checkpoints = panel.run_view.checkpoints
        click_row(checkpoints, len(checkpoints.rows) - 1)
        assert panel.desk.checkpoint is not None
        click(panel.run_view.buttons["Compare with start"])
        await until(lambda: bool(panel.run_view.compared.rows), "the two are compared")
        names = [row.texts[0] for row in panel.run_view.compared.rows]
        assert {"Fused, all", "Fused, spatial", "2D only, follows appearance"} <= set(names)
        assert "too few for an interval" in panel.run_view.note
        click(panel.run_view.arrows)
        await arrows_lead_into_the_scene(again, panel.desk.checkpoint.step)
        again.window.actions_by_name["layout.train"].trigger()
        await until(lambda: again.workspace.arrangement == "train", "back at the run")
        panel.run_view.setCurrentIndex(0)
        click(panel.run_view.buttons["Load as lead"])
        assert again.workspace.arrangement == "explore"
        again.presenters.query.on_submitted("the chair nearest the door")
        await until(lambda: len(again.workspace.answers) == 2, "both models have answered")
        model = str(path / "checkpoints" / f"step-{panel.desk.checkpoint.step:06d}")
        await until(lambda: again.workspace.lead == model, "the checkpoint leads")

    loop.run_until_complete(ended(again, second_life()))
    assert read_config(str(path / "config.toml")).base == "default"


async def arrows_lead_into_the_scene(explorer: Explorer, step: int) -> None:
    """Steps 9 and 10: arrows from the start; one is clicked, and both models' boxes are there."""
    await until(lambda: explorer.diagnosing.panel is not None, "Diagnose is built")
    diagnosis = explorer.diagnosing.panel
    assert diagnosis is not None
    desk, scatter = diagnosis.desk, diagnosis.views.scatter
    await until(lambda: desk.second is not None and not diagnosis.is_busy, "both are open")
    assert desk.first is not None
    assert desk.second is not None
    assert (desk.first.facts.step, desk.second.facts.step) == (0, step)
    assert f"Step 0 → {step}: follow" in diagnosis.views.training.said.text()
    assert "against it: accuracy" in diagnosis.views.side.head.difference.text()
    shown = scatter.shown
    assert shown is not None
    lengths = np.linalg.norm(shown.arrows[:, 2:] - shown.arrows[:, :2], axis=1)
    longest = int(lengths.argmax())
    x, y = shown.arrows[longest].reshape(2, 2).mean(axis=0).tolist()
    place = scatter.plot.mapFromScene(scatter.area.mapViewToScene(QPointF(x, y)))
    QTest.mouseClick(scatter.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert desk.case is not None
    steps = diagnosis.views.training
    chosen = desk.case
    await until(
        lambda: len(explorer.workspace.answers) == 2 and explorer.is_idle, "the boxes of both"
    )
    assert explorer.workspace.scene is not None
    assert list(explorer.workspace.answers) == [desk.first.facts.model, desk.second.facts.model]
    explorer.window.actions_by_name["models.wipe"].trigger()
    assert explorer.workspace.wipe_share is not None
    QTest.keyClick(steps.slider, Qt.Key.Key_Home)
    assert desk.second is None, "at the start there is nothing to lead to"
    QTest.keyClick(steps.slider, Qt.Key.Key_End)
    assert desk.second is not None
    assert desk.case == chosen
    await until(lambda: not diagnosis.is_busy and explorer.is_idle, "all is drawn")
    click(steps.close_run)
    assert not steps.isVisible()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def click_row(table: QWidget, number: int) -> None:
    from whatwhere_app.views.plain_table import PlainTable

    assert isinstance(table, PlainTable)
    index = table.model().index(number, 0)
    table.scrollTo(index)
    place: QPoint = table.visualRect(index).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
