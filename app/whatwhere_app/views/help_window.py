"""Pages of help in a window of their own."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import (
    QGuiApplication,
    QPalette,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
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

_SIZE_PX = (640, 640)
_FIRST_COLUMN_PX = 170


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
        _space_out(self.page.document())
        for frame in self.page.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _lay_out(frame)
        self.page.moveCursor(QTextCursor.MoveOperation.Start)
        self.show()
        self.raise_()
        self.activateWindow()
        self.page.setFocus()


def _space_out(document: QTextDocument) -> None:
    """Room between paragraphs, and more above headings."""
    cursor, block = QTextCursor(document), document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        if cursor.currentTable() is None:
            looks = block.blockFormat()
            looks.setTopMargin(4 * GAP_PX if looks.headingLevel() else GAP_PX)
            looks.setBottomMargin(2 * GAP_PX if looks.headingLevel() else GAP_PX)
            cursor.setBlockFormat(looks)
        block = block.next()


def _lay_out(table: QTextTable) -> None:
    """Hairlines instead of black rules; tables of two columns line up with one another."""
    looks = table.format()
    looks.setBorder(1)
    looks.setBorderCollapse(True)
    looks.setBorderBrush(QGuiApplication.palette().color(QPalette.ColorRole.Mid))
    looks.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    looks.setCellPadding(GAP_PX + 1)
    looks.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    if table.columns() == 2:
        fixed = QTextLength(QTextLength.Type.FixedLength, _FIRST_COLUMN_PX)
        looks.setColumnWidthConstraints([fixed, QTextLength()])
    table.setFormat(looks)
