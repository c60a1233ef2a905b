"""What floats over the 3D view never covers each other."""

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from whatwhere_app.views.corners import Corners, Place
from whatwhere_app.views.question_bar import QuestionBar


@pytest.fixture
def beneath(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(900, 400)
    widget.show()
    return widget


def _floating(beneath: QWidget, place: Place, width: int) -> QLabel:
    label = QLabel("floats")
    label.setMinimumWidth(width)
    Corners.over(beneath).add(label, place)
    label.show()
    return label


def test_the_left_one_goes_beneath_the_right_one_where_both_have_no_room(
    beneath: QWidget, qtbot: QtBot
) -> None:
    right = _floating(beneath, Place.TOP_RIGHT, 400)
    left = _floating(beneath, Place.TOP_LEFT, 300)
    qtbot.waitUntil(lambda: left.y() == right.y())
    beneath.resize(620, 400)
    qtbot.waitUntil(lambda: left.y() > right.geometry().bottom())
    beneath.resize(900, 400)
    qtbot.waitUntil(lambda: left.y() == right.y())
    assert not left.geometry().intersects(right.geometry())


def test_bars_across_the_top_stand_below_each_other_while_they_are_shown(
    beneath: QWidget, qtbot: QtBot
) -> None:
    first, second = _floating(beneath, Place.TOP, 10), _floating(beneath, Place.TOP, 10)
    right = _floating(beneath, Place.TOP_RIGHT, 100)
    qtbot.waitUntil(lambda: second.y() == first.height() > 0)
    qtbot.waitUntil(lambda: right.y() > second.geometry().bottom())
    assert first.width() == second.width() == beneath.width()
    first.hide()
    qtbot.waitUntil(lambda: second.y() == 0)


def test_a_sentence_that_becomes_longer_is_laid_out_whole(beneath: QWidget, qtbot: QtBot) -> None:
    bar = QuestionBar()
    Corners.over(beneath).add(bar, Place.TOP)
    bar.ask("Short?", {"yes": "Yes"})
    qtbot.waitUntil(lambda: 0 < bar.height() < 60)
    bar.ask("One of many words? " * 20, {"yes": "Yes"})
    text = bar.findChild(QLabel)
    assert text is not None
    qtbot.waitUntil(lambda: text.height() >= text.heightForWidth(text.width()) > 40)
    assert bar.height() >= text.height()


def test_one_widget_has_one_of_them(beneath: QWidget) -> None:
    assert Corners.over(beneath) is Corners.over(beneath)
