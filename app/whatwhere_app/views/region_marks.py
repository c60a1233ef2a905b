"""Outlines painted over a picture: those that are kept, and the one that is being drawn."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from whatwhere_app.annotate_values import RegionShown
from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.outline_editing import Pixel, side_middles

_COLOR, _RIM = "#f0e442", "#101216"
_VEIL_OPACITY = 0.18
_GRIP_PX, _SMALL_GRIP_PX = 4.5, 3.0
_HINT_OPACITY = 0.8


def place_of(corner: Pixel, scale: float) -> QPointF:
    """Where a pixel of the picture is painted, from the picture's corner."""
    return QPointF((corner[0] + 0.5) * scale, (corner[1] + 0.5) * scale)


def paint_outline(painter: QPainter, region: RegionShown, *, scale: float) -> None:
    """One outline: filled and with grips where it is selected, thin where it is another's."""
    polygon = QPolygonF([place_of(corner, scale) for corner in region.outline_px])
    color = QColor(_COLOR)
    width_px = 2.0 if region.is_own else 1.0
    painter.save()
    if region.is_selected:
        veil = QColor(color)
        veil.setAlphaF(_VEIL_OPACITY)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        painter.drawPolygon(polygon)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for paint, more in ((QColor(_RIM), 2.0), (color, 0.0)):
        pen = QPen(paint, width_px * (1.25 if region.is_selected else 1.0) + more)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if not region.is_own:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPolygon(polygon)
    if region.is_selected and region.is_own:
        _paint_grips(painter, region.outline_px, scale)
    painter.restore()


def paint_sketch(
    painter: QPainter, corners: Sequence[Pixel], *, scale: float, is_closed: bool
) -> None:
    """What is being drawn."""
    points = [place_of(corner, scale) for corner in corners]
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width_px in ((_RIM, 4.0), (_COLOR, 2.0)):
        painter.setPen(QPen(QColor(color), width_px))
        if is_closed:
            painter.drawPolygon(QPolygonF(points))
        else:
            painter.drawPolyline(QPolygonF(points))
    if not is_closed:
        painter.setPen(QPen(QColor(_RIM), 1.0))
        painter.setBrush(QColor(_COLOR))
        for index, point in enumerate(points[:-1] or points):
            radius_px = _GRIP_PX + 1.5 if index == 0 and len(points) > 3 else _GRIP_PX
            painter.drawEllipse(point, radius_px, radius_px)
    painter.restore()


def paint_hint(painter: QPainter, view: QWidget, text: str) -> None:
    """What to do next, in a band across the top of a view."""
    painter.save()
    flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
    room = QRectF(view.rect()).adjusted(2 * GAP_PX, GAP_PX, -2 * GAP_PX, 0)
    needed = painter.fontMetrics().boundingRect(room.toRect(), flags, text)
    band = QRectF(0, 0, view.width(), needed.height() + 2 * GAP_PX)
    rim = QColor(_RIM)
    rim.setAlphaF(_HINT_OPACITY)
    painter.fillRect(band, rim)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(band.adjusted(2 * GAP_PX, 0, -2 * GAP_PX, 0), flags, text)
    painter.restore()


def _paint_grips(painter: QPainter, outline: Sequence[Pixel], scale: float) -> None:
    painter.setPen(QPen(QColor(_RIM), 1.0))
    painter.setBrush(QColor(_COLOR))
    for corner in outline:
        painter.drawEllipse(place_of(corner, scale), _GRIP_PX, _GRIP_PX)
    painter.setBrush(QColor("#ffffff"))
    for middle in side_middles(outline):
        painter.drawEllipse(place_of(middle, scale), _SMALL_GRIP_PX, _SMALL_GRIP_PX)
