"""Runs that learned from annotated failures, as they were last seen, and what is done for them."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from whatwhere.serving.closing_loop import Loop


@dataclass(frozen=True, slots=True)
class LoopWork:
    """What is being done for a loop.

    Attributes:
        loop: which.
        share: 0..1; None while that is unknown.
        text: how far it is.
    """

    loop: Loop
    share: float | None = None
    text: str = ""


class LoopsDesk(QObject):
    """The state that the loop is closed from: frozen values, written by presenters alone."""

    loops_changed = Signal()
    work_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loops: tuple[Loop, ...] = ()
        self._work: LoopWork | None = None

    @property
    def loops(self) -> tuple[Loop, ...]:
        """Newest first."""
        return self._loops

    @property
    def work(self) -> LoopWork | None:
        """What is being done; None for nothing."""
        return self._work

    def set_loops(self, loops: tuple[Loop, ...]) -> None:
        """The runs were looked at again."""
        if loops != self._loops:
            self._loops = loops
            self.loops_changed.emit()

    def set_work(self, work: LoopWork | None) -> None:
        """Something is being done, is further, or is over."""
        if work != self._work:
            self._work = work
            self.work_changed.emit()
