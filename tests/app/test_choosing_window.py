"""Drawing a box with the mouse in the real window, and a scene that goes while it is open."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from whatwhere_app.composition import Explorer
from whatwhere_app.workspace_values import UserBoxRef

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def drag(app: QApplication, widget: QWidget, start: QPoint, end: QPoint) -> None:
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(widget, left, pos=start)
    for place in (QPointF(start + end) / 2, QPointF(end)):
        moved = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            QPointF(widget.mapToGlobal(place)),
            Qt.MouseButton.NoButton,
            left,
            Qt.KeyboardModifier.NoModifier,
        )
        app.sendEvent(widget, moved)
    QTest.mouseRelease(widget, left, pos=end)


def test_a_drawn_box_is_ranked_by_the_next_question(
    qapp: QApplication,
    loop: asyncio.AbstractEventLoop,
    explorer: Explorer,
    tiny_scan: Path,
    until: Until,
) -> None:
    canvas, workspace = explorer.views.scene.canvas, explorer.workspace
    overlay = explorer.choosing.overlay

    async def opened() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)

    async def scenario() -> None:
        await opened()
        before = canvas.camera_control.pose
        QTest.keyClick(canvas, Qt.Key.Key_B)
        assert "Drag across the floor" in overlay.note
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert not explorer.choosing.is_drawing
        assert overlay.note == ""
        QTest.keyClick(canvas, Qt.Key.Key_B)
        middle = QPoint(canvas.width() // 2, canvas.height() // 2)
        drag(qapp, canvas, middle, middle + QPoint(90, 60))
        await until(lambda: bool(workspace.drawn.boxes))
        (drawn,) = workspace.drawn.boxes
        assert min(drawn.box.size) > 0.02
        assert workspace.selection == UserBoxRef(1)
        assert canvas.camera_control.pose == before  # the drag did not turn the room
        assert not explorer.choosing.is_drawing
        assert overlay.fields.isVisible()
        overlay.fields.sizes[2].setValue(123)
        assert workspace.drawn.boxes[0].box.size[2] == pytest.approx(1.23)
        explorer.presenters.query.on_submitted("the chair")
        await until(lambda: bool(workspace.answers) and explorer.is_idle)
        (answers,) = workspace.answers.values()
        assert answers.box_source == "annotation+user"
        assert answers.groundings["3d"].best.label == "R1"
        assert "R1" in explorer.views.answer.verdict_text
        assert overlay.note == "3 candidates · boxes from the annotation, and yours"
        explorer.window.actions_by_name["edit.undo"].trigger()
        assert overlay.note == "Ask again: the candidates have changed."
        explorer.choosing.boxes.on_box_clicked(1)
        QTest.keyClick(canvas, Qt.Key.Key_Delete)
        assert workspace.drawn.boxes == ()
        assert not overlay.fields.isVisible()

    loop.run_until_complete(scenario())


def test_a_scene_that_goes_while_it_is_open_leaves_a_sentence(
    loop: asyncio.AbstractEventLoop, explorer: Explorer, tiny_scan: Path, until: Until
) -> None:
    async def scenario() -> None:
        explorer.shelving.start()
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        scene = explorer.workspace.scene
        shutil.rmtree(tiny_scan)
        explorer.board.notice(f"{tiny_scan}: Scene not found.")
        await until(lambda: "the open scene is no longer there" in explorer.views.notices.text)
        assert explorer.workspace.scene is scene
        rows = explorer.views.scenes.rows
        assert rows.row_at(rows.model().index(0, 0)).is_faint
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: not explorer.presenters.scenes.is_opening)
        assert explorer.workspace.scene is scene
        await until(lambda: not explorer.shelving.shelf.is_looking)

    loop.run_until_complete(scenario())
