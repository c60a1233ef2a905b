"""The divider between two models in the 3D view: shown, moved, and gone with the second model."""

from typing import Protocol

from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace

_MIDDLE = 0.5
_STEP = 0.02
_MARGIN = 0.02


class Switches(Protocol):
    """The checkable commands."""

    def set_checked(self, name: str, is_checked: bool) -> None:
        """Show the state of one switch without telling anybody."""


class WipePresenter:
    """Answers the commands of the divider."""

    def __init__(self, switches: Switches, workspace: Workspace, board: TaskBoard) -> None:
        self._switches = switches
        self._workspace = workspace
        self._board = board
        workspace.wipe_changed.connect(self._show)

    def set_shown(self, is_shown: bool) -> None:
        """Show the divider in the middle, or hide it."""
        if is_shown and len(self._workspace.answers) < 2:
            self._board.notice(
                "There is one model to see. Choose Ask > Compare with another model.",
                level="warning",
            )
            self._show()
            return
        self._workspace.set_wipe_share(_MIDDLE if is_shown else None)

    def move(self, share: float) -> None:
        """Put the divider here: 0..1 of the width, never quite at an edge."""
        if self._workspace.wipe_share is not None:
            self._workspace.set_wipe_share(min(max(share, _MARGIN), 1 - _MARGIN))

    def nudge(self, steps: int) -> None:
        """Move the divider by so many small steps to the right."""
        if self._workspace.wipe_share is not None:
            self.move(self._workspace.wipe_share + steps * _STEP)

    def _show(self) -> None:
        self._switches.set_checked("models.wipe", self._workspace.wipe_share is not None)
