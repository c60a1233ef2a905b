"""Views in both directions: set a value and look, use the widget and listen."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from whatwhere_app.theme import DARK, LIGHT
from whatwhere_app.view_values import (
    CandidateRow,
    FrameTile,
    JobRow,
    ModalityRows,
    Overlay,
    Row,
)
from whatwhere_app.views.answer_panel import AnswerPanel
from whatwhere_app.views.expression_list import ExpressionList
from whatwhere_app.views.frame_strip import FrameStrip
from whatwhere_app.views.frame_view import FrameView
from whatwhere_app.views.layer_chips import LayerChips
from whatwhere_app.views.notice_bar import NoticeBar
from whatwhere_app.views.query_bar import QueryBar
from whatwhere_app.views.status_line import StatusLine

SEGMENT = (((2.0, 2.0), (60.0, 2.0)),)


def test_the_query_bar_runs_cancels_and_finds_earlier_sentences(qtbot: QtBot) -> None:
    bar = QueryBar()
    qtbot.addWidget(bar)
    bar.show()
    QTest.keyClicks(bar.line, "the chair")
    with qtbot.waitSignal(bar.submitted) as heard:
        QTest.keyClick(bar.line, Qt.Key.Key_Return)
    assert heard.args == ["the chair"]
    bar.set_history(["the sofa", "the chair"])
    QTest.keyClick(bar.line, Qt.Key.Key_Up)
    QTest.keyClick(bar.line, Qt.Key.Key_Up)
    assert bar.line.text() == "the sofa"
    bar.set_busy(True)
    assert bar.button.text() == "Cancel"
    with qtbot.waitSignal(bar.cancel_requested):
        QTest.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    bar.set_busy(False)
    with qtbot.waitSignal(bar.submitted):
        QTest.mouseClick(bar.button, Qt.MouseButton.LeftButton)


def test_the_query_bar_offers_sentences_with_the_typed_letters(qtbot: QtBot) -> None:
    bar = QueryBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.set_known(["the lamp on the Desk", "the chair"])
    offers = bar.line.completer()
    QTest.keyClicks(bar.line, "desk")
    qtbot.waitUntil(lambda: offers.popup().isVisible())
    assert [offers.completionModel().index(0, 0).data()] == ["the lamp on the Desk"]
    assert offers.completionCount() == 1
    with qtbot.waitSignal(bar.submitted) as heard:
        QTest.keyClick(offers.popup(), Qt.Key.Key_Return)
    assert heard.args == ["desk"]


def test_a_long_note_is_shortened_and_moves_nothing(qtbot: QtBot) -> None:
    bar = QueryBar()
    qtbot.addWidget(bar)
    bar.resize(500, bar.sizeHint().height())
    bar.show()
    height = bar.sizeHint().height()
    warning = "The model never saw this word; it reads an unknown one instead. " * 8
    bar.set_note(warning, is_warning=True)
    (shown,) = [label for label in bar.findChildren(QLabel) if label.toolTip() == warning]
    assert shown.text().endswith("…")
    assert warning.startswith(shown.text()[:-1])
    assert shown.heightForWidth(shown.width()) <= shown.height()
    assert bar.sizeHint().height() == height
    bar.set_note("One note.")
    assert shown.text() == bar.note == "One note."
    assert bar.sizeHint().height() == height


def test_a_row_is_chosen_by_click_and_by_arrow_and_asked_by_enter(qtbot: QtBot) -> None:
    view = ExpressionList()
    qtbot.addWidget(view)
    view.resize(240, 300)
    view.show()
    view.show_expressions([Row(str(i), f"the chair {i} " * 9, "chair 3") for i in range(3)])
    with qtbot.waitSignal(view.expression_chosen) as heard:
        place = view.visualRect(view.model().index(1, 0)).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == [1]
    with qtbot.waitSignal(view.expression_chosen) as heard:
        QTest.keyClick(view, Qt.Key.Key_Down)
    assert heard.args == [2]
    with qtbot.waitSignal(view.expression_asked) as heard:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert heard.args == [2]
    with qtbot.assertNotEmitted(view.expression_chosen):
        view.set_current(0)
    assert view.currentIndex().row() == 0


def test_rows_wrap_anew_when_the_list_becomes_narrower(qtbot: QtBot) -> None:
    view = ExpressionList()
    qtbot.addWidget(view)
    view.resize(600, 300)
    view.show()
    view.show_expressions([Row("0", "the chair " * 7, "chair 3")])
    first = view.model().index(0, 0)
    height_wide = view.visualRect(first).height()
    view.resize(240, 300)
    qtbot.waitUntil(lambda: view.visualRect(first).height() > height_wide)


def test_a_chip_keeps_its_short_name_when_its_layer_is_toggled(qtbot: QtBot) -> None:
    action = QAction("3D only")
    action.setCheckable(True)
    chips = LayerChips({"3d": action})
    qtbot.addWidget(chips)
    chips.set_theme(DARK)
    button = chips.findChild(QToolButton)
    assert button is not None
    action.toggle()
    action.setToolTip("also a change")
    assert button.text().strip() == "3D"
    assert action.text() == "3D only"


def test_candidates_are_listed_chosen_and_marked(qtbot: QtBot) -> None:
    panel = AnswerPanel()
    qtbot.addWidget(panel)
    panel.resize(340, 400)
    panel.set_theme(LIGHT)
    panel.show()
    rows = (
        CandidateRow(0, "chair 3", 0.7, -0.36, 1.0, is_target=True),
        CandidateRow(1, "chair 1", 0.3, -1.2, 0.0),
    )
    panel.show_answer("Right.", [ModalityRows("fused", rows), ModalityRows("2d", rows[1:])])
    model = panel.tree.model()
    fused = model.index(0, 0)
    texts = [model.index(0, column, fused).data() for column in range(5)]
    assert texts == ["1  chair 3  ✓", "", "0.70", "\N{MINUS SIGN}0.4", "1.00"]
    place = panel.tree.visualRect(model.index(0, 0, model.index(1, 0))).center()
    with qtbot.waitSignal(panel.candidate_chosen) as heard:
        QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == ["2d", 1]
    panel.set_current("fused", 1)
    assert panel.tree.currentIndex().data() == "2  chair 1"
    assert panel.verdict_text == "Right."


def test_a_tile_asks_for_its_picture_once_and_is_chosen(qtbot: QtBot) -> None:
    strip = FrameStrip()
    qtbot.addWidget(strip)
    strip.resize(500, 150)
    wanted: list[str] = []
    strip.sight_changed.connect(lambda names, lacking: wanted.extend(lacking))
    strip.show_tiles([FrameTile("7", "7 · 4 %"), FrameTile("20", "20")])
    with qtbot.waitExposed(strip):
        strip.show()
    qtbot.waitUntil(lambda: sorted(wanted) == ["20", "7"])
    strip.set_thumbnail("7", np.full((48, 64, 3), 200, np.uint8), full_width_px=64)
    strip.set_overlays({"7": [Overlay("2d", SEGMENT)]})
    strip.grab()
    assert len(wanted) == 2
    with qtbot.waitSignal(strip.frame_chosen) as heard:
        place = strip.rect_of("7").center()
        QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == ["7"]


def test_boxes_lie_where_they_belong_in_the_picture(qtbot: QtBot) -> None:
    view = FrameView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.set_theme(DARK)
    view.show_frame(np.zeros((48, 64, 3), np.uint8))
    view.show_overlays([Overlay("gt", SEGMENT), Overlay(None, (((2.0, 40.0), (60.0, 40.0)),))])
    image = view.grab().toImage()
    assert image.pixelColor(320, 25).name() == DARK.strokes["gt"].color
    assert image.pixelColor(320, 405).name() == DARK.highlight
    assert image.pixelColor(320, 200).name() == "#000000"
    view.show_message("No frames.")
    assert view.grab().toImage().pixelColor(320, 25).name() != DARK.strokes["gt"].color


def test_the_first_job_is_shown_and_can_be_cancelled(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.show()
    line.show_jobs([JobRow(4, "Preparing: frame 3 of 10", 0.3, True), JobRow(5, "b", None, False)])
    with qtbot.waitSignal(line.cancel_requested) as heard:
        QTest.mouseClick(line.cancel_button, Qt.MouseButton.LeftButton)
    assert heard.args == [4]
    line.show_jobs([])
    assert not line.cancel_button.isVisible()


def test_a_notice_offers_its_remedy(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    assert bar.text == ""
    bar.show_notice("The host died.", level="error", can_restart=True)
    with qtbot.waitSignal(bar.restart_requested):
        QTest.mouseClick(bar.restart_button, Qt.MouseButton.LeftButton)
    bar.show_notice("No frames.", level="warning", can_restart=False)
    assert bar.text == "No frames."
    assert not bar.restart_button.isVisible()
    bar.clear()
    assert bar.text == ""
