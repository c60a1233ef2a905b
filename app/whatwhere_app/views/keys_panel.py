"""Every command with its keys, and another key by pressing it."""

from collections.abc import Sequence

from PySide6.QtCore import QSortFilterProxyModel, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX
from whatwhere_app.view_values import KeyRow
from whatwhere_app.views.reading import make_readable

_SIZE_PX = (640, 640)
_COLUMNS = ("Command", "Menu", "Key")
_NAME_ROLE = Qt.ItemDataRole.UserRole


class KeysPanel(QDialog):
    """A list to search, and beneath it what can be done with the chosen command."""

    key_wanted = Signal(str, str)
    removal_wanted = Signal(str)
    reset_wanted = Signal(str)
    reset_all_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.resize(*_SIZE_PX)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a command or a key")
        self.search.setAccessibleName("Find a command or a key")
        self.search.setClearButtonEnabled(True)
        self._model = QStandardItemModel(0, len(_COLUMNS), self)
        self._model.setHorizontalHeaderLabels(_COLUMNS)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._model)
        self._found.setFilterKeyColumn(-1)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list = self._build_list()
        self.key = QKeySequenceEdit()
        self.key.setMaximumSequenceLength(1)
        self.key.setAccessibleName("New key")
        self.key.setAccessibleDescription("Press the key for the chosen command")
        self.give, self.remove = QPushButton("Use this key"), QPushButton("No key")
        self.reset, self.reset_all = QPushButton("Reset"), QPushButton("Reset all")
        self.give.setObjectName("primary")
        self._said = QLabel()
        self._said.setObjectName("caption")
        self._said.setWordWrap(True)
        self._said.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        make_readable(self._said, "What was done")
        for button in (self.give, self.remove, self.reset, self.reset_all):
            button.setAutoDefault(False)
        self._arrange()
        self._connect()

    @property
    def said(self) -> str:
        """What it says beneath the list."""
        return self._said.text()

    def open_with_focus(self) -> None:
        """Come up, ready to search."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.search.setFocus()

    def show_keys(self, rows: Sequence[KeyRow]) -> None:
        """Replace the list; the chosen command stays chosen."""
        chosen = self._chosen()
        self._model.removeRows(0, self._model.rowCount())
        for row in rows:
            keys = " or ".join(_native(key) for key in row.keys)
            shown = f"{keys or 'none'} (changed)" if row.is_changed else keys
            items = [QStandardItem(text) for text in (row.text.rstrip("…"), row.menu, shown)]
            items[0].setData(row.name, _NAME_ROLE)
            for item in items:
                item.setEditable(False)
            self._model.appendRow(items)
        self.choose(chosen or rows[0].name)

    def choose(self, name: str) -> None:
        """Mark a command in the list."""
        for number in range(self._model.rowCount()):
            item = self._model.item(number)
            if item.data(_NAME_ROLE) == name:
                self.list.setCurrentIndex(self._found.mapFromSource(item.index()))

    def say(self, text: str, *, is_fault: bool) -> None:
        """What was done, or why not."""
        self._said.setObjectName("warningText" if is_fault else "caption")
        self._said.style().unpolish(self._said)
        self._said.style().polish(self._said)
        self._said.setText(text)

    def _build_list(self) -> QTreeView:
        view = QTreeView()
        view.setObjectName("roomy")
        view.setModel(self._found)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setAccessibleName("Commands and their keys")
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        view.header().setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        view.header().setStretchLastSection(False)
        return view

    def _arrange(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(2 * GAP_PX)
        below.addWidget(self.key, 1)
        for button in (self.give, self.remove, self.reset):
            below.addWidget(button)
        below.addSpacing(2 * GAP_PX)
        below.addWidget(self.reset_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GAP_PX, 3 * GAP_PX, 3 * GAP_PX, 3 * GAP_PX)
        column.setSpacing(2 * GAP_PX)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addLayout(below)
        column.addWidget(self._said)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._found.setFilterFixedString)
        self.list.activated.connect(lambda _: self.key.setFocus())
        self.list.selectionModel().currentChanged.connect(lambda *_: self.key.clear())
        self.give.clicked.connect(self._give)
        self.remove.clicked.connect(lambda: self._tell(self.removal_wanted))
        self.reset.clicked.connect(lambda: self._tell(self.reset_wanted))
        self.reset_all.clicked.connect(self.reset_all_wanted)

    def _give(self) -> None:
        name = self._chosen()
        if name is not None:
            portable = QKeySequence.SequenceFormat.PortableText
            self.key_wanted.emit(name, self.key.keySequence().toString(portable))

    def _tell(self, signal: SignalInstance) -> None:
        name = self._chosen()
        if name is not None:
            signal.emit(name)

    def _chosen(self) -> str | None:
        index = self.list.currentIndex()
        return index.siblingAtColumn(0).data(_NAME_ROLE) if index.isValid() else None


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
