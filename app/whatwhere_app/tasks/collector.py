"""Python's cycle collector, run in the thread of the widgets and in no other."""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 300


class Collector(QObject):
    """Collects on a timer what Python would else collect wherever it happens to be.

    A cycle that holds a `QObject` (a presenter, its timer, a slot) and is collected by chance in
    a worker thread is destroyed there, and Qt crashes when its own thread comes to it next.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(collect_if_due)

    def start(self) -> None:
        """Take the collector over; what was imported so far is not looked at again."""
        gc.disable()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Give it back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()


def collect_if_due() -> None:
    """Collect the generations that Python itself would, by its own thresholds."""
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            return
