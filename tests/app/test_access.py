"""The whole window by keyboard and by screen reader."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QLabel,
    QMenu,
    QMenuBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def focusable(root: QWidget) -> list[QWidget]:
    """Everything beneath a window that takes the keyboard, whether it is shown or not."""
    inner = ("qt_", "ScrollLeftButton", "ScrollRightButton")
    return [
        widget
        for widget in root.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not widget.objectName().startswith(inner)
        and not isinstance(widget, QMenuBar)
        and widget.focusProxy() is None
        and not isinstance(widget.window(), QFrame | QMenu)  # a popup, named by what opens it
    ]


def said(widget: QWidget) -> str:
    """What a screen reader calls it."""
    text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    return widget.accessibleName() or text


def describe(widget: QWidget) -> str:
    """Enough to find it in the sources."""
    parent = widget.parentWidget()
    return f"{type(widget).__name__} {widget.objectName()!r} in {type(parent).__name__}"


def test_every_control_has_a_name_and_is_reached_by_tab(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        controls = focusable(explorer.window)
        assert len(controls) > 10
        assert [describe(widget) for widget in controls if not said(widget)] == []
        clicked_only = [
            describe(widget)
            for widget in controls
            if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        assert clicked_only == []

    loop.run_until_complete(scenario())


def test_tab_walks_through_every_panel_and_comes_back(explorer: Explorer) -> None:
    views = explorer.views
    start = views.query.line
    start.setFocus()
    met: list[QWidget] = []
    for _ in range(60):
        now = QApplication.focusWidget()
        assert now is not None
        if met and now is start:
            break
        met.append(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
    else:
        pytest.fail(f"the focus never came back: {[describe(widget) for widget in met]}")
    for panel in (views.scenes, views.expressions, views.scene, views.query, views.answer):
        assert any(panel is widget or panel.isAncestorOf(widget) for widget in met), panel


def test_the_3d_view_shows_that_it_has_the_keyboard(explorer: Explorer, qtbot: QtBot) -> None:
    explorer.views.query.line.setFocus()
    strips = explorer.views.scene.findChildren(QWidget, "focusRing")
    assert len(strips) == 4
    qtbot.waitUntil(lambda: not any(strip.isVisible() for strip in strips))
    explorer.views.scene.canvas.setFocus()
    qtbot.waitUntil(lambda: all(strip.isVisible() for strip in strips))
