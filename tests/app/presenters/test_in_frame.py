"""`2d-frame` in the window: asked for, drawn, and gone with what it was about."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from whatwhere.language.expressions import Expression
from whatwhere.models.frame_grounding import FrameGrounding
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.in_frame import InFramePresenter
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import DARK
from whatwhere_app.view_values import PixelRegion
from whatwhere_app.views.frame_view import FrameView
from whatwhere_app.workspace import Workspace

Until = Callable[[Callable[[], bool]], Awaitable[None]]
MASK = np.arange(16).reshape(4, 4) == 5  # row 1, column 1


class FakeView:
    def __init__(self) -> None:
        self.region: PixelRegion | None = None

    def show_region(self, region: PixelRegion | None) -> None:
        self.region = region


@pytest.fixture
def scene(write_scan: Callable[..., Path], tmp_path: Path) -> Scene:
    return open_scene(write_scan(tmp_path))


def answer(frame: str) -> FrameGrounding:
    return FrameGrounding(frame, (64, 48), np.log(np.where(MASK, 0.85, 0.01)), MASK)


def test_it_is_asked_for_and_goes_with_frame_and_sentence(
    scene: Scene, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    view, workspace = FakeView(), Workspace()
    asked: list[tuple[str, str]] = []
    enabled: list[bool] = []

    async def ask(of: Scene, text: str, frame: str, on_progress: Any) -> FrameGrounding:
        asked.append((text, frame))
        on_progress(1, 1, "looking at frame 1 of 1")
        return answer(frame)

    presenter = InFramePresenter(view, workspace, TaskBoard(), ask=ask, set_enabled=enabled.append)
    presenter.ask()
    assert (asked, enabled[-1]) == ([], False)

    async def scenario() -> None:
        workspace.set_scene(scene)
        workspace.set_expression(Expression.typed(scene.scene_id, "the chair"))
        workspace.set_frame("0")
        assert enabled[-1]
        presenter.ask()
        await until(lambda: not presenter.is_busy)
        assert asked == [("the chair", "0")]
        assert view.region is not None
        assert view.region.box_px == (15.5, 11.5, 31.5, 23.5)
        workspace.set_frame("100")
        assert view.region is None
        # What is no longer in view when its answer comes is not drawn.
        presenter.ask()
        workspace.set_frame("0")
        await until(lambda: not presenter.is_busy)
        assert view.region is None

    loop.run_until_complete(scenario())


def test_a_region_is_drawn_in_grey_over_its_patches(qtbot: QtBot) -> None:
    view = FrameView()
    qtbot.addWidget(view)
    view.resize(256, 192)
    view.set_theme(DARK)
    view.show_frame(np.zeros((48, 64, 3), np.uint8))
    black = view.grab().toImage().pixelColor(96, 72)
    view.show_region(PixelRegion(MASK, answer("0").box_px, "2D frame"))
    picture = view.grab().toImage()
    inside, outside = picture.pixelColor(96, 72), picture.pixelColor(200, 150)
    assert black == QColor(0, 0, 0)
    assert inside.lightness() > 50
    assert outside == black
    view.show_region(None)
    assert view.grab().toImage().pixelColor(96, 72) == black
