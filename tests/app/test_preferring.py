"""Keys and settings in the whole window, changed as a user changes them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

LEFT = Qt.MouseButton.LeftButton


def test_a_pressed_key_runs_the_chosen_command_from_then_on(
    explorer: Explorer, qtbot: QtBot
) -> None:
    canvas, panel = explorer.views.scene.canvas, explorer.preferring.keys_panel
    ceiling = explorer.window.actions_by_name["show.ceiling"]
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Question)
    assert panel.isVisible()
    panel.choose("show.ceiling")
    QTest.keyClick(panel.key, Qt.Key.Key_F9)
    QTest.mouseClick(panel.give, LEFT)
    assert "F9" in panel.said
    panel.close()
    explorer.window.activateWindow()
    qtbot.waitActive(explorer.window)
    canvas.setFocus()
    with qtbot.waitSignal(ceiling.toggled, timeout=5000):
        QTest.keyClick(canvas, Qt.Key.Key_F9)


def test_a_key_in_use_is_refused_in_the_panel(explorer: Explorer) -> None:
    panel = explorer.preferring.keys_panel
    explorer.window.actions_by_name["help.keys"].trigger()
    panel.search.setText("ceiling")
    panel.choose("show.ceiling")
    QTest.keyClick(panel.key, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseClick(panel.give, LEFT)
    assert "already belongs to “Open scene folder…”" in panel.said
    QTest.mouseClick(panel.remove, LEFT)
    assert explorer.window.actions_by_name["show.ceiling"].shortcuts() == []
    QTest.mouseClick(panel.reset_all, LEFT)
    assert explorer.window.actions_by_name["show.ceiling"].shortcut().toString() == "C"
    panel.close()


def test_the_settings_panel_changes_the_theme_at_once_and_remembers_the_rest(
    explorer: Explorer,
) -> None:
    canvas, panel = explorer.views.scene.canvas, explorer.preferring.settings_panel
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert panel.isVisible()
    theme, samples = panel.boxes["theme"], panel.boxes["multi_samples"]
    theme.setCurrentIndex(theme.findData("light"))
    theme.activated.emit(theme.currentIndex())
    assert explorer.settings.value.theme == "light"
    assert explorer.window.grab().toImage().pixelColor(5, 400).lightness() > 128
    samples.setCurrentIndex(samples.findData("4"))
    samples.activated.emit(samples.currentIndex())
    assert explorer.settings.value.multi_samples == 4
    assert "next start" in panel.said
    panel.close()


def test_a_question_does_not_push_the_panels_aside(explorer: Explorer) -> None:
    question, window = explorer.comforts.question, explorer.window
    before = explorer.views.answer.width()
    for _ in range(3):
        question.ask("Shall it come back?", {"yes": "Restore", "no": "Start clean"})
        QApplication.processEvents()
    assert list(question.buttons) == ["yes", "no"]
    assert explorer.views.answer.width() == before
    heard: list[str] = []
    question.answered.connect(heard.append)
    QTest.mouseClick(question.buttons["no"], LEFT)
    assert heard == ["no"]
    question.hide()
    assert window.isVisible()
