"""The whole window on a display, driven as a user would, with a host without a model."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from child_workers import child_workers
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QKeySequence
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from whatwhere_app.commands.table import COMMANDS
from whatwhere_app.composition import Explorer
from whatwhere_app.presenters.shown import MODALITY_LAYERS
from whatwhere_app.theme import DARK, rgb
from whatwhere_app.workspace_values import ObjectRef

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
Scenario = Callable[[], Coroutine[Any, Any, None]]


EXPLORED = [command for command in COMMANDS if not command.name.startswith("annotate.tag_")]
"""In the layout Annotate alone the digits are tags."""


@pytest.fixture
def explorer(open_window: Callable[..., Explorer]) -> Explorer:
    """The program, shown in the dark theme."""
    explorer = open_window()
    explorer.presenters.appearance.choose("dark")
    return explorer


@pytest.fixture
def play(
    loop: asyncio.AbstractEventLoop, explorer: Explorer, tiny_scan: Path, until: Until
) -> Callable[[Scenario], None]:
    """Opens the tiny scan, then plays a scenario in it."""

    async def whole(scenario: Scenario) -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        await scenario()
        await until(lambda: explorer.is_idle)

    return lambda scenario: loop.run_until_complete(whole(scenario))


def count_pixels(explorer: Explorer, color: str) -> int:
    """How many pixels of the 3D view are nearly of this colour."""
    image = explorer.views.scene.canvas.grabFramebuffer()
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : 3 * image.width()].reshape(-1, 3).astype(int)
    return int((np.abs(pixels - rgb(color)).max(axis=1) < 4).sum())


def ask(explorer: Explorer, text: str) -> None:
    line = explorer.views.query.line
    line.setFocus()
    line.clear()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def test_a_question_is_answered_in_every_view(
    explorer: Explorer, play: Callable[[Scenario], None], until: Until
) -> None:
    async def scenario() -> None:
        assert count_pixels(explorer, "#0a141e") > 5000  # the wall, unlit
        ask(explorer, "the chair")
        await until(lambda: bool(explorer.workspace.answers) and explorer.is_idle)
        for layer in MODALITY_LAYERS:
            assert count_pixels(explorer, DARK.strokes[layer].color) > 30, layer
        action = explorer.window.actions_by_name["show.2d"]
        QTest.keyClick(explorer.views.scene.canvas, Qt.Key.Key_3)
        assert not action.isChecked()
        assert count_pixels(explorer, DARK.strokes["2d"].color) == 0
        assert count_pixels(explorer, DARK.strokes["fused"].color) > 30
        QTest.keyClick(explorer.views.scene.canvas, Qt.Key.Key_0)
        assert action.isChecked()
        assert count_pixels(explorer, DARK.strokes["2d"].color) > 30
        assert "office chair 1" in explorer.views.answer.verdict_text

    play(scenario)


def test_the_mixer_moves_the_box_while_it_is_dragged(
    explorer: Explorer, play: Callable[[Scenario], None], until: Until
) -> None:
    async def scenario() -> None:
        slider, color = explorer.views.mixer.slider, DARK.strokes["mix"].color
        ask(explorer, "the chair")
        await until(lambda: explorer.workspace.mix is not None and explorer.is_idle)
        assert slider.value() == slider.maximum()
        assert count_pixels(explorer, color) == 0
        QTest.keyClick(slider, Qt.Key.Key_PageDown)
        assert "office chair 5" in explorer.views.mixer.text
        assert count_pixels(explorer, color) > 30
        QTest.keyClick(slider, Qt.Key.Key_End)
        assert "office chair 1" in explorer.views.mixer.text
        assert count_pixels(explorer, color) == 0

    play(scenario)


def test_clicks_and_the_wheel_in_the_3d_view(
    explorer: Explorer, play: Callable[[Scenario], None], until: Until
) -> None:
    async def scenario() -> None:
        canvas = explorer.views.scene.canvas
        scene = explorer.workspace.scene
        assert scene is not None
        item = scene.object_by_id(5)
        assert item is not None
        assert item.box is not None
        explorer.views.scene.looks.look_at(item.box)
        await until(
            lambda: canvas.camera_control.pose.focal_point == pytest.approx(item.box.center)
        )
        middle = canvas.rect().center()
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle)
        assert explorer.workspace.selection == ObjectRef(5)
        assert count_pixels(explorer, DARK.highlight) > 30
        before = canvas.camera_control.pose
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
        for shift in (10, 40, 80):
            QTest.mouseMove(canvas, middle + type(middle)(shift, 0))
            await asyncio.sleep(0.02)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + type(middle)(80, 0))
        assert explorer.workspace.selection == ObjectRef(5)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert explorer.workspace.selection is None
        assert canvas.camera_control.pose.distance_m == pytest.approx(before.distance_m)

    play(scenario)


def test_camera_moves_are_taken_back_and_the_projection_is_switched_by_keys(
    explorer: Explorer, play: Callable[[Scenario], None], until: Until
) -> None:
    async def scenario() -> None:
        canvas, actions = explorer.views.scene.canvas, explorer.window.actions_by_name
        control = canvas.camera_control
        assert not actions["edit.undo"].isEnabled()
        start, middle = control.pose, canvas.rect().center()
        for _ in range(2):  # two drags
            QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
            for shift in (10, 40, 80):
                QTest.mouseMove(canvas, middle + type(middle)(shift, 0))
            end = middle + type(middle)(80, 0)
            QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)
        dragged = control.pose
        assert actions["edit.undo"].text() == "Undo: camera move"
        QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: control.pose.position == pytest.approx(start.position))
        QTest.keyClick(canvas, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: control.pose == dragged)
        QTest.keyClick(canvas, Qt.Key.Key_5)
        assert control.pose.is_parallel
        assert canvas.renderer.camera.GetParallelProjection()
        found = canvas.surface_under(middle.toPointF())
        assert found is not None
        # What lies under the cursor is where it was: the ray is right without perspective too.
        seen = np.subtract(found[0], control.pose.position)
        assert seen @ control.pose.right == pytest.approx(0, abs=0.02)
        QTest.keyClick(canvas, Qt.Key.Key_Backspace)
        await until(lambda: not control.pose.is_parallel)
        assert not actions["view.parallel"].isChecked()

    play(scenario)


def test_pointing_outlines_without_drawing_and_the_divider_goes_with_the_second_model(
    explorer: Explorer, play: Callable[[Scenario], None], until: Until
) -> None:
    async def scenario() -> None:
        view, scene = explorer.views.scene, explorer.workspace.scene
        assert scene is not None
        item = scene.object_by_id(5)
        assert item is not None
        assert item.box is not None
        view.looks.look_at(item.box)
        control = view.canvas.camera_control
        await until(lambda: not control.is_moving and view.canvas.picker is not None)
        view.canvas.grabFramebuffer()
        frames: list[float] = []
        view.painted.connect(frames.append)
        middle = view.canvas.rect().center()
        for shift in range(6):
            QTest.mouseMove(view.canvas, middle + type(middle)(shift, 0))
        await until(lambda: view.hover_mark.isVisible())
        assert view.hover_mark.text == "office chair 5"
        assert len(frames) <= 1
        assert explorer.workspace.selection is None
        ask(explorer, "the chair")
        await until(lambda: bool(explorer.workspace.answers) and explorer.is_idle)
        explorer.comparing.presenter.open("flat")
        await until(lambda: len(explorer.workspace.answers) == 2 and explorer.is_idle)
        keys = Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(view.canvas, Qt.Key.Key_X, keys)
        assert view.divider.isVisible()
        assert [name.text() for name in view.divider.names] == ["A default", "B flat"]
        place = view.divider.x()
        QTest.keyClick(view.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        assert view.divider.x() > place
        explorer.window.actions_by_name["models.unload"].trigger()
        await until(lambda: len(explorer.workspace.answers) == 1)
        assert not view.divider.isVisible()

    play(scenario)


def test_every_key_works_with_the_3d_view_in_focus(explorer: Explorer, qtbot: QtBot) -> None:
    window, canvas = explorer.window, explorer.views.scene.canvas
    for command in EXPLORED:
        action = window.actions_by_name[command.name]
        action.triggered.disconnect()
        action.setEnabled(True)
        for keys in command.keys:
            canvas.setFocus()
            combination = QKeySequence(keys)[0]
            with qtbot.waitSignal(action.triggered, timeout=1000):
                QTest.keyClick(canvas, combination.key(), combination.keyboardModifiers())


def test_single_keys_are_letters_in_a_text_field(explorer: Explorer) -> None:
    heard: list[str] = []
    for command in EXPLORED:
        action = explorer.window.actions_by_name[command.name]
        action.triggered.disconnect()
        action.triggered.connect(lambda *_, name=command.name: heard.append(name))
    line = explorer.views.query.line
    line.setFocus()
    QTest.keyClicks(line, "0 1 f/cnpjkv")
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    assert line.text() == "0 1 f/cnpjk"
    assert heard == []


def test_a_killed_host_is_told_and_restarted_by_its_button(
    explorer: Explorer, play: Callable[[Scenario], None], until: Until
) -> None:
    async def scenario() -> None:
        pid = explorer.grounder.state.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: "SIGKILL" in explorer.views.notices.text)
        explorer.views.notices.restart_button.click()
        await until(lambda: explorer.grounder.state.phase == "ready")
        assert explorer.views.notices.text == ""
        ask(explorer, "the chair")
        await until(lambda: bool(explorer.workspace.answers))

    play(scenario)


def test_what_cannot_be_opened_leaves_the_window_usable(
    explorer: Explorer, play: Callable[[Scenario], None], until: Until, tmp_path: Path
) -> None:
    broken = tmp_path / "broken0000_00"
    broken.mkdir()
    (broken / "broken0000_00_vh_clean_2.ply").write_bytes(b"ply\nformat ascii 1.0\nelement ver")

    async def scenario() -> None:
        first = explorer.workspace.scene
        for path in (broken, tmp_path / "nowhere"):
            explorer.window.dropEvent(_drop(path))
            await until(lambda path=path: path.name in explorer.views.notices.text)
        assert explorer.workspace.scene is first
        ask(explorer, "the chair")
        await until(lambda: bool(explorer.workspace.answers))

    play(scenario)


def test_a_scene_without_mesh_frames_or_annotation_still_opens(
    explorer: Explorer,
    loop: asyncio.AbstractEventLoop,
    until: Until,
    write_scan: Callable[..., Path],
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        for part in ("mesh", "annotation", "frames"):
            folder = write_scan(tmp_path / f"no_{part}", **{part: False})
            explorer.presenters.scenes.open(folder)
            await until(
                lambda folder=folder: (
                    explorer.workspace.scene is not None
                    and explorer.workspace.scene.folder == folder
                    and explorer.is_idle
                )
            )
            assert "tiny0000_00 has no" in explorer.views.notices.text

    loop.run_until_complete(scenario())


def test_both_themes_draw_their_own_colours(explorer: Explorer) -> None:
    for name, dark in (("light", False), ("dark", True)):
        explorer.presenters.appearance.choose(name)
        image = explorer.window.grab().toImage()
        corner = image.pixelColor(5, image.height() // 2)
        assert (corner.lightness() < 128) is dark


def _drop(path: Path) -> QDropEvent:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    _drop.kept = data  # type: ignore[attr-defined]
    return QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QDragEnterEvent.Type.Drop,
    )


def test_two_models_stand_side_by_side_and_the_second_can_be_let_go(
    explorer: Explorer, play: Callable[[Scenario], None], until: Until
) -> None:
    async def scenario() -> None:
        ask(explorer, "the chair")
        await until(lambda: bool(explorer.workspace.answers) and explorer.is_idle)
        explorer.comparing.presenter.open("flat")
        await until(lambda: len(explorer.workspace.answers) == 2 and explorer.is_idle)
        assert "\nB (flat): " in explorer.views.answer.verdict_text
        QTest.keyClick(explorer.views.scene.canvas, Qt.Key.Key_X)
        assert explorer.views.answer.verdict_text.startswith("B (flat): ")
        await until(lambda: explorer.is_idle)
        assert "cannot fade" in explorer.views.mixer.text
        explorer.window.actions_by_name["models.unload"].trigger()
        await until(lambda: len(child_workers()) == 1)
        assert list(explorer.workspace.answers) == ["default"]

    play(scenario)
