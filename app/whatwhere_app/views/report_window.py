"""Shows every file of a report before it is saved."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.view_values import Row
from whatwhere_app.views.reading import make_readable
from whatwhere_app.views.two_line_list import TwoLineList

_SIZE_PX = (760, 520)
_LIST_PX = 250


class ReportWindow(QDialog):
    """Left the files, right what stands in the chosen one."""

    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Report")
        self.resize(*_SIZE_PX)
        intro = QLabel(
            "This is everything that the report holds: nothing of a scene but its name. "
            "Nothing is sent; you decide who gets the file."
        )
        intro.setWordWrap(True)
        self.files, self.content = TwoLineList(""), QPlainTextEdit()
        self.files.setFixedWidth(_LIST_PX)
        self.files.setAccessibleName("Files of the report")
        self.content.setReadOnly(True)
        self.content.setAccessibleName("Content of the file")
        self.content.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._report = QLabel()
        self._report.setObjectName("caption")
        self._report.setWordWrap(True)
        make_readable(self._report, "What was saved")
        self.save = QPushButton("Save report…")
        self.save.setObjectName("primary")
        self._texts: tuple[str, ...] = ()
        middle, below = QHBoxLayout(), QHBoxLayout()
        middle.addWidget(self.files)
        middle.addWidget(self.content, 1)
        below.addWidget(self._report, 1)
        below.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GAP_PX, 3 * GAP_PX, 3 * GAP_PX, 3 * GAP_PX)
        column.setSpacing(3 * GAP_PX)
        column.addWidget(intro)
        column.addLayout(middle, 1)
        column.addLayout(below)
        self.files.selectionModel().currentChanged.connect(lambda *_: self._show_content())
        self.save.clicked.connect(self.save_requested)

    @property
    def report(self) -> str:
        """What it says now."""
        return self._report.text()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.files.set_theme(theme)

    def show_parts(self, rows: Sequence[Row], texts: Sequence[str]) -> None:
        """Come up with the list of files and what stands in each."""
        self._texts = tuple(texts)
        self.files.set_rows(rows)
        self.files.set_current_key(rows[0].key if rows else None)
        self._show_content()
        self.show()
        self.raise_()
        self.activateWindow()

    def show_report(self, text: str) -> None:
        """What was written, or why nothing was."""
        self._report.setText(text)

    def _show_content(self) -> None:
        row = self.files.currentIndex().row()
        self.content.setPlainText(self._texts[row] if 0 <= row < len(self._texts) else "")
