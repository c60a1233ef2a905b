"""Boxes that the user draws: how high they become, what can be taken back, what the model gets."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication

from whatwhere.geometry.turned_box import TurnedBox
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Grounding
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Mesh
from whatwhere_app.presenters.candidates import CandidatesPresenter
from whatwhere_app.presenters.shown import candidate_name, selected_box, selected_shape
from whatwhere_app.presenters.standing_box import standing_box
from whatwhere_app.presenters.user_boxes import UserBoxesPresenter, user_boxes_of
from whatwhere_app.services.drawn_boxes import DrawnBoxes
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, ObjectRef, UserBoxRef

Until = Callable[[Callable[[], bool]], Awaitable[None]]

FOOTPRINT = ((0.0, 0.0, 0.0), (1.0, 1.0, 0.0))


class Desk:
    """A scene, a stack, and the presenter between them."""

    def __init__(self, folder: Path, kept: Path, until: Until) -> None:
        self.until = until
        self.view, self.pencil = MagicMock(), MagicMock()
        self.workspace, self.board, self.stack = Workspace(), TaskBoard(), QUndoStack()
        self.presenter = UserBoxesPresenter(
            self.view,
            self.pencil,
            self.workspace,
            self.board,
            self.stack,
            kept=DrawnBoxes(kept),
        )
        self.said: list[str] = []
        self.board.noticed.connect(lambda notice: self.said.append(notice.text))
        self.workspace.set_scene(open_scene(folder))

    def draw(self) -> None:
        asyncio.run(self._draw())

    async def _draw(self) -> None:
        num_boxes = len(self.names)
        self.presenter.begin()
        self.presenter.on_footprint_drawn(*FOOTPRINT)
        await self.until(lambda: len(self.names) > num_boxes)

    @property
    def path(self) -> Path:
        scene = self.workspace.scene
        assert scene is not None
        return scene.path

    @property
    def names(self) -> list[str]:
        return [box.name for box in self.workspace.drawn.boxes]


@pytest.fixture
def desk(qapp: QApplication, tiny_scan: Path, tmp_path: Path, until: Until) -> Desk:
    return Desk(tiny_scan, tmp_path / "boxes.json", until)


def cloud(*heights_m: float) -> Mesh:
    """Points in the middle of the footprint, and one high above its outside."""
    points = [[0.5, 0.5, z] for z in heights_m] + [[3.0, 3.0, 9.0]]
    vertices = np.array(points, np.float32)
    return Mesh(vertices, np.zeros((0, 3), np.int32), np.zeros((len(points), 3), np.uint8))


@pytest.mark.parametrize(
    ("heights_m", "lower_m", "upper_m"),
    [
        ((0.0, 0.2, 0.4, 0.7), 0.0, 0.7),  # a chair
        ((0.0, 0.2, 0.4, 0.7, 2.4), 0.0, 0.7),  # with a lamp above it
        ((0.9, 1.2), 0.0, 1.2),  # a table top with nothing seen beneath
        ((-0.7, -0.4), -0.7, 0.03),  # drawn across a top: down to what lies beneath
        ((), 0.0, 0.5),
    ],
)
def test_a_box_is_as_high_as_what_stands_there(
    heights_m: tuple[float, ...], lower_m: float, upper_m: float
) -> None:
    box = standing_box(cloud(*heights_m), *FOOTPRINT)
    np.testing.assert_allclose(box.lower, [0, 0, lower_m], atol=1e-6)
    np.testing.assert_allclose(box.upper, [1, 1, upper_m], atol=1e-6)
    assert standing_box(None, *FOOTPRINT).size == (1.0, 1.0, 0.5)


def test_what_was_drawn_is_taken_back_and_done_again(desk: Desk) -> None:
    desk.draw()
    desk.draw()
    assert desk.names == ["R1", "R2"]
    assert desk.workspace.selection == UserBoxRef(2)
    for size_m in (1.1, 1.2):
        desk.presenter.on_edited(TurnedBox((0.5, 0.5, 0.5), (size_m, 1.0, 1.0)))
    assert desk.stack.undoText() == "change of R2"
    desk.stack.undo()  # both edits at once
    assert desk.workspace.drawn.boxes[1].box.size[0] == pytest.approx(1.0)
    desk.stack.undo()
    assert desk.names == ["R1"]
    assert desk.workspace.selection is None  # what is gone is selected no longer
    desk.stack.redo()
    assert desk.names == ["R1", "R2"]
    desk.presenter.on_box_clicked(1)
    desk.presenter.delete()
    assert desk.names == ["R2"]
    desk.draw()
    assert desk.names == ["R2", "R3"]  # a name is never given twice
    desk.presenter.on_box_clicked(3)
    assert selected_box(desk.workspace) == (desk.workspace.drawn.boxes[1].box, None, "R3")


def test_a_box_is_turned_and_models_get_the_axis_aligned_one_around_it(
    desk: Desk, tmp_path: Path
) -> None:
    desk.presenter.turn(15)
    assert "Select a box that you drew" in desk.said[0]
    desk.draw()
    for _ in range(3):
        desk.presenter.turn(15)
    (turned,) = desk.workspace.drawn.boxes
    assert turned.turned.yaw_rad == pytest.approx(np.pi / 4)
    proposals = user_boxes_of(desk.workspace)
    assert proposals is not None
    assert proposals.proposals[0].box.size[:2] == pytest.approx((2**0.5, 2**0.5))
    kept = DrawnBoxes(tmp_path / "boxes.json").of(desk.path)
    assert kept.boxes == (turned,)
    assert selected_shape(desk.workspace) == turned.turned
    assert selected_box(desk.workspace) == (turned.box, None, "R1")
    desk.stack.undo()  # turns that follow each other are one command
    assert desk.workspace.drawn.boxes[0].turned.yaw_rad == 0


def test_deleting_needs_a_box_of_ones_own(desk: Desk) -> None:
    desk.workspace.set_selection(ObjectRef(1))
    desk.presenter.delete()
    assert "Select a box that you drew" in desk.said[0]
    assert desk.workspace.selection == ObjectRef(1)


def test_escape_gives_the_mouse_back_and_every_scene_has_its_own_boxes(
    desk: Desk, tmp_path: Path, tiny_scan: Path, write_scan: Callable[..., Path]
) -> None:
    desk.draw()
    desk.draw()
    desk.presenter.begin()
    desk.presenter.cancel()
    assert desk.pencil.end.called
    assert desk.view.show_sketch.call_args.args == (None,)
    desk.presenter.set_alone(True)
    drawn = desk.workspace.drawn
    desk.workspace.set_scene(open_scene(write_scan(tmp_path / "others")))
    assert desk.names == []
    desk.draw()
    assert desk.names == ["R1"]
    desk.workspace.set_scene(open_scene(tiny_scan))
    assert desk.workspace.drawn == drawn
    desk.draw()
    assert desk.names == ["R1", "R2", "R3"]


def test_the_model_gets_the_boxes_by_name(desk: Desk) -> None:
    assert user_boxes_of(desk.workspace) is None
    desk.presenter.set_alone(True)
    assert "no box of yours yet" in desk.said[0]
    desk.draw()
    boxes = user_boxes_of(desk.workspace)
    assert boxes is not None
    assert boxes.are_alone
    assert [(item.label, item.source) for item in boxes.proposals] == [("R1", "user")]
    (item,) = boxes.proposals
    assert candidate_name(Candidate(item.box, 0.0, 0, None, item.label)) == "R1"


def test_the_note_counts_the_candidates_and_says_whose_they_are(desk: Desk) -> None:
    view, workspace = MagicMock(), desk.workspace
    presenter = CandidatesPresenter(view, MagicMock(), workspace)

    def note() -> str:
        return str(view.set_note.call_args.args[0])

    presenter.set_shown(True)
    assert note() == "2 candidates · boxes from the annotation"
    assert len(view.show_candidates.call_args.args[0]) == 2
    desk.draw()
    assert note() == "3 candidates · boxes from the annotation, and yours"
    desk.presenter.set_alone(True)
    assert note() == "1 candidate · your boxes only"
    box = workspace.drawn.boxes[0].box
    grounding = Grounding("fused", (Candidate(box, 0.0, 0, None, "R1"),))
    expression = Expression.typed("tiny0000_00", "the chair")
    workspace.set_answers({"default": Answers(expression, {"fused": grounding}, box_source="user")})
    assert note() == "1 candidate · your boxes only"
    desk.draw()
    assert note() == "Ask again: the candidates have changed."
    workspace.set_lead("default")
    assert note() == "Ask again: the candidates have changed."
    presenter.set_drawing(True)
    assert note().startswith("Drag across the floor")
    presenter.set_drawing(False)
    presenter.set_shown(False)
    assert view.show_candidates.call_args.args[0] == ()


def test_boxes_are_there_again_after_a_restart_with_their_names(
    desk: Desk, tiny_scan: Path, tmp_path: Path, until: Until
) -> None:
    desk.draw()
    desk.draw()
    desk.presenter.on_renamed("  the   desk ")
    desk.presenter.on_box_clicked(1)
    desk.presenter.delete()
    before = desk.workspace.drawn
    again = Desk(tiny_scan, tmp_path / "boxes.json", until)
    assert again.workspace.drawn == before
    assert again.names == ["the desk"]
    again.draw()
    assert again.names == ["the desk", "R3"]
    assert again.said == []


def test_a_name_is_taken_back_and_an_empty_one_is_the_number(desk: Desk) -> None:
    desk.draw()
    desk.presenter.on_renamed("shelf")
    boxes = user_boxes_of(desk.workspace)
    assert boxes is not None
    assert [item.label for item in boxes.proposals] == ["shelf"]
    assert desk.stack.undoText() == "name of R1"
    desk.stack.undo()
    assert desk.names == ["R1"]
    desk.stack.redo()
    desk.presenter.on_renamed(" ")
    assert desk.names == ["R1"]


@pytest.mark.parametrize("text", ["{", '{"scenes": {"/a": {"boxes": [{"number": 0}]}}}'])
def test_a_file_of_boxes_that_cannot_be_read_is_kept_aside_and_said(
    tiny_scan: Path, tmp_path: Path, qapp: QApplication, until: Until, text: str
) -> None:
    path = tmp_path / "boxes.json"
    path.write_text(text)
    assert "boxes.json" in (DrawnBoxes(path).fault or "")
    desk = Desk(tiny_scan, path, until)
    desk.draw()
    assert (tmp_path / "boxes.json.bak").read_text() == text
    assert DrawnBoxes(path).of(desk.path) == desk.workspace.drawn


def test_a_box_whose_scene_has_gone_meanwhile_is_not_drawn_in_the_next(
    desk: Desk, tmp_path: Path, write_scan: Callable[..., Path], until: Until
) -> None:
    other = open_scene(write_scan(tmp_path / "others"))

    async def scenario() -> None:
        desk.presenter.on_footprint_drawn(*FOOTPRINT)
        desk.workspace.set_scene(other)
        await asyncio.sleep(0)  # it has begun
        await until(lambda: not desk.presenter.is_busy)

    asyncio.run(scenario())
    assert desk.names == []
