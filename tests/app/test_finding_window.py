"""A scan with nothing annotated in the whole window: its candidates come from its geometry."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from whatwhere.demo.shipped import shipped_rooms

if TYPE_CHECKING:
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A demo room without its annotation, and with two of its frames."""
    shipped = shipped_rooms()[0].path
    folder = tmp_path / shipped.name
    folder.mkdir()
    wanted = [shipped / f"{shipped.name}{name}" for name in ("_vh_clean_2.ply", ".txt")]
    wanted += (shipped / "intrinsic").iterdir()
    wanted += [path for name in ("0", "1") for path in shipped.glob(f"*/{name}.*")]
    for path in wanted:
        place = folder / path.relative_to(shipped)
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(path)
    return folder


def test_candidates_are_offered_found_asked_and_remembered(
    explorer: "Explorer",
    loop: asyncio.AbstractEventLoop,
    until: Until,
    plain: Path,
    tiny_scan: Path,
) -> None:
    workspace, offer = explorer.workspace, explorer.finding.offer
    switch = explorer.window.actions_by_name["box.find"]
    note = explorer.choosing.overlay

    async def opened(path: Path) -> None:
        before = workspace.scene
        explorer.presenters.scenes.open(path)
        await until(lambda: workspace.scene is not before and explorer.is_idle)

    async def scenario() -> None:
        await opened(plain)
        assert "Nothing is annotated here" in offer.text
        QTest.mouseClick(offer.buttons["find"], Qt.MouseButton.LeftButton)
        await until(lambda: workspace.found is not None and explorer.is_idle)
        assert workspace.found is not None
        count = len(workspace.found.boxes)
        assert count > 5
        assert switch.isChecked()
        assert note.note == f"{count} candidates · boxes from geometry"
        explorer.presenters.query.on_submitted("the chair")
        await until(lambda: bool(workspace.answers) and explorer.is_idle)
        (answers,) = workspace.answers.values()
        assert answers.box_source == "geometric"
        assert len(answers.groundings["fused"].candidates) == count
        await opened(tiny_scan)
        assert workspace.found is None
        assert not offer.text
        assert not switch.isChecked()
        await opened(plain)
        assert workspace.found is not None
        assert not offer.text
        switch.trigger()
        assert workspace.found is None

    loop.run_until_complete(scenario())
