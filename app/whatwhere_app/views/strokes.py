"""Line patterns of the layers, as pens for pictures and as small samples beside names."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from whatwhere_app.theme import Stroke

# In multiples of the line's width.
_PATTERNS = {"dash": [4.0, 2.0], "dot": [1.0, 1.4], "long": [9.0, 1.5]}


def stroke_pen(stroke: Stroke, *, width_px: float) -> QPen:
    """A pen that draws like the boxes of this layer."""
    color = QColor(stroke.color)
    color.setAlphaF(stroke.opacity)
    pen = QPen(color, width_px)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if stroke.pattern != "solid":
        pen.setDashPattern(_PATTERNS[stroke.pattern])
    return pen


def stroke_icon(stroke: Stroke, size: QSize, *, pixel_ratio: float) -> QIcon:
    """A short piece of the line; paler where its layer is switched off."""
    icon = QIcon()
    for state, opacity in ((QIcon.State.On, 1.0), (QIcon.State.Off, 0.35)):
        pixmap = QPixmap(size * pixel_ratio)
        pixmap.setDevicePixelRatio(pixel_ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(opacity)
        painter.setPen(stroke_pen(stroke, width_px=3.0))
        middle = size.height() / 2
        painter.drawLine(QPointF(0, middle), QPointF(size.width(), middle))
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal, state)
    return icon
