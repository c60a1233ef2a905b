"""A thin outline with a name over the 3D view, for what is under the pointer.

A widget, so that pointing at something never draws the scene anew: on software OpenGL that may take
longer than the pointer stays.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from whatwhere_app.theme import DARK, Theme

_WIDTH_PX = 1.5
_MARGIN_PX = 3
_PADDING_PX = 6
_LIFT_PX = 6


class HoverMark(QWidget):
    """Covers no more of the view than the outline needs; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = DARK
        self._lines: Sequence[QLineF] = ()
        self._plate = QRectF()
        self.text = ""
        self._color = ""
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """In this look's colours from now on."""
        self._theme = theme

    def show_outline(self, edges_px: NDArray[np.float64], color: str, text: str) -> None:
        """Outline (S, 2, 2) edges, logical pixels of the parent, and name them."""
        seen = self._view.rect()
        lines = [QLineF(*map(float, edge.ravel())) for edge in edges_px]
        xs, ys = edges_px[..., 0], edges_px[..., 1]
        outline = QRectF(
            QPointF(float(xs.min()), float(ys.min())), QPointF(float(xs.max()), float(ys.max()))
        )
        self.text, self._color = text, color
        self._plate = self._place_plate(outline, QRectF(seen)) if text else QRectF()
        area = outline.united(self._plate) if text else outline
        cover = area.toAlignedRect().adjusted(-_MARGIN_PX, -_MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        cover = cover.intersected(seen)
        if cover.isEmpty():
            self.hide()
            return
        self._lines = [line.translated(-cover.x(), -cover.y()) for line in lines]
        self._plate.translate(-cover.x(), -cover.y())
        self.setGeometry(QRect(cover))
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A dark rim below, so that the line is seen on any surface.
        rim = QColor(self._theme.scene)
        rim.setAlphaF(0.6)
        for color, width_px in ((rim, 2 * _WIDTH_PX), (QColor(self._color), _WIDTH_PX)):
            painter.setPen(QPen(color, width_px))
            painter.drawLines(list(self._lines))
        if self.text:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.surface_1))
            painter.drawRoundedRect(self._plate, 3, 3)
            painter.setPen(QColor(self._theme.text_1))
            painter.drawText(self._plate, Qt.AlignmentFlag.AlignCenter, self.text)

    def _place_plate(self, outline: QRectF, seen: QRectF) -> QRectF:
        metrics = QFontMetricsF(self.font())
        width = metrics.horizontalAdvance(self.text) + 2 * _PADDING_PX
        height = metrics.height() + _PADDING_PX
        left = outline.center().x() - width / 2
        top = outline.top() - height - _LIFT_PX
        left = min(max(left, seen.left() + _MARGIN_PX), seen.right() - width - _MARGIN_PX)
        top = min(max(top, seen.top() + _MARGIN_PX), seen.bottom() - height - _MARGIN_PX)
        return QRectF(left, top, width, height)
