"""Pages of help in a window of their own."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.markdown_page import lay_out_page

_SIZE_PX = (640, 640)


class HelpWindow(QDialog):
    """One page at a time, with a button for each.

    Args:
        pages: name and title of every page.
    """

    page_wanted = Signal(str)

    def __init__(self, pages: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Help")
        self.resize(*_SIZE_PX)
        self.page = QTextBrowser()
        self.page.setAccessibleName("Help page")
        self.page.document().setDocumentMargin(4 * GAP_PX)
        self._buttons: dict[str, QPushButton] = {}
        group, row = QButtonGroup(self), QHBoxLayout()
        row.setSpacing(GAP_PX)
        for name, title in pages:
            button = QPushButton(title)
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.clicked.connect(lambda *_, name=name: self.page_wanted.emit(name))
            group.addButton(button)
            row.addWidget(button)
            self._buttons[name] = button
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, 2 * GAP_PX, 2 * GAP_PX, 2 * GAP_PX)
        column.setSpacing(2 * GAP_PX)
        column.addLayout(row)
        column.addWidget(self.page, 1)

    def show_page(self, name: str, markdown: str) -> None:
        """Come up with this page."""
        self._buttons[name].setChecked(True)
        self.page.setMarkdown(markdown)
        lay_out_page(self.page.document())
        self.page.moveCursor(QTextCursor.MoveOperation.Start)
        self.show()
        self.raise_()
        self.activateWindow()
        self.page.setFocus()
