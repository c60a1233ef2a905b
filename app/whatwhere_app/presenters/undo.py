"""What can be taken back and done again: one stack of named commands for the whole window."""

from typing import Protocol

from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import isValid

from whatwhere_app.presenters.lasting import Lasting
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.workspace import Workspace

_CAMERA_MOVES = 1
_LIMIT = 200


class UndoCommands(Protocol):
    """The two commands in menus and lists."""

    def describe(self, name: str, text: str, *, is_enabled: bool) -> None:
        """Show what a command would do now, and whether it can."""


class Eye(Protocol):
    """The camera of the 3D view."""

    def return_to(self, pose: CameraPose) -> None:
        """Go there; nothing has to be remembered of it."""


class CameraMove(QUndoCommand):
    """From one pose to another; the camera is there already when the command is made.

    Args:
        is_jump: a jump is a command of its own, drags that follow each other are one together.
    """

    def __init__(self, eye: Eye, before: CameraPose, after: CameraPose, *, is_jump: bool) -> None:
        super().__init__("camera move")
        self._eye = eye
        self._before, self._after = before, after
        self._is_jump = is_jump
        self._is_first = True

    def id(self) -> int:
        """Qt: commands of one id may become one."""
        return -1 if self._is_jump else _CAMERA_MOVES

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Qt: take a drag that came next into this one."""
        if not isinstance(other, CameraMove):
            return False
        self._after = other._after
        return True

    def undo(self) -> None:
        """Qt: back to where it began."""
        self._eye.return_to(self._before)

    def redo(self) -> None:
        """Qt: there again; the first call comes from pushing what has been done."""
        if not self._is_first:
            self._eye.return_to(self._after)
        self._is_first = False


class UndoPresenter:
    """Keeps the two commands in step with a stack, and puts camera moves onto it.

    Another scene empties the stack of what belongs to the old one.

    Args:
        stack: others push their own commands.
    """

    def __init__(
        self, view: UndoCommands, stack: QUndoStack, eye: Eye, workspace: Workspace
    ) -> None:
        self._view = view
        self._stack = stack
        self._eye = eye
        stack.setUndoLimit(_LIMIT)
        stack.indexChanged.connect(self._on_index_changed)
        workspace.scene_changed.connect(self._on_scene_changed)
        self._show()

    def on_camera_travelled(self, before: CameraPose, after: CameraPose, is_jump: bool) -> None:
        """The camera has moved, or is on its way; a look elsewhere never costs a lasting redo."""
        stack = self._stack
        next_one = stack.command(stack.index()) if stack.canRedo() else None
        if before != after and not isinstance(next_one, Lasting):
            stack.push(CameraMove(self._eye, before, after, is_jump=is_jump))

    def undo(self) -> None:
        """Take the last command back."""
        self._stack.undo()

    def redo(self) -> None:
        """Do again what was taken back."""
        self._stack.redo()

    def _on_scene_changed(self) -> None:
        stack, index = self._stack, self._stack.index()
        lasting = {
            number: command.again()
            for number in range(stack.count())
            if isinstance(command := stack.command(number), Lasting)
        }
        stack.clear()
        for command in lasting.values():
            stack.push(command)
        for _ in [number for number in lasting if number >= index]:
            stack.undo()  # it was undone, and can still be redone

    def _on_index_changed(self, _: int) -> None:
        if isValid(self._stack):  # a stack that ends empties itself, and says so
            self._show()

    def _show(self) -> None:
        stack = self._stack
        for name, verb, text, is_enabled in (
            ("edit.undo", "Undo", stack.undoText(), stack.canUndo()),
            ("edit.redo", "Redo", stack.redoText(), stack.canRedo()),
        ):
            self._view.describe(name, f"{verb}: {text}" if text else verb, is_enabled=is_enabled)
