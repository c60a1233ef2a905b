"""Palette, help and exports in the whole window, with keys as a user presses them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_the_palette_runs_what_is_typed_and_gives_the_focus_back(explorer: Explorer) -> None:
    canvas, palette = explorer.views.scene.canvas, explorer.comforts.palette
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert palette.isVisible()
    QTest.keyClicks(palette.line, "light")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert explorer.settings.value.theme == "light"
    assert palette.isHidden()
    assert canvas.hasFocus()
    QTest.keyClick(canvas, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert palette.line.text() == ""
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert palette.isHidden()
    assert canvas.hasFocus()


def test_help_comes_by_its_keys(explorer: Explorer, qtbot: QtBot) -> None:
    canvas, window = explorer.views.scene.canvas, explorer.comforts.help_window
    QTest.keyClick(canvas, Qt.Key.Key_F1)
    assert "What the modalities mean" in window.page.toPlainText()
    window.page_wanted.emit("keys")
    assert "Ctrl+E" in window.page.toPlainText()
    window.close()


def test_export_says_what_is_missing_and_how_large_the_picture_gets(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    panel = explorer.comforts.export_panel
    QTest.keyClick(explorer.views.scene.canvas, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert panel.isVisible()
    panel.save.click()
    assert panel.report == "Open a scene first."

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        path = tiny_scan.parent / "figure.png"
        explorer.comforts.exports.export("png", path, scale=2)
        await until(lambda: not explorer.comforts.exports.is_busy)
        assert path.is_file()
        assert str(path) in panel.report

    loop.run_until_complete(scenario())
    panel.close()


def test_a_report_is_shown_before_it_is_saved(explorer: Explorer, tmp_path: Path) -> None:
    explorer.window.actions_by_name["help.report"].trigger()
    window = explorer.comforts.report_window
    assert window.isVisible()
    assert "opengl renderer" in "".join(
        part.data.decode() for part in explorer.comforts.report.parts
    )
    explorer.comforts.report.save(tmp_path / "report.zip")
    assert str(tmp_path / "report.zip") in window.report
    window.close()
