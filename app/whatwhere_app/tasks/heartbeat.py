"""How long the window was deaf: the gaps between the beats of a timer."""

import time

from PySide6.QtCore import QObject, Qt, QTimer

_BEAT_MS = 10


class Heartbeat(QObject):
    """A 10 ms timer in the window's thread; a late beat is a stall the user could feel."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._longest_ms = 0.0
        self._last_s = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._on_beat)

    def start(self) -> None:
        """Begin to beat."""
        self._last_s = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Stop beating."""
        self._timer.stop()

    def take_longest_stall_ms(self) -> float:
        """The longest lateness of a beat since the last call, in milliseconds."""
        longest, self._longest_ms = self._longest_ms, 0.0
        return longest

    def _on_beat(self) -> None:
        now_s = time.perf_counter()
        late_ms = (now_s - self._last_s) * 1e3 - _BEAT_MS
        self._longest_ms = max(self._longest_ms, late_ms)
        self._last_s = now_s
