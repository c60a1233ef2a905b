"""What a file of cases would add, before it is taken in."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.exchange_values import IncomingShown
from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.reading import make_readable

_WIDTH_PX = 460


class CaseImportPanel(QDialog):
    """A window of its own that blocks nothing."""

    taken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import annotated cases")
        self.setMinimumWidth(_WIDTH_PX)
        self._file, self._lines = QLabel(), QLabel()
        self._file.setObjectName("title")
        for label, name in ((self._file, "File"), (self._lines, "What it would do")):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            make_readable(label, name)
        self.kept = QListWidget()
        self.kept.setAccessibleName("What stays as it is here")
        self.take, self.cancel = QPushButton("Take in"), QPushButton("Cancel")
        self.take.setObjectName("primary")
        self.take.setDefault(True)
        self.take.clicked.connect(self._on_take)
        self.cancel.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX)
        column.setSpacing(3 * GAP_PX)
        for widget in (self._file, self._lines, self.kept):
            column.addWidget(widget)
        column.addLayout(buttons)

    @property
    def lines(self) -> list[str]:
        """What it says."""
        return self._lines.text().splitlines()

    def show_incoming(self, shown: IncomingShown) -> None:
        """Say what a file would do, and come to the front."""
        self._file.setText(shown.file)
        self._lines.setText("\n".join(shown.lines))
        self.kept.clear()
        self.kept.addItems(list(shown.kept))
        self.kept.setVisible(bool(shown.kept))
        self.take.setEnabled(shown.can_take)
        self.adjustSize()
        (self.take if shown.can_take else self.cancel).setFocus()
        self.show()
        self.raise_()
        self.activateWindow()

    def _on_take(self) -> None:
        self.close()
        self.taken.emit()
