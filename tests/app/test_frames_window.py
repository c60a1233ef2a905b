"""Frames and room in the whole window: a point in both, and the room through a frame's camera."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from whatwhere.geometry.cameras import project
from whatwhere_app.composition import Explorer
from whatwhere_app.render.frustums import frustum_edges
from whatwhere_app.render.picking import screen_ray
from whatwhere_app.views.photo_overlay import photo_place

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_a_point_is_marked_in_room_and_frames_until_escape(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    async def scenario() -> None:
        workspace, panel = explorer.workspace, explorer.views.frame
        canvas = explorer.views.scene.canvas
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        picture = panel.picture
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=picture.rect().center())
        await until(lambda: workspace.mark is not None and explorer.is_idle)
        assert "3.00 m by the depth image, 3.00 m by the mesh" in panel.note
        QTest.keyClick(canvas, Qt.Key.Key_J)
        await until(lambda: workspace.frame == "100" and explorer.is_idle)
        assert "The marked point is 3.00 m away here" in panel.note
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert workspace.mark is None
        assert panel.note == ""
        # The other way: a click on the scan selects its object and marks the point.
        assert workspace.scene is not None
        item = workspace.scene.object_by_id(5)
        assert item is not None
        assert item.box is not None
        explorer.views.scene.looks.look_at(item.box)
        focal = canvas.camera_control
        await until(lambda: focal.pose.focal_point == pytest.approx(item.box.center))
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
        await until(lambda: workspace.mark is not None and explorer.is_idle)
        assert workspace.mark is not None
        assert workspace.mark.frame is None
        np.testing.assert_allclose(workspace.mark.point, item.box.center, atol=0.05)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert workspace.mark is None
        assert workspace.selection is None
        await until(lambda: explorer.is_idle)

    loop.run_until_complete(scenario())


def test_through_a_frames_camera_room_and_photo_lie_on_each_other(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    async def scenario() -> None:
        workspace, view = explorer.workspace, explorer.views.scene
        control, overlay = view.canvas.camera_control, explorer.inspecting.photo_overlay
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        assert workspace.scene is not None
        before = control.pose
        frame = workspace.scene.read_frame(workspace.scene.frames[0])
        edges = frustum_edges(frame.color_camera, frame.world_from_camera)
        QTest.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, pos=_on_screen(explorer, edges))
        await until(lambda: overlay.fader.isVisible() and explorer.is_idle)
        assert not overlay.isVisible()  # off by default
        explorer.window.actions_by_name["frame.photo"].trigger()
        assert overlay.isVisible()
        item = workspace.scene.object_by_id(1)
        assert item is not None
        assert item.box is not None
        corners = item.box.corners()
        pixels, _ = project(corners, frame.color_camera, frame.world_from_camera)
        place = photo_place(frame.color_camera, view.canvas.width(), view.canvas.height())
        scale = np.array([place.width(), place.height()]) / [64, 48]
        spots = (pixels + 0.5) * scale + [place.left(), place.top()]
        ratio = view.canvas.devicePixelRatioF()
        for spot, corner in zip(spots, corners, strict=True):
            near, far = screen_ray(view.canvas, *(spot * ratio - 0.5))
            along = (far - near) / np.linalg.norm(far - near)
            beside_m = np.linalg.norm(np.cross(corner - near, along))
            assert beside_m < 1e-3
        QTest.keyClick(view.canvas, Qt.Key.Key_Backspace)
        await until(lambda: control.pose == before and not overlay.fader.isVisible())
        assert not overlay.isVisible()
        await until(lambda: explorer.is_idle)

    loop.run_until_complete(scenario())


def _on_screen(explorer: Explorer, edges: np.ndarray) -> QPoint:
    """Where the 3D view shows the middle of a frustum's upper side."""
    canvas = explorer.views.scene.canvas
    canvas.renderer.SetWorldPoint(*edges[4].mean(axis=0), 1.0)
    canvas.renderer.WorldToDisplay()
    x_px, y_px, _ = canvas.renderer.GetDisplayPoint()
    ratio = canvas.devicePixelRatioF()
    return QPoint(round(x_px / ratio), round(canvas.height() - y_px / ratio))
