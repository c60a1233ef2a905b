"""Camera moves that can be taken back, by name and in the right portions."""

from unittest.mock import MagicMock

import pytest
from PySide6.QtGui import QUndoStack

from whatwhere_app.presenters.undo import UndoPresenter
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.workspace import Workspace

POSES = [CameraPose((float(x), -4.0, 2.0), (0.0, 0.0, 0.0)) for x in range(5)]


@pytest.fixture
def view() -> MagicMock:
    return MagicMock()


@pytest.fixture
def eye() -> MagicMock:
    return MagicMock()


@pytest.fixture
def undo(qapp: object, view: MagicMock, eye: MagicMock) -> UndoPresenter:
    return UndoPresenter(view, QUndoStack(), eye, Workspace())


def _texts(view: MagicMock) -> dict[str, tuple[str, bool]]:
    calls = view.describe.call_args_list
    return {call.args[0]: (call.args[1], call.kwargs["is_enabled"]) for call in calls}


def test_a_move_is_named_taken_back_and_done_again(
    undo: UndoPresenter, view: MagicMock, eye: MagicMock
) -> None:
    assert _texts(view) == {"edit.undo": ("Undo", False), "edit.redo": ("Redo", False)}
    undo.on_camera_travelled(POSES[0], POSES[1], True)
    eye.return_to.assert_not_called()
    assert _texts(view)["edit.undo"] == ("Undo: camera move", True)
    undo.undo()
    assert eye.return_to.call_args.args == (POSES[0],)
    assert _texts(view) == {"edit.undo": ("Undo", False), "edit.redo": ("Redo: camera move", True)}
    undo.redo()
    assert eye.return_to.call_args.args == (POSES[1],)


def test_drags_that_follow_each_other_are_one_move_and_jumps_are_not(
    undo: UndoPresenter, eye: MagicMock
) -> None:
    for before, after in ((0, 1), (1, 2)):
        undo.on_camera_travelled(POSES[before], POSES[after], False)
    undo.on_camera_travelled(POSES[2], POSES[3], True)
    undo.on_camera_travelled(POSES[3], POSES[4], False)
    undo.on_camera_travelled(POSES[4], POSES[4], False)
    went = []
    for _ in range(4):
        undo.undo()
        went.append(eye.return_to.call_args.args[0])
    assert went == [POSES[3], POSES[2], POSES[0], POSES[0]]
    assert eye.return_to.call_count == 3
    undo.redo()
    assert eye.return_to.call_args.args == (POSES[2],)


def test_another_scene_leaves_nothing_to_take_back(
    qapp: object, view: MagicMock, eye: MagicMock
) -> None:
    workspace = Workspace()
    undo = UndoPresenter(view, QUndoStack(), eye, workspace)
    undo.on_camera_travelled(POSES[0], POSES[1], True)
    workspace.set_scene(MagicMock())
    assert _texts(view)["edit.undo"] == ("Undo", False)
