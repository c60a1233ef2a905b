"""A dot of one colour, beside what it stands for."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

SWATCH_PX = 12
_SCALE = 3
"""Drawn larger, so that it is sharp on screens of any density."""


def no_swatch() -> QIcon:
    """Nothing, as wide as a dot."""
    picture = QPixmap(SWATCH_PX * _SCALE, SWATCH_PX * _SCALE)
    picture.fill(Qt.GlobalColor.transparent)
    return QIcon(picture)


def swatch(color: str, line: str) -> QIcon:
    """A filled dot, or a ring where there is no colour.

    Args:
        color: "#rrggbb", or "".
        line: colour of its outline.
    """
    picture = QPixmap(SWATCH_PX * _SCALE, SWATCH_PX * _SCALE)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = painter.pen()
    pen.setColor(QColor(line))
    pen.setWidthF(_SCALE)
    painter.setPen(pen)
    if color:
        painter.setBrush(QColor(color))
    edge = _SCALE / 2 + 0.5
    painter.drawEllipse(QRectF(picture.rect()).adjusted(edge, edge, -edge, -edge))
    painter.end()
    return QIcon(picture)
