"""Legend and scale bar, painted over a finished picture of the 3D view."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from whatwhere_app.render.figure import Shot
from whatwhere_app.theme import Theme
from whatwhere_app.view_values import LegendLine, Wipe
from whatwhere_app.views.strokes import stroke_pen

_MARGIN_PX, _LINE_PX, _SAMPLE_PX, _FONT_PX = 12.0, 20.0, 28.0, 13
_BAR_SHARE, _THIN_TIMES, _NAME_PX = 0.16, 0.5, 24.0
_NICE = (1.0, 2.0, 5.0)


def scale_length_m(width_m: float) -> float:
    """The roundest length (1, 2 or 5 times a power of ten) below a sixth of the picture."""
    room = max(width_m * _BAR_SHARE, 1e-9)
    power = 10.0 ** np.floor(np.log10(room))
    return float(max(step * power for step in _NICE if step * power <= room * (1 + 1e-9)))


def with_legend(
    pixels: NDArray[np.uint8],
    lines: Sequence[LegendLine],
    theme: Theme,
    *,
    shot: Shot,
    wipe: Wipe | None = None,
) -> QImage:
    """(H, W, 4) uint8 as a picture with a legend at the top left, a scale bar at the bottom left.

    Args:
        pixels: the picture.
        lines: of the legend, in order.
        theme: the look.
        shot: from where, and how large; everything painted is as many times larger.
        wipe: the divider between two models, with their names.
    """
    height, width, _ = pixels.shape
    scale, metres_per_px = shot.scale, shot.metres_per_px
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    font = QFont()
    font.setPixelSize(_FONT_PX)
    painter.setFont(font)
    if lines:
        _paint_legend(painter, lines, theme)
    length_m = scale_length_m(width * metres_per_px)
    bar_px = length_m / metres_per_px / scale
    text = f"{length_m:g} m" + ("" if shot.pose.is_parallel else " where the camera looks")
    _paint_bar(painter, text, bar_px, height / scale, theme)
    if wipe is not None:
        _paint_divider(painter, wipe, QSizeF(width / scale, height / scale), theme)
    painter.end()
    return image


def _paint_legend(painter: QPainter, lines: Sequence[LegendLine], theme: Theme) -> None:
    metrics = QFontMetricsF(painter.font())
    text_px = max(metrics.horizontalAdvance(line.text) for line in lines)
    plate = QRectF(
        _MARGIN_PX,
        _MARGIN_PX,
        text_px + _SAMPLE_PX + 3 * _MARGIN_PX,
        len(lines) * _LINE_PX + _MARGIN_PX,
    )
    _paint_plate(painter, plate, theme)
    for number, line in enumerate(lines):
        middle = plate.top() + _MARGIN_PX / 2 + (number + 0.5) * _LINE_PX
        left = plate.left() + _MARGIN_PX
        stroke = theme.strokes[line.layer]
        width_px = stroke.width_px * (_THIN_TIMES if line.is_thin else 1.0)
        painter.setPen(stroke_pen(stroke, width_px=width_px))
        painter.drawLine(QPointF(left, middle), QPointF(left + _SAMPLE_PX, middle))
        painter.setPen(QColor(theme.text_1))
        beside = QRectF(left + _SAMPLE_PX + _MARGIN_PX, middle - 10, text_px + 4, 20)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter, line.text)


def _paint_bar(painter: QPainter, text: str, bar_px: float, height_px: float, theme: Theme) -> None:
    metrics = QFontMetricsF(painter.font())
    inner_px = max(bar_px, metrics.horizontalAdvance(text) + 4)
    plate = QRectF(_MARGIN_PX, height_px - 52, inner_px + 2 * _MARGIN_PX, 40)
    _paint_plate(painter, plate, theme)
    left, line = plate.left() + _MARGIN_PX, plate.top() + 13
    painter.setPen(QPen(QColor(theme.text_1), 2))
    ends = QPointF(left, line), QPointF(left + bar_px, line)
    painter.drawLine(*ends)
    for end in ends:
        painter.drawLine(end - QPointF(0, 4), end + QPointF(0, 4))
    below = QRectF(left, line + 5, inner_px, 20)
    painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, text)


def _paint_divider(painter: QPainter, wipe: Wipe, size: QSizeF, theme: Theme) -> None:
    middle = wipe.share * size.width()
    for color, width_px in ((theme.surface_0, 4.0), (theme.text_1, 1.5)):
        painter.setPen(QPen(QColor(color), width_px))
        painter.drawLine(QPointF(middle, 0), QPointF(middle, size.height()))
    metrics = QFontMetricsF(painter.font())
    for text, is_left in ((wipe.left, True), (wipe.right, False)):
        width_px = metrics.horizontalAdvance(text) + 2 * _MARGIN_PX
        left = middle - _MARGIN_PX - width_px if is_left else middle + _MARGIN_PX
        plate = QRectF(left, size.height() - _MARGIN_PX - _NAME_PX, width_px, _NAME_PX)
        _paint_plate(painter, plate, theme)
        painter.setPen(QColor(theme.text_1))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def _paint_plate(painter: QPainter, plate: QRectF, theme: Theme) -> None:
    color = QColor(theme.surface_1)
    color.setAlphaF(0.88)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(plate, 4, 4)
