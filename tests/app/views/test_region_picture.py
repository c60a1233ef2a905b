"""Outlines on a frame: drawn with the mouse, closed, given up, mended by their grips."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from whatwhere.geometry.outlines import Outline, box_outline
from whatwhere_app.annotate_values import RegionShown
from whatwhere_app.theme import DARK
from whatwhere_app.views.region_picture import RegionPicture

LEFT = Qt.MouseButton.LeftButton
BOX = box_outline((10.0, 10.0), (30.0, 25.0))
TRIANGLE: Outline = ((10.0, 10.0), (50.0, 10.0), (10.0, 40.0))


@pytest.fixture
def picture(qtbot: QtBot) -> RegionPicture:
    view = RegionPicture()
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.set_theme(DARK)
    view.show_frame(np.zeros((48, 64, 3), np.uint8))
    with qtbot.waitExposed(view):
        view.show()
    return view


def click(
    view: RegionPicture,
    *places: tuple[float, float],
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    for place in places:
        QTest.mouseClick(view, LEFT, keys, view.screen_place(place).toPoint())


def drag(view: RegionPicture, start: tuple[float, float], end: tuple[float, float]) -> None:
    here, there = (view.screen_place(place).toPoint() for place in (start, end))
    QTest.mousePress(view, LEFT, pos=here)
    QTest.mouseMove(view, (here + there) / 2)
    QTest.mouseMove(view, there)
    QTest.mouseRelease(view, LEFT, pos=there)


def near(outline: Outline, expected: Outline) -> bool:
    """To the pixel of the screen, of which ten make one of the picture."""
    return len(outline) == len(expected) and np.allclose(outline, expected, atol=0.11)


def test_a_rectangle_is_dragged_in_any_direction(qtbot: QtBot, picture: RegionPicture) -> None:
    for start, end in (((10.0, 10.0), (30.0, 25.0)), ((30.0, 10.0), (10.0, 25.0))):
        picture.begin("box")
        with qtbot.waitSignal(picture.outline_drawn) as drawn:
            drag(picture, start, end)
        assert near((drawn.args or [()])[0], BOX)
        assert not picture.is_drawing
    picture.begin("box")
    click(picture, (20.0, 20.0))  # no drag: it goes on waiting for one
    assert picture.is_drawing


@pytest.mark.parametrize("way", ["enter", "double-click", "first corner"])
def test_an_outline_is_clicked_and_closed(qtbot: QtBot, picture: RegionPicture, way: str) -> None:
    picture.begin("outline")
    corners = TRIANGLE if way != "double-click" else TRIANGLE[:2]
    click(picture, *corners, *([] if way == "double-click" else [(60.0, 40.0)]))
    if way != "double-click":
        QTest.keyClick(picture, Qt.Key.Key_Backspace)  # the last one was a slip
    with qtbot.waitSignal(picture.outline_drawn) as drawn:
        if way == "enter":
            QTest.keyClick(picture, Qt.Key.Key_Return)
        elif way == "first corner":
            click(picture, TRIANGLE[0])
        else:
            click(picture, TRIANGLE[2])
            QTest.mouseDClick(picture, LEFT, pos=picture.screen_place(TRIANGLE[2]).toPoint())
    assert near((drawn.args or [()])[0], TRIANGLE)


def test_what_was_begun_is_given_up(picture: RegionPicture) -> None:
    drawn: list[Outline] = []
    picture.outline_drawn.connect(drawn.append)
    picture.begin("outline")
    click(picture, *TRIANGLE)
    picture.end()
    click(picture, *TRIANGLE)
    assert not drawn


def test_grips_mend_what_is_selected(qtbot: QtBot, picture: RegionPicture) -> None:
    picture.show_regions([RegionShown("a", BOX, is_selected=True)])
    with qtbot.waitSignal(picture.outline_changed) as changed:
        drag(picture, (30.0, 25.0), (40.0, 35.0))  # a corner: it stays a rectangle
    assert (changed.args or [""])[0] == "a"
    assert near((changed.args or ["", ()])[1], box_outline((10, 10), (40, 35)))
    with qtbot.waitSignal(picture.outline_changed) as changed:
        drag(picture, (10.0, 17.5), (5.0, 30.0))  # a side
    assert near((changed.args or ["", ()])[1], box_outline((5, 10), (30, 25)))
    with qtbot.waitSignal(picture.outline_changed) as changed:
        drag(picture, (20.0, 15.0), (25.0, 20.0))  # inside: all of it
    assert near((changed.args or ["", ()])[1], box_outline((15, 15), (35, 30)))


def test_an_outline_gets_more_corners_and_fewer(qtbot: QtBot, picture: RegionPicture) -> None:
    picture.show_regions([RegionShown("a", TRIANGLE, is_selected=True)])
    with qtbot.waitSignal(picture.outline_changed) as changed:
        drag(picture, (30.0, 25.0), (45.0, 35.0))  # the middle of the second side
    mended = (changed.args or ["", ()])[1]
    assert near(mended, (*TRIANGLE[:2], (45.0, 35.0), TRIANGLE[2]))
    picture.show_regions([RegionShown("a", mended, is_selected=True)])
    with qtbot.waitSignal(picture.outline_changed) as changed:
        click(picture, (45.0, 35.0), keys=Qt.KeyboardModifier.AltModifier)
    assert near((changed.args or ["", ()])[1], TRIANGLE)


def test_a_click_chooses_and_elsewhere_asks_for_the_point(
    qtbot: QtBot, picture: RegionPicture
) -> None:
    other = box_outline((5.0, 5.0), (60.0, 45.0))
    picture.show_regions([RegionShown("large", other), RegionShown("small", BOX)])
    with qtbot.waitSignal(picture.region_chosen) as chosen:
        click(picture, (20.0, 20.0))
    assert chosen.args == ["small"]
    picture.show_regions([RegionShown("small", BOX, is_selected=True)])
    with qtbot.waitSignals([picture.region_chosen, picture.pixel_clicked]):
        click(picture, (50.0, 40.0))
    with qtbot.waitSignal(picture.delete_requested):
        picture.setFocus()
        QTest.keyClick(picture, Qt.Key.Key_Delete)


def test_outlines_of_others_have_no_grips(picture: RegionPicture) -> None:
    changed: list[object] = []
    picture.outline_changed.connect(changed.append)
    picture.show_regions([RegionShown("a", BOX, is_selected=True, is_own=False)])
    drag(picture, (30.0, 25.0), (40.0, 35.0))
    assert not changed
