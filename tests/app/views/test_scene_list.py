"""Searching for a scene by keys alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from whatwhere_app.view_values import Row
from whatwhere_app.views.scene_list import SceneList


@pytest.fixture
def scenes(qtbot: QtBot) -> SceneList:
    view = SceneList()
    qtbot.addWidget(view)
    view.resize(240, 300)
    view.show()
    view.set_rows([Row("/a", "Bedroom"), Row("/b", "Kitchen")])
    return view


def test_enter_opens_what_was_found_and_leaves_the_search_line(
    scenes: SceneList, qtbot: QtBot
) -> None:
    scenes.start_search()
    QTest.keyClicks(scenes.search, "kitchen")
    scenes.set_rows([Row("/b", "Kitchen")])
    with qtbot.waitSignal(scenes.scene_chosen) as heard:
        QTest.keyClick(scenes.search, Qt.Key.Key_Return)
    assert heard.args == ["/b"]
    assert scenes.search.text() == ""
    assert scenes.focusWidget() is scenes.rows


def test_the_down_key_goes_from_the_search_line_to_the_scenes(scenes: SceneList) -> None:
    scenes.start_search()
    QTest.keyClick(scenes.search, Qt.Key.Key_Down)
    assert scenes.focusWidget() is scenes.rows
