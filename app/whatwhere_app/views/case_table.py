"""The cases as a table: a million rows are as quick as ten, since only what is seen is made text.

Shapes: K rows that are shown.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.case_values import CaseColumn
from whatwhere_app.theme import GAP_PX

Index = QModelIndex | QPersistentModelIndex
ReadRows = Callable[[NDArray[np.int64]], Sequence[tuple[str, ...]]]
"""Texts of the cells of these cases, a tuple for each."""

PAGE = 64
_MOST_PAGES = 128
_LEAST_LETTERS = 36
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class CaseRows(QAbstractTableModel):
    """Cells are read a page at a time, and the last pages are kept."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._titles: tuple[str, ...] = ()
        self._hints: tuple[str, ...] = ()
        self._right: frozenset[int] = frozenset()
        self._cases_K = np.zeros(0, np.int64)
        self._read: ReadRows = lambda cases: [()] * len(cases)
        self._pages: dict[int, Sequence[tuple[str, ...]]] = {}

    @property
    def cases_K(self) -> NDArray[np.int64]:
        """(K,) which case each row is."""
        return self._cases_K

    def set_columns(self, columns: Sequence[CaseColumn]) -> None:
        """Other columns."""
        self.beginResetModel()
        self._titles = tuple(column.title for column in columns)
        self._hints = tuple(column.hint for column in columns)
        self._right = frozenset(n for n, column in enumerate(columns) if column.is_number)
        self._pages = {}
        self.endResetModel()

    def set_cases(self, cases_K: NDArray[np.int64], read: ReadRows) -> None:
        """Other rows, in this order."""
        self.beginResetModel()
        self._cases_K, self._read, self._pages = cases_K, read, {}
        self.endResetModel()

    def row_of(self, case: int) -> int | None:
        """The row of a case, where it is shown."""
        found = np.flatnonzero(self._cases_K == case)
        return int(found[0]) if len(found) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Qt: how many rows."""
        return 0 if parent.isValid() else len(self._cases_K)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Qt: how many columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Qt: titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self._titles):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._hints[section]
        return self._side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: one cell."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(index.row(), index.column())
        return self._side(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _side(self, column: int) -> int:
        return _RIGHT if column in self._right else _LEFT

    def _text(self, row: int, column: int) -> str:
        number = row // PAGE
        page = self._pages.get(number)
        if page is None:
            if len(self._pages) >= _MOST_PAGES:
                self._pages.clear()
            page = self._read(self._cases_K[number * PAGE : (number + 1) * PAGE])
            self._pages[number] = page
        return page[row % PAGE][column]


class _RowDelegate(QStyledItemDelegate):
    """Draws a thin line above and beneath the row of the case that the pointer is at elsewhere."""

    row: int | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt: draw a cell."""
        super().paint(painter, option, index)
        if index.row() == self.row:
            painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
            rect = option.rect
            painter.drawLine(rect.topLeft(), rect.topRight())
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())


class CaseTable(QWidget):
    """A line that counts, above the rows."""

    case_clicked = Signal(int)
    case_opened = Signal(int)
    case_hovered = Signal(int)
    sort_chosen = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count = QLabel()
        self.count.setObjectName("caption")
        self.rows = CaseRows(self)
        self.table = QTableView()
        table = self.table
        table.setModel(self.rows)
        self._delegate = _RowDelegate(table)
        table.setItemDelegate(self._delegate)
        table.setAccessibleName("Cases")
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setMouseTracking(True)
        upright = table.verticalHeader()
        upright.hide()
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        upright.setDefaultSectionSize(6 * GAP_PX)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setMinimumSectionSize(8 * GAP_PX)
        header.sectionClicked.connect(self._on_header_clicked)
        self._sorted: tuple[int, bool] | None = None
        self._is_showing = False
        self._widths: list[int] = []
        table.selectionModel().currentRowChanged.connect(self._on_current)
        table.doubleClicked.connect(lambda index: self.case_opened.emit(self._case(index)))
        table.entered.connect(lambda index: self.case_hovered.emit(self._case(index)))
        table.viewportEntered.connect(lambda: self.case_hovered.emit(-1))
        table.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 0)
        column.setSpacing(GAP_PX)
        column.addWidget(self.count)
        column.addWidget(table, 1)

    def set_columns(self, columns: Sequence[CaseColumn]) -> None:
        """Other columns."""
        self._is_showing = True
        try:
            self.rows.set_columns(columns)
        finally:
            self._is_showing = False
        self._widths = [column.width_letters for column in columns]
        self._share_width()

    def show_cases(self, cases_K: NDArray[np.int64], read: ReadRows, said: str) -> None:
        """Replace all rows without telling anybody."""
        self._is_showing = True
        try:
            self.rows.set_cases(cases_K, read)
        finally:
            self._is_showing = False
        self.count.setText(said)

    def show_sort(self, column: int | None, *, descending: bool) -> None:
        """By which column the rows are in order."""
        self._sorted = None if column is None else (column, descending)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header = self.table.horizontalHeader()
        header.setSortIndicator(-1 if column is None else column, order)

    def mark_case(self, case: int | None) -> None:
        """The selected case, where it is shown."""
        row = None if case is None else self.rows.row_of(case)
        current = self.table.currentIndex()
        if row is not None and current.isValid() and current.row() == row:
            return
        self._is_showing = True
        try:
            if row is None:
                self.table.clearSelection()
                flag = QItemSelectionModel.SelectionFlag.NoUpdate
                self.table.selectionModel().setCurrentIndex(QModelIndex(), flag)
            else:
                self.table.selectRow(row)
                self.table.scrollTo(self.rows.index(row, 0))
        finally:
            self._is_showing = False

    def mark_hovered(self, case: int | None) -> None:
        """The case that the pointer is at in some view, where its row is shown."""
        row = None if case is None else self.rows.row_of(case)
        if row != self._delegate.row:
            self._delegate.row = row
            self.table.viewport().update()

    @property
    def hovered_row(self) -> int | None:
        """The row that is marked thinly."""
        return self._delegate.row

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: the pointer leaves the rows."""
        if event.type() == QEvent.Type.Leave:
            self.case_hovered.emit(-1)
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the widest column takes what is left, but is never too narrow to be read."""
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        header, letter = self.table.horizontalHeader(), self.fontMetrics().averageCharWidth()
        taken_px = sum(self._widths) * letter
        # Also where no row is there yet, and so no scroll bar.
        bar_px = self.table.verticalScrollBar().sizeHint().width()
        room_px = self.table.width() - 2 * self.table.frameWidth() - bar_px - taken_px
        for number, width in enumerate(self._widths):
            wanted_px = width * letter if width else max(room_px, _LEAST_LETTERS * letter)
            header.resizeSection(number, wanted_px)

    def _case(self, index: QModelIndex) -> int:
        return int(self.rows.cases_K[index.row()])

    def _on_current(self, index: QModelIndex, _: QModelIndex) -> None:
        if not self._is_showing and index.isValid():
            self.case_clicked.emit(self._case(index))

    def _on_header_clicked(self, column: int) -> None:
        """Down, up, and as in the split again."""
        if self._sorted == (column, True):
            self.sort_chosen.emit(column, False)
        elif self._sorted == (column, False):
            self.sort_chosen.emit(-1, False)
        else:
            self.sort_chosen.emit(column, True)
