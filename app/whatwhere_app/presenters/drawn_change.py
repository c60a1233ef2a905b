"""One change of the boxes that the user drew, to be taken back and done again."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtGui import QUndoCommand

from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Drawn

_EDITS = 2


class DrawnChange(QUndoCommand):
    """From what was drawn to what is drawn now.

    Args:
        put: takes what is drawn from now on.
        merges: changes that follow each other with the same number are one command.
    """

    def __init__(
        self,
        text: str,
        workspace: Workspace,
        after: Drawn,
        *,
        put: Callable[[Drawn], None],
        merges: int | None,
    ) -> None:
        super().__init__(text)
        self._workspace, self._put = workspace, put
        self._before, self._after = workspace.drawn, after
        self._merges = merges

    def id(self) -> int:
        """Qt: commands of one id may become one."""
        return -1 if self._merges is None else _EDITS

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Qt: take a change of the same box that came next into this one."""
        if not isinstance(other, DrawnChange) or other._merges != self._merges:
            return False
        self._after = other._after
        return True

    def undo(self) -> None:
        """Qt: as it was; which candidates are asked is no part of it."""
        self._set(self._before)

    def redo(self) -> None:
        """Qt: as it became."""
        self._set(self._after)

    def _set(self, drawn: Drawn) -> None:
        now = self._workspace.drawn
        self._put(replace(drawn, are_alone=now.are_alone))
