"""A length in metres beneath the 3D view, drawn to scale."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from whatwhere_app.render.camera import CameraPose
from whatwhere_app.theme import DARK, Theme
from whatwhere_app.views.legend import scale_length_m

_PADDING_PX, _GAP_PX, _TICK_PX, _HEIGHT_PX = 7, 7, 4, 22


class ScaleBar(QFrame):
    """Right at the depth of the orbit centre; without perspective, right everywhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("badge")
        self._theme = DARK
        self._bar_px = 0
        self.text = ""
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """In this look's colours."""
        self._theme = theme
        self.update()

    def show_scale(self, pose: CameraPose, width_px: int, height_px: int) -> None:
        """For a picture of this size in logical pixels, seen from `pose`."""
        metres_per_px = pose.height_m / max(height_px, 1)
        length_m = scale_length_m(max(width_px, 1) * metres_per_px)
        text, bar_px = f"{length_m:g} m", round(length_m / metres_per_px)
        where = (
            "Exact everywhere: there is no perspective."
            if pose.is_parallel
            else f"Right {pose.distance_m:.2f} m away, where the camera turns about. "
            "What is nearer looks larger. View → Orthographic has no perspective."
        )
        if where != self.toolTip():
            self.setToolTip(where)
        if (text, bar_px) != (self.text, self._bar_px):
            self.text, self._bar_px = text, bar_px
            self.setAccessibleName(f"Scale bar: {text}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Qt: the bar, and its length beside it."""
        text_px = QFontMetrics(self.font()).horizontalAdvance(self.text)
        return QSize(self._bar_px + text_px + _GAP_PX + 2 * _PADDING_PX, _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: a line with two ends, and the text."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QPen(QColor(self._theme.text_1), 1.5))
        middle = self.height() / 2
        ends = QPointF(_PADDING_PX, middle), QPointF(_PADDING_PX + self._bar_px, middle)
        painter.drawLine(*ends)
        for end in ends:
            painter.drawLine(end - QPointF(0, _TICK_PX), end + QPointF(0, _TICK_PX))
        beside = self.rect().adjusted(_PADDING_PX + self._bar_px + _GAP_PX, 0, 0, 0)
        painter.setPen(QColor(self._theme.text_2))
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter, self.text)
