"""Boxes and marks drawn over pictures, in the pixels of the picture."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from whatwhere_app.theme import Theme
from whatwhere_app.view_values import Overlay, PixelMark, PixelRegion, Segment
from whatwhere_app.views.strokes import stroke_pen

_RIVAL_TIMES = 0.5
_HIDDEN_OPACITY = 0.25
# White with a dark rim stands out from any photo, and is no layer's colour.
_MARK, _RIM = "#ffffff", "#101216"
_VEIL_OPACITY = 0.45


def paint_overlays(
    painter: QPainter,
    overlays: Sequence[Overlay],
    theme: Theme,
    *,
    scale: float,
    thinner: float = 1.0,
) -> None:
    """Draw boxes over a picture that is shown `scale` times its own size."""
    for overlay in overlays:
        stroke = theme.stroke_of(overlay.layer)
        width_px = stroke.width_px * thinner * (_RIVAL_TIMES if overlay.is_rival else 1.0)
        painter.setPen(stroke_pen(stroke, width_px=width_px))
        opacity = painter.opacity()
        painter.setOpacity(opacity * _HIDDEN_OPACITY)
        painter.drawLines(_lines(overlay.hidden, scale))
        painter.setOpacity(opacity)
        painter.drawLines(_lines(overlay.segments, scale))


def paint_region(
    painter: QPainter,
    region: PixelRegion,
    theme: Theme,
    *,
    size_px: tuple[int, int],
    scale: float,
) -> None:
    """A part of a picture in grey: its patches, the box around them, and its name.

    Args:
        painter: in pixels of the screen, the picture's corner at its origin.
        region: the part.
        theme: for the grey.
        size_px: (width, height) of the picture.
        scale: at which the picture is shown.
    """
    grey, rim = QColor(theme.text_2), QColor(_RIM)
    veil = QColor(grey)
    veil.setAlphaF(_VEIL_OPACITY)
    pixels = np.where(region.mask, veil.rgba(), 0).astype(np.uint32)
    height, width = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32)
    whole = QRectF(QPointF(0, 0), QSizeF(*size_px) * scale)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
    painter.drawImage(whole, image)
    left, top, right, bottom = (scale * (edge + 0.5) for edge in region.box_px)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width_px in ((rim, 4.0), (grey, 2.0)):
        painter.setPen(QPen(color, width_px))
        painter.drawRect(QRectF(left, top, right - left, bottom - top))
    metrics = painter.fontMetrics()
    label = QRectF(left, top - metrics.height(), metrics.horizontalAdvance(region.name) + 8.0, 0)
    label.setHeight(metrics.height())
    # Names stay in the picture.
    label.moveTop(max(label.top(), 0.0))
    label.moveRight(min(label.right(), max(whole.width(), label.width())))
    painter.fillRect(label, rim)
    painter.setPen(QPen(grey))
    painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter), region.name)
    painter.restore()


def paint_mark(painter: QPainter, mark: PixelMark, *, scale: float, radius_px: float) -> None:
    """A ring with a dot around the marked point; without the dot where the point is hidden."""
    middle = QPointF((mark.x_px + 0.5) * scale, (mark.y_px + 0.5) * scale)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width_px in ((_RIM, 4.0), (_MARK, 2.0)):
        painter.setPen(QPen(QColor(color), width_px))
        painter.drawEllipse(middle, radius_px, radius_px)
    if not mark.is_hidden:
        painter.setPen(QPen(QColor(_RIM), 1.0))
        painter.setBrush(QColor(_MARK))
        painter.drawEllipse(middle, radius_px / 3, radius_px / 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _lines(segments: Sequence[Segment], scale: float) -> list[QLineF]:
    return [
        QLineF((x0 + 0.5) * scale, (y0 + 0.5) * scale, (x1 + 0.5) * scale, (y1 + 0.5) * scale)
        for (x0, y0), (x1, y1) in segments
    ]
