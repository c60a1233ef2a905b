"""A thin bar of progress that is painted with everything else.

`QProgressBar` repaints at once at every step, and with an OpenGL surface in the window each such
repaint composes the whole window again.
"""

import time

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from whatwhere_app.theme import DARK, Theme

_SIZE = QSize(120, 6)
_TICK_MS = 100
_LAP_S = 1.6
_RUNNER = 0.3


class ProgressLine(QWidget):
    """Filled from the left, or with a part that runs across while the end is unknown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(_SIZE)
        self._theme = DARK
        self._share: float | None = None
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self.update)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self.update()

    def set_share(self, share: float | None) -> None:
        """How much is done, 0..1; None while that is unknown."""
        self._share = share
        if share is None and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.line))
        track = QRectF(self.rect())
        painter.drawRoundedRect(track, 3, 3)
        painter.setBrush(QColor(self._theme.accent))
        if self._share is None:
            start = (time.monotonic() % _LAP_S) / _LAP_S * (1 - _RUNNER)
            done = QRectF(track.width() * start, 0, track.width() * _RUNNER, track.height())
        else:
            done = QRectF(0, 0, track.width() * self._share, track.height())
        painter.drawRoundedRect(done, 3, 3)
