"""Outlines on frames as annotations: kept, lifted, offered as boxes, refused with a sentence."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.edits import put_region
from whatwhere.annotations.values import Case, FrameRegion, now
from whatwhere.geometry.outlines import Outline, box_outline
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Frame
from whatwhere_app.annotate_desk import AnnotateDesk, Queue
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.presenters.annotate_regions import AnnotateRegionsPresenter
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace

Until = Callable[[Callable[[], bool]], Awaitable[None]]

INSIDE = box_outline((2.0, 2.0), (24.0, 18.0))


class Desk:
    """A case on a scan, and the presenter of its outlines."""

    def __init__(self, folder: Path, until: Until) -> None:
        self.until = until
        self.view, self.listing, self.room = MagicMock(), MagicMock(), MagicMock()
        self.store, self.set_acceptable = MagicMock(), MagicMock()
        self.workspace, self.board, self.stack = Workspace(), TaskBoard(), QUndoStack()
        self.desk = AnnotateDesk("ada")
        self.said: list[str] = []
        self.board.noticed.connect(lambda notice: self.said.append(notice.text))
        self.presenter = AnnotateRegionsPresenter(
            self.view,
            self.listing,
            self.room,
            self.desk,
            AnnotateActs(self.desk, self.store, self.stack, self.board),
            self.workspace,
            self.board,
            set_acceptable=self.set_acceptable,
        )
        scene = open_scene(folder)
        self.frame = scene.frames[0].name
        self.case = Case(
            "c" * 32, "d", "val", "h", 0, scene.scene_id, "0", 1, "chair", "it", "m", ""
        )
        self.workspace.set_scene(scene)
        self.workspace.set_frame(self.frame)
        self.presenter.set_on(True)
        self.desk.set_queue(Queue(MagicMock(), (0,), (self.case,)), {})

    def run(self, *steps: Callable[[], None]) -> None:
        """Each step, and what it started."""

        async def work() -> None:
            for step in steps:
                step()
                await asyncio.sleep(0)
                await self.until(lambda: not self.presenter.is_busy)

        asyncio.run(work())

    def draw(self, outline: Outline) -> None:
        self.run(lambda: self.presenter.on_drawn(outline))

    @property
    def regions(self) -> tuple[FrameRegion, ...]:
        return self.desk.said.regions


@pytest.fixture
def desk(qapp: QApplication, tiny_scan: Path, until: Until) -> Desk:
    return Desk(tiny_scan, until)


def test_an_outline_is_one_change_with_its_box_and_shows_its_points(desk: Desk) -> None:
    desk.draw(INSIDE)
    (region,) = desk.regions
    assert (region.frame, region.outline_px, region.annotator) == (desk.frame, INSIDE, "ada")
    assert region.lifted is not None
    points, box = desk.room.show_lifted.call_args.args
    assert (*box.center, *box.size) == region.lifted
    assert len(points) > 10
    assert desk.stack.undoText() == "draw region"
    assert desk.store.apply.call_count == 1
    assert desk.set_acceptable.call_args.args == (True, True)
    (shown,) = desk.view.show_regions.call_args.args[0]
    assert shown.is_selected
    desk.stack.undo()
    assert not desk.regions
    assert desk.room.show_lifted.call_args.args == (None, None)
    assert desk.set_acceptable.call_args.args == (False, False)


def test_a_mended_outline_is_lifted_again_and_what_did_not_change_is_no_step(desk: Desk) -> None:
    desk.draw(INSIDE)
    (before,) = desk.regions
    smaller = box_outline((2.0, 2.0), (20.0, 14.0))
    desk.run(lambda: desk.presenter.on_changed(before.region_id, smaller))
    (after,) = desk.regions
    assert after.region_id == before.region_id
    assert after.lifted != before.lifted
    assert desk.stack.undoText() == "change region"
    count = desk.stack.count()
    desk.run(lambda: desk.presenter.on_changed(before.region_id, smaller))
    assert desk.stack.count() == count


def test_the_accepted_box_takes_the_place_of_ones_own(desk: Desk) -> None:
    desk.presenter.accept()
    assert "There is no box to accept" in desk.said[-1]
    desk.draw(INSIDE)
    desk.presenter.accept()
    (first,) = desk.desk.said.boxes
    assert first.origin == "frame"
    desk.draw(box_outline((2.0, 2.0), (20.0, 14.0)))
    desk.presenter.accept()
    (second,) = desk.desk.said.boxes
    assert second.box_id == first.box_id
    assert (*second.center, *second.size) == desk.regions[1].lifted
    desk.stack.undo()
    assert desk.desk.said.boxes == (first,)


@pytest.mark.parametrize(
    ("outline", "sentence"),
    [
        (((2.0, 2.0), (9.0, 9.0)), "An outline needs three corners"),
        (((2.0, 2.0), (9.0, 9.0), (9.0, 2.0), (2.0, 9.0)), "The sides of the outline cross"),
        (box_outline((900.0, 2.0), (990.0, 9.0)), "The outline lies outside the picture"),
        (box_outline((2.0, 2.0), (2.5, 2.5)), "The outline encloses next to nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_kept(
    desk: Desk, outline: Outline, sentence: str
) -> None:
    desk.draw(outline)
    assert desk.said[-1].startswith(sentence)
    assert not desk.regions
    assert not desk.store.apply.called


def test_an_outline_beyond_the_picture_is_cut_off_at_its_edge(desk: Desk) -> None:
    desk.draw(box_outline((-20.0, -20.0), (24.0, 18.0)))
    assert "cut off at its edge" in desk.said[-1]
    assert min(min(corner) for corner in desk.regions[0].outline_px) == -0.5


def test_without_depth_or_pose_it_is_kept_without_a_box(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = desk.workspace.scene
    assert scene is not None
    read = scene.source.read_frame

    def blind(header: Any) -> Frame:
        frame = read(header)
        nothing = np.zeros_like(frame.depth_m)
        return replace(frame, depth_m=nothing, depth_valid=nothing.astype(bool))

    monkeypatch.setattr(scene.source, "read_frame", blind)
    monkeypatch.setattr(type(scene), "mesh", None)
    desk.draw(INSIDE)
    assert desk.said[-1].startswith("No depth was measured inside the outline")
    (region,) = desk.regions
    assert region.lifted is None
    desk.presenter.accept()
    assert "There is no box to accept" in desk.said[-1]

    first = scene.headers[0]
    scene.headers = [replace(first, fault="the pose is not finite", world_from_camera=None)]
    desk.draw(box_outline((2.0, 2.0), (20.0, 14.0)))
    assert "cannot be lifted: the pose is not finite" in desk.said[-1]
    assert len(desk.regions) == 2


def test_outlines_of_other_frames_are_listed_and_those_of_others_left_alone(desk: Desk) -> None:
    theirs = FrameRegion("t" * 32, desk.case.case_id, "ben", desk.frame, INSIDE, None, now())
    elsewhere = replace(theirs, region_id="e" * 32, frame="other")
    for region in (theirs, elsewhere):
        desk.desk.change(desk.case.case_id, put_region(CaseAnnotations(), region).rows)
    (shown,) = desk.view.show_regions.call_args.args[0]
    assert not shown.is_own
    assert "ben" in shown.hint
    names = [name for name, _ in desk.listing.show_frames.call_args.args[0]]
    assert names == [desk.frame, "other"]
    desk.run(lambda: desk.presenter.choose(theirs.region_id))
    desk.presenter.delete()
    assert "outline of your own" in desk.said[-1]
    assert len(desk.regions) == 2


def test_without_a_case_nothing_is_drawn(desk: Desk) -> None:
    desk.presenter.begin("box")
    assert desk.view.begin.called
    desk.view.begin.reset_mock()
    desk.workspace.set_scene(None)
    desk.presenter.begin("box")
    assert "there is none here" in desk.said[-1]
    assert not desk.view.begin.called


def test_deleting_is_a_change_as_well(desk: Desk) -> None:
    desk.draw(INSIDE)
    desk.presenter.delete()
    assert not desk.regions
    assert desk.stack.undoText() == "delete region"
    desk.run(desk.stack.undo)
    assert len(desk.regions) == 1
