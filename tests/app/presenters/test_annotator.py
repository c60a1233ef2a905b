"""The eye goes to where a sentence was written."""

from pathlib import Path

import numpy as np
import pytest

from whatwhere.geometry.poses import transform
from whatwhere.language.expressions import Expression, Viewpoint
from whatwhere.scenes.opening import open_scene
from whatwhere_app.presenters.annotator import AnnotatorPresenter
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace

VIEWPOINT = Viewpoint((1.0, 2.0, 1.5), (0.0, 3.0, 0.5))


class FakeEye:
    """Remembers where it was sent."""

    def __init__(self) -> None:
        self.stood: list[tuple[object, object]] = []

    def stand_at(self, position: object, look_at: object) -> None:
        self.stood.append((position, look_at))


class Case:
    """A scene that is open, and what the board says."""

    def __init__(self, scan: Path) -> None:
        self.eye, self.workspace, board = FakeEye(), Workspace(), TaskBoard()
        self.said: list[str] = []
        board.noticed.connect(lambda notice: self.said.append(str(notice)))
        self.presenter = AnnotatorPresenter(self.eye, self.workspace, board)
        self.scene = open_scene(scan)
        self.workspace.set_scene(self.scene)


@pytest.fixture
def case(tiny_scan: Path) -> Case:
    return Case(tiny_scan)


def test_the_eye_stands_there_in_aligned_metres(case: Case) -> None:
    case.workspace.set_expression(
        Expression(case.scene.scene_id, "the chair", 1, viewpoint=VIEWPOINT)
    )
    case.presenter.look()
    ((position, look_at),) = case.eye.stood
    points = np.array([VIEWPOINT.position_in_mesh_m, VIEWPOINT.look_at_in_mesh_m])
    expected = transform(points, case.scene.aligned_from_mesh)
    assert np.array([position, look_at]) == pytest.approx(expected)
    assert not np.allclose(expected, points)


def test_without_a_viewpoint_the_eye_stays_and_the_reason_is_said(case: Case) -> None:
    case.presenter.look()
    case.workspace.set_expression(Expression.typed(case.scene.scene_id, "the chair"))
    case.presenter.look()
    assert case.eye.stood == []
    assert "Choose an expression" in case.said[0]
    assert f"cameras/{case.scene.scene_id}.anns.json" in case.said[1]
