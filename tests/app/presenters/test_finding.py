"""Candidates from geometry: found in a thread, given up, and measured against the annotation."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from whatwhere.demo.shipped import shipped_rooms
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.finding import FindingPresenter, OnStep
from whatwhere_app.presenters.user_boxes import user_boxes_of
from whatwhere_app.services.found_candidates import find_candidates
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Drawn, Found, UserBox

Until = Callable[[Callable[[], bool]], Awaitable[None]]
BOX = Box((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


@pytest.mark.usefixtures("qapp")
def test_a_search_that_is_cancelled_leaves_the_annotation(tiny_scan: Path, until: Until) -> None:
    has_begun = threading.Event()

    def find(scene: Scene, on_step: OnStep) -> Found:
        has_begun.set()
        while True:  # until the step after the cancel
            on_step(1, 2, "looking for pieces")

    async def scenario() -> None:
        workspace, board = Workspace(), TaskBoard()
        switches = MagicMock()
        presenter = FindingPresenter(MagicMock(), switches, workspace, board, find=find)
        workspace.set_scene(open_scene(tiny_scan))
        presenter.set_wanted(True)
        await until(has_begun.is_set)
        (job,) = board.jobs
        board.cancel(job.number)
        await until(lambda: not presenter.is_busy)
        assert workspace.found is None
        switches.set_checked.assert_called_with("box.find", False)

    asyncio.run(scenario())


@pytest.mark.usefixtures("qapp")
def test_where_nothing_stands_apart_that_is_said(tiny_scan: Path, until: Until) -> None:
    async def scenario() -> list[str]:
        workspace, board = Workspace(), TaskBoard()
        said: list[str] = []
        board.noticed.connect(lambda notice: said.append(notice.text))
        presenter = FindingPresenter(
            MagicMock(), MagicMock(), workspace, board, find=lambda *_: Found(())
        )
        workspace.set_scene(open_scene(tiny_scan))
        presenter.set_wanted(True)
        await until(lambda: bool(said))
        assert workspace.found is None
        return said

    assert "No candidates were found" in asyncio.run(scenario())[0]


def test_how_much_of_the_annotation_is_reached_is_counted() -> None:
    steps: list[str] = []
    scene = open_scene(shipped_rooms()[0].path)
    found = find_candidates(scene, lambda done, total, what: steps.append(f"{done}/{total} {what}"))
    assert found.num_objects == sum(item.box is not None for item in scene.objects)
    assert found.num_objects // 3 < found.num_reached[0] <= found.num_objects
    assert found.num_reached[1] <= found.num_reached[0]
    assert steps[0] == "0/6 reading the surface"


@pytest.mark.usefixtures("qapp")
def test_what_was_found_stands_in_place_of_the_annotation_beside_what_was_drawn() -> None:
    workspace = Workspace()
    workspace.set_found(Found((BOX, BOX)))
    given = user_boxes_of(workspace)
    assert given is not None
    assert given.are_alone
    workspace.set_drawn(Drawn((UserBox(1, BOX),)))
    both = user_boxes_of(workspace)
    assert both is not None
    assert [item.source for item in both.proposals] == ["geometric", "geometric", "user"]
    assert [item.proposal for item in both.proposals] == [0, 1, 2]
    assert [item.label for item in both.proposals] == [None, None, "R1"]
    workspace.set_drawn(Drawn((UserBox(1, BOX),), are_alone=True))
    alone = user_boxes_of(workspace)
    assert alone is not None
    assert [item.source for item in alone.proposals] == ["user"]
