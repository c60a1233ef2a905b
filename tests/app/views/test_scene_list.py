"""Searching for a scene by keys alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from whatwhere_app.view_values import PartMark, Row
from whatwhere_app.views.scene_filters import SceneFilters
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


def test_filters_are_offered_only_where_scans_are_listed(scenes: SceneList, qtbot: QtBot) -> None:
    filters = SceneFilters([("mesh", "Mesh", "has a mesh"), ("frames", "Frames", "has frames")])
    scenes.add_filters(filters)
    assert not filters.isVisible()
    scenes.set_filters_shown(True)
    assert filters.isVisible()
    with qtbot.waitSignal(scenes.filtered) as heard:
        filters.buttons["frames"].click()
    assert heard.args == [frozenset({"frames"})]
    with qtbot.waitSignal(scenes.filtered) as heard:
        scenes.set_filters_shown(False)
    assert heard.args == [frozenset()]


def test_of_a_whole_data_set_only_rows_in_sight_are_told(scenes: SceneList, qtbot: QtBot) -> None:
    rows = [Row(f"/{number}", f"scene{number:04d}_00") for number in range(1513)]
    with qtbot.waitSignal(scenes.in_sight) as heard:
        scenes.set_rows(rows)
    assert heard.args is not None
    assert heard.args[0][0] == "/0"
    assert len(heard.args[0]) < 20
    bar = scenes.rows.verticalScrollBar()

    def is_last(keys: list[str]) -> bool:
        return keys[-1] == "/1512" and len(keys) < 20

    with qtbot.waitSignal(scenes.in_sight, check_params_cb=is_last):
        bar.setValue(bar.maximum())


def test_what_a_scan_lacks_is_said_and_its_folder_can_be_taken_off(
    scenes: SceneList, qtbot: QtBot
) -> None:
    parts = (PartMark("mesh", True), PartMark("frames", False))
    row = Row("/s", "scene0001_00", hint="why", is_listed=True, parts=parts)
    scenes.set_rows([row])
    index = scenes.rows.model().index(0, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "scene0001_00 (mesh; without frames)"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "why"
    actions = {action.text(): action for action in scenes.menu_for(row).actions()}
    assert list(actions) == ["Open", "Pin", "List this folder of scans no more"]
    with qtbot.waitSignal(scenes.folder_removed) as heard:
        actions["List this folder of scans no more"].trigger()
    assert heard.args == ["/s"]
