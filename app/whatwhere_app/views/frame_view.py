"""One frame, as large as its panel allows, with the boxes projected into it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.view_values import Overlay
from whatwhere_app.views.overlays import paint_overlays
from whatwhere_app.views.pictures import image_from


class FrameView(QWidget):
    """A picture, fitted and centred; a double-click asks to look through its camera."""

    look_through_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Frame")
        self.setMinimumSize(160, 120)
        self._theme = DARK
        self._image: QImage | None = None
        self._overlays: tuple[Overlay, ...] = ()
        self._message = "Frames of the scene appear here."

    def sizeHint(self) -> QSize:
        """Qt: a picture of 4 : 3."""
        return QSize(320, 240)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self.update()

    def show_frame(self, color: NDArray[np.uint8]) -> None:
        """Replace the picture, (H, W, 3) uint8 RGB; its boxes follow."""
        self._image = image_from(color)
        self.update()

    def show_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Replace the boxes over the picture."""
        self._overlays = tuple(overlays)
        self.update()

    def show_message(self, text: str) -> None:
        """Say why there is no picture."""
        self._image, self._overlays, self._message = None, (), text
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: draw."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self._image is None:
            painter.setPen(QColor(self._theme.text_3))
            inner = QRectF(self.rect()).adjusted(3 * GAP_PX, 0, -3 * GAP_PX, 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inner, int(flags), self._message)
            return
        place, scale = self._placed(self._image)
        painter.drawImage(place, self._image)
        painter.setClipRect(place)
        painter.translate(place.topLeft())
        paint_overlays(painter, self._overlays, self._theme, scale=scale, thinner=0.8)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt: look through the camera."""
        self.look_through_requested.emit()

    def _placed(self, image: QImage) -> tuple[QRectF, float]:
        scale = min(self.width() / image.width(), self.height() / image.height())
        width, height = image.width() * scale, image.height() * scale
        corner = QPointF((self.width() - width) / 2, (self.height() - height) / 2)
        return QRectF(corner.x(), corner.y(), width, height), scale
