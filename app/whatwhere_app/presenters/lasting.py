"""Commands that belong to no scene, so that another scene does not take them from the stack."""

from abc import abstractmethod

from PySide6.QtGui import QUndoCommand


class Lasting(QUndoCommand):
    """A command that outlives the scene in which it was done."""

    @abstractmethod
    def again(self) -> QUndoCommand:
        """The same command, for a stack that is filled anew.

        Qt does it once more as it comes, and takes it back at once where it was undone.
        """
