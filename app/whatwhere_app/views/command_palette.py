"""A line and a list over the window: type a few letters, press Enter."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QVBoxLayout, QWidget

from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.view_values import Row
from whatwhere_app.views.two_line_list import TwoLineList

_SIZE_PX = (480, 420)
_TOP_PX = 48
_STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 8,
    Qt.Key.Key_PageUp: -8,
}


class CommandPalette(QFrame):
    """Lies over its parent while the focus is in it; Esc or a click elsewhere sends it away."""

    typed = Signal(str)
    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.line, self.list = QLineEdit(), TwoLineList("No command is called that.")
        self.line.setPlaceholderText("Find a command")
        self.line.setAccessibleName("Find a command")
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, 2 * GAP_PX, 2 * GAP_PX, 2 * GAP_PX)
        column.setSpacing(2 * GAP_PX)
        column.addWidget(self.line)
        column.addWidget(self.list, 1)
        self._came_from: QWidget | None = None
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self.typed)
        self.list.clicked.connect(lambda _: self._choose())
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.list.set_theme(theme)

    def open_with(self, rows: Sequence[Row]) -> None:
        """Come up with an empty line."""
        if self.isHidden():
            self._came_from = QApplication.focusWidget()
        self.line.clear()
        self.set_rows(rows)
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace what is found; the first is chosen by Enter."""
        self.list.set_rows(rows)
        self.list.set_current_key(rows[0].key if rows else None)
        self.list.scrollToTop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: keys of the line that move in the list, and the focus leaving."""
        if isinstance(event, QKeyEvent):
            return self._on_key(event)
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        is_ours = event.key() in (*_STEPS, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not is_ours or event.type() == QEvent.Type.KeyRelease:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # else Esc would reach the window's own command
        elif event.key() in _STEPS:
            self._step(_STEPS[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            self._choose()
        return True

    def _step(self, by: int) -> None:
        count = self.list.model().rowCount()
        row = max(0, min(count - 1, self.list.currentIndex().row() + by))
        self.list.setCurrentIndex(self.list.model().index(row, 0))

    def _choose(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            name = self.list.key_at(index)
            self._leave()
            self.chosen.emit(name)

    def _leave(self) -> None:
        if self._came_from is not None:
            self._came_from.setFocus()
        self.hide()

    def _place(self) -> None:
        around = self.window().size()
        width = min(_SIZE_PX[0], around.width() - 8 * GAP_PX)
        height = min(_SIZE_PX[1], around.height() - 2 * _TOP_PX)
        self.setGeometry((around.width() - width) // 2, _TOP_PX, width, height)
