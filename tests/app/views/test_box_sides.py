"""The three views of a box: what is pulled, turned and moved, and how large it is shown."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from whatwhere.geometry.turned_box import TurnedBox
from whatwhere_app.theme import DARK
from whatwhere_app.views.box_side import SideView
from whatwhere_app.views.box_sides import BoxSides

LEFT = Qt.MouseButton.LeftButton
TURNED = TurnedBox((1.0, 2.0, 0.5), (1.0, 0.5, 0.8), np.pi / 6)


@pytest.fixture
def sides(qtbot: QtBot) -> BoxSides:
    view = BoxSides()
    qtbot.addWidget(view)
    view.set_theme(DARK)
    view.resize(900, 320)
    chance = np.random.default_rng(0)
    points = chance.uniform((0, 1, 0), (2, 3, 1), (500, 3)).astype(np.float32)
    view.show_points(points, np.full((500, 3), 200, np.uint8))
    view.show_box(TURNED)
    with qtbot.waitExposed(view):
        view.show()
    return view


def drag(
    view: SideView,
    start: QPointF,
    end: QPointF,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    here, there = start.toPoint(), end.toPoint()
    QTest.mousePress(view, LEFT, keys, here)
    QTest.mouseMove(view, (here + there) / 2)
    QTest.mouseMove(view, there)
    QTest.mouseRelease(view, LEFT, keys, there)


@pytest.mark.parametrize(("place", "axis"), [(0, 0), (0, 1), (1, 0), (1, 2), (2, 1), (2, 2)])
def test_an_edge_is_pulled_along_the_boxs_own_axis(
    qtbot: QtBot, sides: BoxSides, place: int, axis: int
) -> None:
    view = sides.views[place]
    edges = view.edges_px()
    outwards = edges[axis, 1] - edges[axis, -1]
    with qtbot.waitSignal(sides.finished) as finished:
        drag(view, edges[axis, 1], edges[axis, 1] + outwards * 0.2)
    (pulled,) = finished.args or [TURNED]
    assert pulled.size[axis] == pytest.approx(1.2 * TURNED.size[axis], rel=0.05)
    others = [other for other in range(3) if other != axis]
    assert [pulled.size[i] for i in others] == [TURNED.size[i] for i in others]
    # The opposite face stays.
    fixed = 2 * axis
    np.testing.assert_allclose(pulled.face_middles()[fixed], TURNED.face_middles()[fixed])
    assert all(other.edges_px() for other in sides.views)


def test_the_handle_turns_in_whole_degrees_and_the_views_go_around(
    qtbot: QtBot, sides: BoxSides
) -> None:
    above, front, _ = sides.views
    assert front.handle_px() is None
    handle, middle = above.handle_px(), QPointF(above.width() / 2, (above.height() + 20) / 2)
    assert handle is not None
    arm = handle - middle
    with qtbot.waitSignal(sides.finished) as finished:
        drag(above, handle, middle + QPointF(arm.y(), -arm.x()))  # a quarter turn
    (turned,) = finished.args or [TURNED]
    degrees = np.degrees(turned.yaw_rad)
    assert degrees == pytest.approx(120, abs=3)
    assert degrees == pytest.approx(round(degrees))
    assert turned.unturned == TURNED.unturned
    # From the front the box is as broad as before: one looks along its own axes.
    edges = front.edges_px()
    assert edges[0, 1].x() - edges[0, -1].x() > 0.4 * front.width()


def test_inside_all_of_it_is_moved(qtbot: QtBot, sides: BoxSides) -> None:
    front = sides.views[1]
    middle = QPointF(front.width() / 2, (front.height() + 20) / 2)
    scale = (front.edges_px()[0, 1].x() - front.edges_px()[0, -1].x()) / TURNED.size[0]
    with qtbot.waitSignal(sides.finished) as finished:
        drag(front, middle + QPointF(10, 10), middle + QPointF(10, -20))
    (moved,) = finished.args or [TURNED]
    assert moved.size == TURNED.size
    assert moved.center[2] - TURNED.center[2] == pytest.approx(30 / scale, rel=0.05)
    assert moved.center[:2] == pytest.approx(TURNED.center[:2])


def test_a_click_changes_nothing(sides: BoxSides) -> None:
    changed: list[object] = []
    sides.finished.connect(changed.append)
    for view in sides.views:
        for place in view.edges_px().values():
            QTest.mouseClick(view, LEFT, pos=place.toPoint())
        QTest.mouseClick(view, LEFT, pos=QPoint(view.width() // 2, view.height() // 2))
    assert not changed


@pytest.mark.parametrize("size_m", [0.1, 1.0, 3.0])
def test_boxes_of_every_size_fill_the_views(sides: BoxSides, size_m: float) -> None:
    sides.show_box(TurnedBox((1.0, 2.0, 0.5), (size_m, size_m, size_m)))
    for view in sides.views:
        edges = view.edges_px()
        axis = 0 if (0, 1) in edges else 1
        share = (edges[axis, 1].x() - edges[axis, -1].x()) / min(view.width(), view.height() - 20)
        assert 0.5 < share < 0.9


def test_without_a_box_it_says_so_and_holds_nothing(sides: BoxSides) -> None:
    sides.show_box(None)
    for view in sides.views:
        assert view.edges_px() == {}
        assert view.handle_px() is None
        QTest.mouseClick(view, LEFT)
        assert not view.grab().isNull()
