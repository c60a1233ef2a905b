"""Many calls in a short time become few."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Throttle(QObject):
    """Calls a function at once, then at most every `delay_ms`, the last wish always included.

    Args:
        at_once: False has the first call wait as long as all others, for what may be over by then.
    """

    def __init__(
        self,
        function: Callable[[], None],
        *,
        delay_ms: int,
        at_once: bool = True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._function = function
        self._is_at_once = at_once
        self._is_pending = False
        self._timer = QTimer(self)
        self._timer.setInterval(delay_ms)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)

    def __call__(self) -> None:
        """Ask for a call."""
        if self._timer.isActive():
            self._is_pending = True
            return
        self._timer.start()
        if self._is_at_once:
            self._function()
        else:
            self._is_pending = True

    def cancel(self) -> None:
        """Forget a pending call."""
        self._is_pending = False
        self._timer.stop()

    def _on_timeout(self) -> None:
        if self._is_pending:
            self._is_pending = False
            self._timer.start()
            self._function()
