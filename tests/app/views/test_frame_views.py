"""Frames large and small: what is painted, and what a hand on mouse and keys asks for."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from whatwhere_app.theme import DARK
from whatwhere_app.view_values import FrameTile, HealthRow, Overlay, PixelMark
from whatwhere_app.views.frame_health import FrameHealthWindow
from whatwhere_app.views.frame_strip import FrameStrip
from whatwhere_app.views.frame_view import FrameView

ACROSS = ((2.0, 20.0), (30.0, 20.0))
BEYOND = ((30.0, 20.0), (60.0, 20.0))


def strip_of(qtbot: QtBot, count: int) -> FrameStrip:
    strip = FrameStrip()
    qtbot.addWidget(strip)
    strip.resize(700, 160)
    strip.show_tiles([FrameTile(str(i), f"{i} · 1.0 %") for i in range(count)])
    with qtbot.waitExposed(strip):
        strip.show()
    return strip


def in_sight(strip: FrameStrip, name: str) -> bool:
    # Qt scrolls one pixel short of the end.
    return strip.viewport().rect().adjusted(0, 0, 1, 0).contains(strip.rect_of(name))


def picture(qtbot: QtBot) -> FrameView:
    view = FrameView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.set_theme(DARK)
    view.show_frame(np.zeros((48, 64, 3), np.uint8))
    view.show()
    return view


def turn_wheel(view: FrameView, place: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(place),
        QPointF(view.mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def clicked_pixel(qtbot: QtBot, view: FrameView, place: QPoint) -> tuple[float, float]:
    with qtbot.waitSignal(view.pixel_clicked) as heard:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)
    return heard.args[0], heard.args[1]


def test_of_many_frames_only_those_in_sight_ask_for_a_picture(qtbot: QtBot) -> None:
    strip = FrameStrip()
    qtbot.addWidget(strip)
    strip.resize(700, 160)
    heard: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    strip.sight_changed.connect(lambda names, lacking: heard.append((names, lacking)))
    strip.show_tiles([FrameTile(str(i), str(i)) for i in range(2000)])
    with qtbot.waitExposed(strip):
        strip.show()
    qtbot.waitUntil(lambda: bool(heard))
    assert 4 <= len(heard[-1][0]) <= 6
    strip.set_current("1500")
    qtbot.waitUntil(lambda: "1500" in heard[-1][0])
    assert len(heard[-1][1]) <= 6
    assert in_sight(strip, "1500")


def test_another_row_with_the_same_names_lacks_its_pictures_again(qtbot: QtBot) -> None:
    strip = strip_of(qtbot, 3)
    strip.viewport().repaint()
    heard: list[tuple[str, ...]] = []
    strip.sight_changed.connect(lambda _, lacking: heard.append(lacking))
    strip.show_tiles([])
    strip.show_tiles([FrameTile(str(i), str(i)) for i in range(3)])
    qtbot.waitUntil(lambda: heard == [("0", "1", "2")])


def test_arrows_choose_and_enter_looks_through(qtbot: QtBot) -> None:
    strip = strip_of(qtbot, 9)
    with qtbot.assertNotEmitted(strip.frame_chosen):
        strip.set_current("3")
    with qtbot.waitSignal(strip.frame_chosen) as heard:
        QTest.keyClick(strip, Qt.Key.Key_Right)
    assert heard.args == ["4"]
    with qtbot.waitSignal(strip.look_through_requested) as heard:
        QTest.keyClick(strip, Qt.Key.Key_Return)
    assert heard.args == ["4"]
    with qtbot.waitSignal(strip.look_through_requested):
        place = strip.rect_of("2").center()
        QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_another_order_keeps_the_current_tile_in_sight_and_its_picture(qtbot: QtBot) -> None:
    strip = strip_of(qtbot, 60)
    strip.set_thumbnail("0", np.full((48, 64, 3), 200, np.uint8), full_width_px=64)
    strip.set_current("0")
    with qtbot.assertNotEmitted(strip.frame_chosen):
        strip.show_tiles([FrameTile(str(i), str(i)) for i in reversed(range(60))])
    assert strip.currentIndex().row() == 59
    assert in_sight(strip, "0")
    shown = strip.viewport().grab(strip.rect_of("0")).toImage()
    ratio = shown.devicePixelRatio()
    middle = shown.pixelColor(int(60 * ratio), int(50 * ratio))
    assert middle.red() == pytest.approx(200, abs=3)


def test_a_frame_that_sees_nothing_is_dimmed_and_a_broken_one_says_so(qtbot: QtBot) -> None:
    strip = FrameStrip()
    qtbot.addWidget(strip)
    strip.resize(700, 160)
    strip.show_tiles([FrameTile("a", "a"), FrameTile("b", "b", is_faint=True), FrameTile("c", "c")])
    for name in "ab":
        strip.set_thumbnail(name, np.full((48, 64, 3), 255, np.uint8), full_width_px=64)
    strip.set_unreadable("c", "color/c.jpg: the image is missing")
    with qtbot.waitExposed(strip):
        strip.show()

    def brightness(name: str) -> int:
        image = strip.viewport().grab(strip.rect_of(name)).toImage()
        return image.pixelColor(image.width() // 2, image.height() // 3).lightness()

    assert brightness("a") > 250 > brightness("b") + 50
    model = strip.model()
    assert "missing" in model.index(2, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "Frame a"


def test_the_hidden_part_of_an_edge_is_faint(qtbot: QtBot) -> None:
    view = picture(qtbot)
    view.show_overlays([Overlay("gt", (ACROSS,), hidden=(BEYOND,))])
    image = view.grab().toImage()
    strong, weak = image.pixelColor(160, 205), image.pixelColor(450, 205)
    assert strong.name() == DARK.strokes["gt"].color
    assert weak.green() == pytest.approx(strong.green() / 4, abs=6)


def test_a_marked_point_is_a_ring_and_filled_where_it_is_seen(qtbot: QtBot) -> None:
    view = picture(qtbot)
    for is_hidden in (False, True):
        view.show_mark(PixelMark(31.5, 23.5, is_hidden))
        image = view.grab().toImage()
        assert image.pixelColor(327, 240).lightness() > 200  # the ring, 7 px around the pixel
        assert (image.pixelColor(320, 240).lightness() < 50) is is_hidden


def test_a_click_names_its_pixel_and_the_wheel_keeps_it_under_the_cursor(qtbot: QtBot) -> None:
    view = picture(qtbot)
    place = QPoint(105, 335)
    assert clicked_pixel(qtbot, view, place) == pytest.approx((10.0, 33.0))
    turn_wheel(view, place, 3)
    assert view.zoom > 1.5
    assert clicked_pixel(qtbot, view, place) == pytest.approx((10.0, 33.0))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=place)
    for shift in (20, 60):
        QTest.mouseMove(view, place + QPoint(shift, 0))
    with qtbot.assertNotEmitted(view.pixel_clicked):
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=place + QPoint(60, 0))
    moved = clicked_pixel(qtbot, view, place + QPoint(60, 0))
    assert moved == pytest.approx((10.0, 33.0), abs=0.5)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=place)
    assert view.zoom == 1
    assert clicked_pixel(qtbot, view, place) == pytest.approx((10.0, 33.0))
    turn_wheel(view, place, -3)
    assert view.zoom == 1


def test_clicks_beside_the_picture_and_on_no_picture_ask_for_nothing(qtbot: QtBot) -> None:
    view = picture(qtbot)
    view.resize(900, 480)
    with qtbot.assertNotEmitted(view.pixel_clicked):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(20, 240))
        view.show_message("No frames.")
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(450, 240))


def test_depth_takes_the_place_of_colours_with_near_dark_and_far_light(qtbot: QtBot) -> None:
    view = picture(qtbot)
    depth_m = np.linspace(1, 4, 32, dtype=np.float32)[None].repeat(24, axis=0)
    valid = np.ones((24, 32), bool)
    valid[:4] = False
    view.show_depth(depth_m, valid, (-0.5, -0.5, 63.5, 47.5))
    assert view.grab().toImage().pixelColor(100, 240).name() == "#000000"
    view.set_depth_shown(True)
    image = view.grab().toImage()
    near, far = image.pixelColor(10, 240), image.pixelColor(500, 240)
    assert near.blue() > near.red()
    assert far.red() > far.blue()
    assert far.lightness() > near.lightness() + 60
    assert image.pixelColor(100, 20).name() == "#000000"
    view.set_depth_shown(False)
    assert _count_colours(view.grab().toImage()) == 1


def _count_colours(image: QImage) -> int:
    return len({image.pixelColor(x, y).name() for x in range(0, 640, 40) for y in (60, 240)})


def test_the_health_list_filters_sorts_and_asks_for_a_frame(qtbot: QtBot) -> None:
    window = FrameHealthWindow()
    qtbot.addWidget(window)
    rows = [
        HealthRow("0", "usable", "", 0.9, 0.012),
        HealthRow("20", "left out", "The pose is not finite (tracking was lost)."),
        HealthRow("100", "usable"),
    ]
    window.open_with("tiny0000_00", rows)
    model = window.table.model()
    texts = [[model.index(row, column).data() for column in range(5)] for row in range(3)]
    assert texts[0] == ["0", "✓ usable", "90 %", "1.2 cm", ""]
    assert texts[1][1] == "✗ left out"
    window.set_row(HealthRow("100", "faulty", "Frame 100 has depth 30 cm off the mesh.", 0.8, 0.3))
    assert model.index(2, 1).data() == "! faulty"
    window.only_faults.setChecked(True)
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["20", "100"]
    place = window.table.visualRect(model.index(1, 4)).center()
    with qtbot.waitSignal(window.frame_chosen) as heard:
        QTest.mouseClick(window.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == ["100"]
    with qtbot.waitSignal(window.closed):
        QTest.keyClick(window, Qt.Key.Key_Escape)
