"""Changes of the annotations on the undo stack outlive scenes and looks elsewhere."""

from unittest.mock import MagicMock

import pytest
from PySide6.QtGui import QUndoStack

from whatwhere.annotations.changes import Change
from whatwhere_app.presenters.stored_change import StoredChange
from whatwhere_app.presenters.undo import UndoPresenter
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.workspace import Workspace

POSES = [CameraPose((float(x), 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)) for x in range(2)]
FIRST, SECOND = Change("tag 'one'", "ada", ()), Change("tag 'two'", "ada", ())


class Acts:
    """Writes down what it was asked."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def apply(self, change: Change) -> None:
        """Note it."""
        self.said.append(("apply", change.title))

    def undo(self, change: Change) -> None:
        """Note it."""
        self.said.append(("undo", change.title))

    def redo(self, change: Change) -> None:
        """Note it."""
        self.said.append(("redo", change.title))


@pytest.fixture
def acts() -> Acts:
    return Acts()


@pytest.fixture
def workspace(qapp: object) -> Workspace:
    return Workspace()


@pytest.fixture
def stack(qapp: object) -> QUndoStack:
    return QUndoStack()


@pytest.fixture
def undo(stack: QUndoStack, workspace: Workspace) -> UndoPresenter:
    return UndoPresenter(MagicMock(), stack, MagicMock(), workspace)


def test_each_act_is_asked_for_once(undo: UndoPresenter, stack: QUndoStack, acts: Acts) -> None:
    stack.push(StoredChange(FIRST, acts))
    undo.undo()
    undo.redo()
    assert [kind for kind, _ in acts.said] == ["apply", "undo", "redo"]


def test_another_scene_changes_nothing_and_both_ways_stay_open(
    undo: UndoPresenter, stack: QUndoStack, acts: Acts, workspace: Workspace
) -> None:
    stack.push(StoredChange(FIRST, acts))
    stack.push(StoredChange(SECOND, acts))
    undo.undo()
    said = list(acts.said)
    for _ in range(2):
        workspace.set_scene(MagicMock())
    assert acts.said == said
    undo.redo()
    undo.undo()
    undo.undo()
    assert acts.said[len(said) :] == [
        ("redo", SECOND.title),
        ("undo", SECOND.title),
        ("undo", FIRST.title),
    ]


def test_a_look_elsewhere_does_not_cost_what_can_be_redone(
    undo: UndoPresenter, stack: QUndoStack, acts: Acts
) -> None:
    stack.push(StoredChange(FIRST, acts))
    undo.undo()
    undo.on_camera_travelled(POSES[0], POSES[1], True)
    assert stack.redoText() == FIRST.title
    undo.redo()
    assert acts.said[-1] == ("redo", FIRST.title)


def test_what_earlier_sessions_did_is_not_made_again(stack: QUndoStack, acts: Acts) -> None:
    stack.push(StoredChange(FIRST, acts, is_made=True))
    assert acts.said == []
    stack.undo()
    assert acts.said == [("undo", FIRST.title)]
