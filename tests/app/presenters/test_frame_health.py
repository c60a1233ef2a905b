"""The list of frames: at once with what the headers say, then with what the pixels say."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
from PIL import Image

from whatwhere.scenes.opening import open_scene
from whatwhere_app.presenters.frame_health import FrameHealthPresenter
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def test_every_frame_is_listed_checked_and_looked_at(tiny_scan: Path, until: Until) -> None:
    view, workspace, board = MagicMock(), Workspace(), TaskBoard()
    color = tiny_scan / "color" / "0.jpg"
    color.write_bytes(color.read_bytes()[:700])
    Image.fromarray(np.full((24, 32), 2000, np.uint16)).save(tiny_scan / "depth" / "100.png")
    titles: list[str] = []
    board.jobs_changed.connect(lambda: titles.extend(job.title for job in board.jobs))

    async def scenario() -> None:
        presenter = FrameHealthPresenter(view, workspace, board)
        presenter.open()
        assert "Open a scene" in view.show_summary.call_args.args[0]
        workspace.set_scene(open_scene(tiny_scan))
        presenter.open()
        title, rows = view.open_with.call_args.args
        assert title == "tiny0000_00"
        assert [(row.name, row.state) for row in rows] == [
            ("0", "usable"),
            ("20", "left out"),
            ("100", "usable"),
        ]
        assert rows[1].fault == "The pose is not finite (tracking was lost)."
        await until(lambda: not presenter.is_busy)
        presenter.on_frame_chosen("20")
        assert workspace.frame is None
        presenter.on_frame_chosen("100")
        assert workspace.frame == "100"

    asyncio.run(scenario())
    found = {call.args[0].name: call.args[0] for call in view.set_row.call_args_list}
    assert found["0"].state == "left out"
    assert found["0"].fault.startswith("It cannot be read (color/0.jpg: ")
    assert found["100"].state == "faulty"
    assert found["100"].depth_error_m is not None
    assert abs(found["100"].depth_error_m - 1) < 0.01
    assert view.show_summary.call_args.args[0] == ("2 frames checked: 2 of 3 left out, 1 faulty.")
    assert set(titles) == {"Checking frames"}


def test_closing_the_list_ends_the_check(tiny_scan: Path, until: Until) -> None:
    view, workspace, board = MagicMock(), Workspace(), TaskBoard()

    async def scenario() -> None:
        presenter = FrameHealthPresenter(view, workspace, board)
        workspace.set_scene(open_scene(tiny_scan))
        presenter.open()
        presenter.on_closed()
        await until(lambda: not presenter.is_busy and not board.jobs)

    asyncio.run(scenario())
    view.set_row.assert_not_called()


def test_another_scene_empties_the_list(tiny_scan: Path, until: Until) -> None:
    view, workspace, board = MagicMock(), Workspace(), TaskBoard()

    async def scenario() -> None:
        presenter = FrameHealthPresenter(view, workspace, board)
        workspace.set_scene(open_scene(tiny_scan))
        presenter.open()
        await until(lambda: not presenter.is_busy)
        view.clear.reset_mock()
        workspace.set_scene(open_scene(tiny_scan))

    asyncio.run(scenario())
    view.clear.assert_called_once()
    assert "has changed" in view.show_summary.call_args.args[0]
