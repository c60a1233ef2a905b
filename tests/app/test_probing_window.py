"""The Probe menu in the window: a row, the new box beside the old, the drawer."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_a_probe_from_the_menu_gives_a_row_and_a_box(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, tiny_scan: Path, until: Until
) -> None:
    actions, panel = explorer.window.actions_by_name, explorer.probing.panel
    canvas = explorer.views.scene.canvas

    async def scenario() -> None:
        explorer.presenters.scenes.open(tiny_scan)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
        assert not panel.isVisible()
        explorer.presenters.query.on_submitted("the office chair left of the office chair")
        await until(lambda: bool(explorer.workspace.answers) and explorer.is_idle)
        actions["probe.mirror"].trigger()
        assert panel.isVisible()
        assert actions["probe.panel"].isChecked()
        await until(lambda: explorer.is_idle)
        row = next(row for row in panel.table.rows if row.key == "mirror")
        assert row.texts[0] == "\N{CHECK MARK}"
        assert row.texts[-1] == "Prediction moved."
        assert panel.table.selected_keys == ["mirror"]
        assert "of default chose office chair 1" in panel.head
        assert "probe/after" in canvas.actors
        actions["show.relations"].trigger()
        assert [name for name in canvas.actors if name.startswith("ruler/")]
        actions["show.relations"].trigger()
        assert not [name for name in canvas.actors if name.startswith("ruler/")]
        actions["probe.panel"].trigger()
        assert not panel.isVisible()
        assert "probe/after" not in canvas.actors  # its row is not in sight
        actions["probe.panel"].trigger()
        assert "probe/after" in canvas.actors
        explorer.workspace.set_expression(None)
        assert "probe/after" not in canvas.actors
        await until(lambda: explorer.is_idle)

    loop.run_until_complete(scenario())
