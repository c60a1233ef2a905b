"""The next frame while the 3D view is seen through the camera of one."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_the_camera_follows_the_frames_while_it_looks_through_one(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    async def scenario() -> None:
        workspace, canvas = explorer.workspace, explorer.views.scene.canvas
        control, photo = canvas.camera_control, explorer.inspecting.photo
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        overview = control.pose
        QTest.keyClick(canvas, Qt.Key.Key_J)
        await until(lambda: workspace.frame == "100" and explorer.is_idle)
        assert control.pose == overview  # the frame alone, as long as nobody looks through it
        QTest.keyClick(canvas, Qt.Key.Key_V)
        await until(lambda: photo.is_through and explorer.is_idle)
        eye = control.pose.position
        QTest.keyClick(canvas, Qt.Key.Key_K)
        await until(lambda: workspace.frame == "0" and photo.is_through and explorer.is_idle)
        assert control.pose.position != eye

    loop.run_until_complete(scenario())
