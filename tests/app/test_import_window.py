"""An own scan in the whole window: asked about, tried, given up, accepted, asked about again."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from whatwhere.scenes.import_choices import ImportChoices, read_choices

if TYPE_CHECKING:
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def own(tmp_path: Path, write_scan: Callable[..., Path]) -> Path:
    """A mesh with frames beside it, whose poses lead from the world to the camera."""
    folder = write_scan(tmp_path / "own", annotation=False, text=False)
    (folder / "tiny0000_00_vh_clean_2.ply").rename(folder / "my room.ply")
    for name, ahead_m in (("0", 0.0), ("100", 0.6)):
        path = folder / "pose" / f"{name}.txt"
        pose = np.loadtxt(path)
        pose[1, 3] += ahead_m
        np.savetxt(path, np.linalg.inv(pose))
        depth_mm = np.full((24, 32), 3000 - ahead_m * 1000, np.uint16)
        Image.fromarray(depth_mm).save(folder / "depth" / f"{name}.png")
    return folder


def test_an_own_scan_opens_as_was_chosen_while_it_was_seen(
    explorer: "Explorer",
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tiny_scan: Path,
    own: Path,
) -> None:
    importing, panel = explorer.importing, explorer.importing.panel
    workspace = explorer.workspace

    def is_still() -> bool:
        return explorer.is_idle

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: workspace.scene is not None and is_still())
        before = workspace.scene
        explorer.window.scene_dropped.emit(str(own))
        await until(lambda: panel.isVisible() and panel.accept_button.isEnabled())
        assert any("No frame sees the mesh" in text for text in panel.said)
        assert "world to camera" in panel.offer.text()
        QTest.mouseClick(panel.cancel, Qt.MouseButton.LeftButton)
        await until(lambda: not panel.isVisible() and is_still())
        assert workspace.scene is before
        assert importing.marks.floor_m is None
        assert read_choices(own) == ImportChoices()

        explorer.window.scene_dropped.emit(str(own))
        await until(lambda: panel.isVisible() and panel.accept_button.isEnabled())
        panel.up.setCurrentIndex(panel.up.findData("+z"))
        panel.up.activated.emit(panel.up.currentIndex())
        QTest.mouseClick(panel.offer, Qt.MouseButton.LeftButton)
        await until(lambda: any("within 0.0 cm" in text for text in panel.said) and is_still())
        await until(panel.accept_button.isEnabled)
        assert panel.offer.isHidden()
        panel.floor.setValue(-1.1)
        assert importing.marks.floor_m == -1.1
        assert workspace.scene is before
        QTest.mouseClick(panel.accept_button, Qt.MouseButton.LeftButton)
        await until(lambda: workspace.scene is not before and is_still())
        assert not panel.isVisible()
        assert workspace.scene is not None
        assert workspace.scene.scene_id == "my room"
        assert read_choices(own) == ImportChoices(
            "camera_from_world", "opencv", 1000.0, None, "+z", -1.1
        )
        camera = workspace.scene.frames[0].world_from_camera
        assert camera is not None
        np.testing.assert_allclose(camera[:3, 3], [0, 0, 1.1], atol=1e-9)

        explorer.window.actions_by_name["scenes.import_choices"].trigger()
        await until(lambda: panel.isVisible() and panel.accept_button.isEnabled())
        assert panel.pose.currentData() == "camera_from_world"
        assert panel.floor.value() == -1.1
        explorer.presenters.scenes.open(tiny_scan)  # instead of an answer
        await until(lambda: not panel.isVisible())
        await until(lambda: workspace.scene is not None and is_still())
        assert workspace.scene.scene_id == "tiny0000_00"

    loop.run_until_complete(scenario())


def test_a_folder_of_scans_is_offered_to_be_listed(
    explorer: "Explorer", loop: asyncio.AbstractEventLoop, until: Until, tiny_scan: Path
) -> None:
    offer = explorer.importing.offer

    async def scenario() -> None:
        explorer.window.scene_dropped.emit(str(tiny_scan.parent))
        await until(lambda: bool(offer.text))
        assert "is no scan, but holds some" in offer.text
        QTest.mouseClick(offer.buttons["list"], Qt.MouseButton.LeftButton)
        rows = explorer.views.scenes.rows.model()
        await until(lambda: rows.rowCount() == 1 and explorer.is_idle)
        assert explorer.settings.value.scan_folders == (str(tiny_scan.parent),)
        assert not offer.text

    loop.run_until_complete(scenario())
