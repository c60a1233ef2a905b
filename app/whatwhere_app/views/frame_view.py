"""One frame, as large as its panel allows, with the boxes projected into it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.view_values import Overlay, PixelMark, PixelRegion
from whatwhere_app.views.depth_picture import DepthPicture, depth_picture, paint_depth_scale
from whatwhere_app.views.overlays import paint_mark, paint_overlays, paint_region
from whatwhere_app.views.pictures import image_from

_ZOOM_PER_NOTCH = 1.25
_MAX_ZOOM = 40.0
# From here on single pixels are what one wants to see.
_PIXELS_FROM_SCALE = 4.0
_MARK_PX = 7.0


class FrameView(QWidget):
    """A picture: click asks for the point there, wheel and drag zoom and pan, double-click fits."""

    pixel_clicked = Signal(float, float)
    click_withdrawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Frame")
        self.setMinimumSize(160, 120)
        self._theme = DARK
        self._image: QImage | None = None
        self._depth: tuple[NDArray[np.float32], NDArray[np.bool_], QRectF] | None = None
        self._depth_picture: DepthPicture | None = None
        self._shows_depth = False
        self._overlays: tuple[Overlay, ...] = ()
        self._mark: PixelMark | None = None
        self._region: PixelRegion | None = None
        self._message = "Frames of the scene appear here."
        self._zoom = 1.0
        self._shift = QPointF()
        self._pressed: QPointF | None = None
        self._is_dragging = False

    def sizeHint(self) -> QSize:
        """Qt: a picture of 4 : 3."""
        return QSize(320, 240)

    @property
    def zoom(self) -> float:
        """How much larger than fitted the picture is."""
        return self._zoom

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self.update()

    def show_frame(self, color: NDArray[np.uint8]) -> None:
        """Replace the picture, (H, W, 3) uint8 RGB; its boxes, mark and depth follow."""
        self._image, self._depth, self._depth_picture = image_from(color), None, None
        self.fit()

    def show_depth(
        self,
        depth_m: NDArray[np.float32],
        valid: NDArray[np.bool_],
        place_px: tuple[float, float, float, float],
    ) -> None:
        """The depth image of the same frame, for when it is wanted.

        Args:
            depth_m: (h, w) metres.
            valid: (h, w), where it was measured.
            place_px: left, top, right and bottom of it in pixels of the picture.
        """
        left, top, right, bottom = place_px
        self._depth = depth_m, valid, QRectF(left, top, right - left, bottom - top)
        self._depth_picture = None
        self.update()

    def set_depth_shown(self, is_shown: bool) -> None:
        """Depth in place of colours, or colours again."""
        self._shows_depth = is_shown
        self.update()

    def show_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Replace the boxes over the picture."""
        self._overlays = tuple(overlays)
        self.update()

    def show_region(self, region: PixelRegion | None) -> None:
        """Replace the part of the picture that is pointed at."""
        self._region = region
        self.update()

    def show_mark(self, mark: PixelMark | None) -> None:
        """Replace the marked point."""
        self._mark = mark
        self.update()

    def show_message(self, text: str) -> None:
        """Say why there is no picture."""
        self._image, self._overlays, self._mark, self._message = None, (), None, text
        self._region = None
        self._depth = self._depth_picture = None
        self.setAccessibleDescription(text)
        self.update()

    def fit(self) -> None:
        """The whole picture again."""
        self._zoom, self._shift = 1.0, QPointF()
        self.unsetCursor()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._image is None:
            painter.setPen(QColor(self._theme.text_3))
            inner = QRectF(self.rect()).adjusted(3 * GAP_PX, 0, -3 * GAP_PX, 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inner, int(flags), self._message)
            return
        place, scale = self._placed(self._image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < _PIXELS_FROM_SCALE)
        shown = place.intersected(QRectF(self.rect()))
        painter.save()
        painter.setClipRect(shown)
        depth = self._wanted_depth()
        if depth is None:
            painter.drawImage(place, self._image)
        else:
            painter.fillRect(place, QColor("black"))
            painter.drawImage(_scaled(depth.place, place.topLeft(), scale), depth.image)
        painter.translate(place.topLeft())
        if self._region is not None:
            size_px = self._image.width(), self._image.height()
            paint_region(painter, self._region, self._theme, size_px=size_px, scale=scale)
        paint_overlays(painter, self._overlays, self._theme, scale=scale, thinner=0.8)
        if self._mark is not None:
            paint_mark(painter, self._mark, scale=scale, radius_px=_MARK_PX)
        painter.restore()
        if depth is not None:
            paint_depth_scale(painter, QRectF(self.rect()), depth, self._theme)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a click or a drag begins."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._is_dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: a drag goes on."""
        if self._pressed is None or self._image is None:
            return
        delta = event.position() - self._pressed
        least = QGuiApplication.styleHints().startDragDistance()
        if not self._is_dragging and delta.manhattanLength() < least:
            return
        self._is_dragging = True
        self._pressed = event.position()
        if self._zoom > 1:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._move_to(self._shift + delta, self._image)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: a drag ends, or it was a click."""
        is_click = self._pressed is not None and not self._is_dragging
        self._pressed = None
        self.unsetCursor()
        if is_click and event.button() == Qt.MouseButton.LeftButton and self._image is not None:
            place, scale = self._placed(self._image)
            if place.contains(event.position()):
                spot = (event.position() - place.topLeft()) / scale
                self.pixel_clicked.emit(spot.x() - 0.5, spot.y() - 0.5)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt: fit the picture; the click that it began with asks for nothing after all."""
        self._pressed = None
        self.click_withdrawn.emit()
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: zoom, and keep what is under the cursor there."""
        notches = event.angleDelta().y() / 120
        if self._image is None or not notches:
            return
        before, scale = self._placed(self._image)
        spot = (event.position() - before.topLeft()) / scale
        self._zoom = min(max(self._zoom * _ZOOM_PER_NOTCH**notches, 1.0), _MAX_ZOOM)
        after, scale = self._placed(self._image)
        self._move_to(
            self._shift + event.position() - (after.topLeft() + spot * scale), self._image
        )
        event.accept()

    def _wanted_depth(self) -> DepthPicture | None:
        if not self._shows_depth or self._depth is None:
            return None
        if self._depth_picture is None:
            self._depth_picture = depth_picture(*self._depth)
        return self._depth_picture

    def _placed(self, image: QImage) -> tuple[QRectF, float]:
        fitted = min(self.width() / image.width(), self.height() / image.height())
        scale = fitted * self._zoom
        size = QSizeF(image.width() * scale, image.height() * scale)
        left = (self.width() - size.width()) / 2 + self._shift.x()
        top = (self.height() - size.height()) / 2 + self._shift.y()
        return QRectF(QPointF(left, top), size), scale

    def _move_to(self, shift: QPointF, image: QImage) -> None:
        """Pan, but never so far that the picture leaves a gap which it could fill."""
        self._shift = QPointF()
        place, _ = self._placed(image)
        slack_x = max(0.0, (place.width() - self.width()) / 2)
        slack_y = max(0.0, (place.height() - self.height()) / 2)
        self._shift = QPointF(
            min(max(shift.x(), -slack_x), slack_x), min(max(shift.y(), -slack_y), slack_y)
        )
        self.update()


def _scaled(place: QRectF, corner: QPointF, scale: float) -> QRectF:
    """Pixels of the picture, centres at integers, to where they are painted."""
    return QRectF(
        corner.x() + (place.left() + 0.5) * scale,
        corner.y() + (place.top() + 0.5) * scale,
        place.width() * scale,
        place.height() * scale,
    )
