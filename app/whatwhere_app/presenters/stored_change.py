"""One change of the annotations on the undo stack: what Ctrl+Z takes back is saved as such."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtGui import QUndoCommand

from whatwhere.annotations.changes import Change
from whatwhere_app.presenters.lasting import Lasting


class Acts(Protocol):
    """Makes changes, takes them back, and makes them again."""

    def apply(self, change: Change) -> None:
        """For the first time."""

    def undo(self, change: Change) -> None:
        """Take it back."""

    def redo(self, change: Change) -> None:
        """Make it again."""


class StoredChange(Lasting):
    """A change of the store.

    Args:
        change: what it does.
        acts: does it.
        is_made: the store holds it already; it was made before this stack was filled.
    """

    def __init__(self, change: Change, acts: Acts, *, is_made: bool = False) -> None:
        super().__init__(change.title)
        self._change, self._acts = change, acts
        self._next: Callable[[Change], None] | None = None if is_made else acts.apply
        self._is_quiet, self._is_done = False, True

    def undo(self) -> None:
        """Qt: take it back."""
        if not self._is_quiet:
            self._acts.undo(self._change)
        self._is_quiet, self._is_done = False, False

    def redo(self) -> None:
        """Qt: make it, or make it again; the first call comes from pushing it."""
        if self._next is not None:
            self._next(self._change)
        self._next, self._is_done = self._acts.redo, True

    def be_quiet_once(self) -> None:
        """The store has taken it back already: the next undo only turns the stack."""
        self._is_quiet = True

    def again(self) -> QUndoCommand:
        """The same change, for a stack that is filled anew; the store knows how it stands."""
        same = StoredChange(self._change, self._acts, is_made=True)
        if not self._is_done:
            same.be_quiet_once()
        return same
