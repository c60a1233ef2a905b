"""The two arrangements of one window: what changes around the 3D view, and what comes back."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget
from tests.app.test_access import describe, focusable, said

from whatwhere.training.config import read_config
from whatwhere.training.run_folder import RunFolder
from whatwhere_app.composition import Explorer
from whatwhere_app.starting import Start
from whatwhere_app.theme import DARK
from whatwhere_app.train_panel import TrainPanel, build_panel

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
Result = TypeVar("Result")
Begin = Callable[[], Explorer]


async def ended(explorer: Explorer, scenario: Awaitable[Result]) -> Result:
    """The scenario, and then the end of all work: nothing may go on while no loop runs."""
    try:
        return await scenario
    finally:
        await explorer.end_work()


def docks(explorer: Explorer) -> dict[str, QDockWidget]:
    """The panels that are shown, by title."""
    return {
        dock.windowTitle(): dock
        for dock in explorer.window.findChildren(QDockWidget)
        if dock.isVisible()
    }


def place(dock: QDockWidget) -> QRect:
    return QRect(dock.mapTo(dock.window(), QPoint(0, 0)), dock.size())


async def train(explorer: Explorer, until: Until) -> TrainPanel:
    explorer.window.actions_by_name["layout.train"].trigger()
    await until(lambda: explorer.training.panel is not None)
    panel = explorer.training.panel
    assert panel is not None
    return panel


def test_the_window_has_its_turns_while_the_panel_is_built(
    open_window: Begin, loop: asyncio.AbstractEventLoop
) -> None:
    explorer = open_window()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def scenario() -> None:
        counting = asyncio.create_task(count())
        panel = await build_panel(
            explorer.window,
            explorer.board,
            explorer.training.asker,
            load=lambda *_: None,
            copy=lambda _: None,
            go_through=lambda *_: None,
            theme=lambda: DARK,
        )
        counting.cancel()
        assert panel.form_view.window() is explorer.window

    loop.run_until_complete(ended(explorer, scenario()))
    assert turns > 5


def test_the_panels_change_and_the_3d_view_stays(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    explorer = open_window()
    canvas = explorer.views.scene.canvas

    async def scenario() -> None:
        first = set(docks(explorer))
        explorer.window.resize(explorer.window.minimumSizeHint().expandedTo(QSize(1280, 800)))
        size = explorer.window.size()
        parents = [canvas.parentWidget(), explorer.window.centralWidget()]
        actions = explorer.window.actions_by_name
        assert actions["layout.explore"].isChecked()
        panel = await train(explorer, until)
        shown = docks(explorer)
        assert set(shown) == {"Training run", "Curves", "Runs", "Selected run"}
        assert actions["layout.train"].isChecked()
        assert not actions["layout.explore"].isChecked()
        assert panel.watch.is_watching
        await until(lambda: shown["Runs"].height() > 100)
        centre = explorer.window.centralWidget()
        everything = [place(dock) for dock in shown.values()]
        everything.append(QRect(centre.mapTo(explorer.window, QPoint(0, 0)), centre.size()))
        for number, one in enumerate(everything):
            assert explorer.window.rect().contains(one)
            assert not any(one.intersects(other) for other in everything[number + 1 :])
        assert centre.width() > 350
        assert [canvas.parentWidget(), centre] == parents
        QTest.keyClick(explorer.views.query.line, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        assert set(docks(explorer)) == first
        explorer.window.repaint()
        assert explorer.window.size() == size, "the window grows for nobody"
        assert not panel.watch.is_watching
        actions["layout.train"].trigger()
        assert set(docks(explorer)) == set(shown)
        assert actions["layout.train"].isChecked()
        actions["layout.train"].trigger()
        assert actions["layout.train"].isChecked(), "a second press leaves it on"

    loop.run_until_complete(ended(explorer, scenario()))


def test_every_control_has_a_name_and_is_reached_by_tab(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    explorer = open_window()

    async def scenario() -> None:
        panel = await train(explorer, until)
        controls = focusable(explorer.window)
        inside = [widget for widget in controls if panel.form_view.isAncestorOf(widget)]
        assert len(inside) > 20
        assert [describe(widget) for widget in controls if not said(widget)] == []
        clicked_only = [
            describe(widget)
            for widget in controls
            if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        assert clicked_only == []

    loop.run_until_complete(ended(explorer, scenario()))


def test_the_arrangement_comes_back_with_the_session(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until, home: Path
) -> None:
    session = home / "state" / "session.json"
    session.parent.mkdir(parents=True)
    session.write_text(json.dumps({"schema_version": 3, "arrangement": "train"}))
    explorer = open_window()

    async def scenario() -> None:
        Start(explorer).open_first(None)
        await until(lambda: explorer.training.panel is not None and explorer.is_idle)
        assert "Curves" in docks(explorer)
        assert "Answer" not in docks(explorer)
        explorer.comforts.session.save()
        assert json.loads(session.read_text())["arrangement"] == "train"
        explorer.window.actions_by_name["layout.explore"].trigger()
        shown = docks(explorer)
        assert {"Scenes", "Answer", "Frame"} <= set(shown)
        assert shown["Scenes"].width() < explorer.window.width() // 3
        explorer.comforts.session.end()
        assert json.loads(session.read_text())["arrangement"] == "explore"

    loop.run_until_complete(ended(explorer, scenario()))


def test_a_run_that_another_process_made_is_found_and_a_checkpoint_goes_into_the_explorer(
    open_window: Begin,
    loop: asyncio.AbstractEventLoop,
    until: Until,
    home: Path,
    tiny_scan: Path,
) -> None:
    run = home / "data" / "runs" / "one"
    with RunFolder(run, read_config("plain", {"base": "default"})) as folder:
        for step in (0, 10, 20):
            folder.log({"step": step, "stage": "grounder", "loss/total": 1.0})
            folder.log({"step": step, "stage": "probe", "probe/accuracy/fused": step / 40})
        (run / "checkpoints" / "step-000020").mkdir(parents=True)
    explorer = open_window()

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        panel = await train(explorer, until)
        await until(lambda: bool(panel.curves_view.plots["accuracy"].lines))
        assert [row.texts[0] for row in panel.runs_view.table.rows] == ["one"]
        panel.curves_view.point_clicked.emit(str(run), 19.0)
        assert panel.run_view.checkpoints.selected_keys == ["20"]
        actions = explorer.window.actions_by_name
        assert actions["train.load_beside"].isEnabled()
        actions["train.load_as_lead"].trigger()
        assert explorer.workspace.arrangement == "explore"
        await until(lambda: explorer.is_idle)
        explorer.presenters.query.on_submitted("the office chair")
        await until(lambda: len(explorer.workspace.answers) == 2)
        assert explorer.workspace.lead == str(run / "checkpoints" / "step-000020")

    loop.run_until_complete(ended(explorer, scenario()))


def test_the_look_changes_everywhere(
    open_window: Begin, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    explorer = open_window()

    async def scenario() -> None:
        panel = await train(explorer, until)
        for name in ("light", "dark"):
            explorer.window.actions_by_name[f"theme.{name}"].trigger()
            image = panel.curves_view.plots["loss"].plot.grab().toImage()
            is_light = image.pixelColor(image.width() - 4, 4).lightness() > 128
            assert is_light is (name == "light")

    loop.run_until_complete(ended(explorer, scenario()))
