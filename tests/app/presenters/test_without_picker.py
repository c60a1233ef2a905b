"""A scan whose points cannot be found by clicks: said once, and nothing waits for them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import MagicMock

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Mesh
from whatwhere_app.presenters.scene_view import ScenePresenter
from whatwhere_app.presenters.shown_mesh import MeshTools
from whatwhere_app.render.proxy import cluster
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.workspace import Workspace

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_clicks_do_not_wait_for_a_picker_that_failed(tiny_scan: Path, until: Until) -> None:
    def fail(mesh: Mesh) -> None:
        raise MemoryError

    view, workspace, board = MagicMock(), Workspace(), TaskBoard()
    told: list[Notice] = []
    board.noticed.connect(told.append)
    presenter = ScenePresenter(
        view,
        MagicMock(),
        workspace,
        board,
        tools=MeshTools(
            ceiling_height=lambda mesh: None,
            extent=lambda mesh, ceiling_m: Box.from_points(mesh.vertices),
            merge=lambda mesh, num_faces: cluster(mesh, num_faces=num_faces),
            stand_ins=lambda mesh: (),
            picker=fail,
        ),
    )

    async def scenario() -> None:
        workspace.set_scene(open_scene(tiny_scan))
        await until(lambda: bool(told) and not presenter.is_busy)

    asyncio.run(scenario())
    view.set_picker.assert_called_once_with(None)
    assert "cannot be found by clicks (MemoryError)" in told[0].text
