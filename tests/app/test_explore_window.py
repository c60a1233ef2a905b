"""What the Explore layout tells of a scene and of an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_the_status_bar_tells_what_the_scene_holds(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        assert explorer.views.status.scene_text == "3 objects · 3 frames · aligned"
        explorer.workspace.set_scene(None)
        assert explorer.views.status.scene_text == ""

    loop.run_until_complete(scenario())
