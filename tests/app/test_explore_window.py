"""What the Explore layout tells of a scene and of an answer."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import SIGNAL, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from whatwhere.geometry.boxes import Box
from whatwhere_app.composition import Explorer
from whatwhere_app.render.picking import box_edges, drawn_lines
from whatwhere_app.workspace_values import Drawn, UserBox, UserBoxRef

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_the_status_bar_tells_what_the_scene_holds(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        assert explorer.views.status.scene_text == "3 objects · 3 frames · aligned"
        explorer.workspace.set_scene(None)
        assert explorer.views.status.scene_text == ""
        await until(lambda: explorer.is_idle)

    loop.run_until_complete(scenario())


def test_a_click_on_a_drawn_box_selects_it_and_marks_no_point(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    canvas, workspace = explorer.views.scene.canvas, explorer.workspace

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        scene = workspace.scene
        assert scene is not None
        assert scene.mesh is not None
        middle = scene.mesh.vertices.mean(axis=0)
        box = Box((float(middle[0]), float(middle[1]), float(middle[2])), (0.6, 0.6, 0.6))
        workspace.set_drawn(Drawn((UserBox(1, box),)))
        edges_px, _ = drawn_lines(canvas, box_edges([box]))
        x, y = edges_px[0].mean(axis=0) / canvas.devicePixelRatioF()
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPointF(x, y).toPoint())
        assert workspace.selection == UserBoxRef(1)
        assert workspace.mark is None
        await until(lambda: explorer.is_idle)

    loop.run_until_complete(scenario())


def test_a_drawn_box_is_pulled_and_turned_by_its_grips(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    canvas, workspace = explorer.views.scene.canvas, explorer.workspace
    box = Box((0.0, 0.0, 0.5), (1.0, 1.0, 1.0))

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        workspace.set_drawn(Drawn((UserBox(1, box),)))
        workspace.set_selection(UserBoxRef(1))
        pose = explorer.views.scene.looks.pose
        grips = explorer.choosing.overlay.grips
        inside, outside = (
            QPointF(*(grips.positions_px()[place] / canvas.devicePixelRatioF())).toPoint()
            for place in (4, 5)  # the bottom and the top
        )
        left = Qt.MouseButton.LeftButton
        target = outside + (outside - inside) / 2
        QTest.mousePress(canvas, left, pos=outside)
        _move(canvas, target)
        assert workspace.drawn.boxes[0].box == box  # until it is let go
        QTest.mouseRelease(canvas, left, pos=target)
        pulled = workspace.drawn.boxes[0].box
        assert pulled.upper[2] > 1.1
        assert pulled.lower.tolist() == pytest.approx(box.lower.tolist())
        assert pulled.upper[:2].tolist() == pytest.approx(box.upper[:2].tolist())
        assert explorer.views.scene.looks.pose == pose
        explorer.viewing.undo_stack.undo()
        assert workspace.drawn.boxes[0].box == box

        handle, middle = grips.positions_px()[6], grips.positions_px()[:4].mean(axis=0)
        aside = QPointF(*(2 * middle - handle)).toPoint() / canvas.devicePixelRatioF()
        spot = QPointF(*(handle / canvas.devicePixelRatioF())).toPoint()
        QTest.mousePress(canvas, left, pos=spot)
        _move(canvas, aside)
        assert explorer.choosing.overlay.fields.turn.value() != 0
        QTest.mouseRelease(canvas, left, pos=aside)
        turned = workspace.drawn.boxes[0]
        assert abs(turned.yaw_rad) > 1
        assert turned.unturned == box
        explorer.window.actions_by_name["box.turn_left_far"].trigger()
        by_key = workspace.drawn.boxes[0].turned
        assert by_key == turned.turned.turned_by(math.radians(15))
        assert explorer.views.scene.looks.pose == pose
        await until(lambda: explorer.is_idle)

    loop.run_until_complete(scenario())


def _move(canvas: QWidget, place: QPoint) -> None:
    """The mouse goes there with its left button held."""
    left = Qt.MouseButton.LeftButton
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        canvas.mapToGlobal(QPointF(place)),
        left,
        left,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(canvas, move)


def test_a_closed_window_listens_to_the_application_no_more(
    qapp: QApplication, loop: asyncio.AbstractEventLoop, home: Path
) -> None:
    def listeners() -> tuple[int, int]:
        state = SIGNAL("applicationStateChanged(Qt::ApplicationState)")
        scheme = SIGNAL("colorSchemeChanged(Qt::ColorScheme)")
        return qapp.receivers(state), qapp.styleHints().receivers(scheme)

    async def open_and_close() -> None:
        explorer = Explorer(qapp, demo_rooms={}, host_entry="fake_host:run")
        explorer.show((1000, 700))
        assert all(after > before for before, after in zip(before, listeners(), strict=True))
        await explorer.end_work()
        explorer.shut_views()
        explorer.window.close_for_good()
        explorer.window.deleteLater()

    before = listeners()
    loop.run_until_complete(open_and_close())
    assert listeners() == before
