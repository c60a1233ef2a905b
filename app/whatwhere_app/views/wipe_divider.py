"""The line between two models in the 3D view, with their names; dragged or nudged."""

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from whatwhere_app.theme import DARK, Theme
from whatwhere_app.view_values import Wipe

_GRIP_PX = 15
_GRIP_HEIGHT_PX = 44
_NAMES_TOP_PX = 52
_GAP_PX = 6


class WipeDivider(QWidget):
    """A slim strip over the whole height of its parent, and a name on each side of it."""

    moved = Signal(float)
    nudged = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent
        self._theme = DARK
        self._wipe: Wipe | None = None
        self.names = QLabel(parent), QLabel(parent)
        for name in self.names:
            name.setObjectName("badge")
            name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            name.hide()
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Divider between the two models")
        self.setToolTip("Drag, or Alt with the left and right keys")
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """In this look's colours."""
        self._theme = theme
        self.update()

    def show_wipe(self, wipe: Wipe | None) -> None:
        """Stand there with these names, or be gone."""
        self._wipe = wipe
        for widget in (self, *self.names):
            widget.setVisible(wipe is not None)
        if wipe is not None:
            for label, text in zip(self.names, (wipe.left, wipe.right), strict=True):
                label.setText(text)
                label.adjustSize()
            self.place()

    def place(self) -> None:
        """Take the place that the parent's present size asks for."""
        if self._wipe is None:
            return
        width, height = self._view.width(), self._view.height()
        middle = round(self._wipe.share * width)
        self.setGeometry(middle - _GRIP_PX // 2, 0, _GRIP_PX, height)
        left, right = self.names
        left.move(middle - _GAP_PX - left.width(), _NAMES_TOP_PX)
        right.move(middle + _GAP_PX, _NAMES_TOP_PX)
        left.setVisible(left.x() >= 0)
        right.setVisible(right.x() + right.width() <= width)
        for widget in (*self.names, self):
            widget.raise_()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: dragged."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            x = self.mapTo(self._view, event.position()).x()
            self.moved.emit(x / max(self._view.width(), 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: with the focus, the plain keys move it too."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if steps is None:
            event.ignore()
        else:
            self.nudged.emit(steps)

    def sizeHint(self) -> QSize:
        """Qt: as wide as its grip."""
        return QSize(_GRIP_PX, _GRIP_HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: a line from top to bottom, and a grip in its middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, theme = self.width() / 2, self._theme
        ends = QPointF(middle, 0), QPointF(middle, self.height())
        for color, width_px in ((theme.surface_0, 4.0), (theme.text_1, 1.5)):
            painter.setPen(QPen(QColor(color), width_px))
            painter.drawLine(*ends)
        has_focus = self.hasFocus()
        painter.setPen(
            QPen(QColor(theme.accent if has_focus else theme.line), 2 if has_focus else 1)
        )
        painter.setBrush(QColor(theme.surface_2))
        top = (self.height() - _GRIP_HEIGHT_PX) / 2
        painter.drawRoundedRect(1, round(top), _GRIP_PX - 2, _GRIP_HEIGHT_PX, 4, 4)
        painter.setPen(QPen(QColor(theme.text_2), 1.5))
        for shift in (-2.5, 2.5):
            x, y = middle + shift, self.height() / 2
            painter.drawLine(QPointF(x, y - 7), QPointF(x, y + 7))
