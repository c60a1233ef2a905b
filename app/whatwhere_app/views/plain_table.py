"""A table of texts: rows of plain values, keys that outlive a refresh, numbers to the right."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from whatwhere_app.theme import GAP_PX

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row.

    Attributes:
        key: what its owner calls it.
        texts: one per column.
        hint: on hover; empty takes the cell's text.
        color: of its texts, "#rrggbb"; "" for the usual one.
    """

    key: str
    texts: tuple[str, ...]
    hint: str = ""
    color: str = ""


class PlainTable(QTableView):
    """Selects whole rows; a refresh keeps selection and place.

    Args:
        titles: of the columns.
        name: for screen readers.
        right: columns of numbers.
        stretched: the column that takes what is left.
        several: whether more than one row may be selected.
    """

    chosen = Signal(list)

    def __init__(
        self,
        titles: Sequence[str],
        name: str,
        parent: QWidget | None = None,
        *,
        right: Collection[int] = (),
        stretched: int = 0,
        several: bool = False,
    ) -> None:
        super().__init__(parent)
        self._rows = _Rows(titles, right, self)
        self.setModel(self._rows)
        self.setAccessibleName(name)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(7 * GAP_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(8 * GAP_PX)
        self._is_showing = False
        self.selectionModel().selectionChanged.connect(lambda *_: self._tell())

    @property
    def rows(self) -> tuple[TextRow, ...]:
        """What is shown."""
        return self._rows.rows

    @property
    def selected_keys(self) -> list[str]:
        """Of the selected rows; the current one first."""
        numbers = sorted({index.row() for index in self.selectionModel().selectedRows()})
        current = self.currentIndex().row()
        numbers.sort(key=lambda number: (number != current, number))
        return [self._rows.rows[number].key for number in numbers]

    def show_rows(self, rows: Sequence[TextRow], selected: Collection[str] = ()) -> None:
        """Replace all rows and what is selected, without telling anybody."""
        self._is_showing = True
        try:
            if tuple(rows) != self._rows.rows:
                place = self.verticalScrollBar().value()
                current = self.currentIndex()
                key = self._rows.rows[current.row()].key if current.isValid() else None
                if self._rows.replace(rows):
                    self._go_to(key)
                    self.verticalScrollBar().setValue(place)
            if set(selected) != set(self.selected_keys):
                self._select(selected)
        finally:
            self._is_showing = False

    def _go_to(self, key: str | None) -> None:
        for number, row in enumerate(self._rows.rows):
            if row.key == key:
                index = self._rows.index(number, 0)
                flag = QItemSelectionModel.SelectionFlag.NoUpdate
                self.selectionModel().setCurrentIndex(index, flag)

    def _select(self, keys: Collection[str]) -> None:
        wanted = QItemSelection()
        first: QModelIndex | None = None
        for number, row in enumerate(self._rows.rows):
            if row.key in keys:
                index = self._rows.index(number, 0)
                wanted.select(index, self._rows.index(number, self._rows.columnCount() - 1))
                if first is None or row.key == next(iter(keys)):
                    first = index
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(wanted, flag.ClearAndSelect)
        if first is not None:
            self.selectionModel().setCurrentIndex(first, flag.NoUpdate)
            self.scrollTo(first)

    def _tell(self) -> None:
        if not self._is_showing:
            self.chosen.emit(self.selected_keys)


class _Rows(QAbstractTableModel):
    def __init__(self, titles: Sequence[str], right: Collection[int], parent: QObject) -> None:
        super().__init__(parent)
        self._titles, self._right = tuple(titles), frozenset(right)
        self.rows: tuple[TextRow, ...] = ()

    def replace(self, rows: Sequence[TextRow]) -> bool:
        """Take other rows; False when they were the same ones with other texts."""
        keys, before = [row.key for row in rows], [row.key for row in self.rows]
        if keys == before:
            self.rows = tuple(rows)
            if rows:
                last = self.index(len(rows) - 1, len(self._titles) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return False
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()
        return True

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Qt: how many rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Qt: how many columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Qt: titles of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return self._side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: one cell."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.texts[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.hint or row.texts[index.column()] or None
        if role == Qt.ItemDataRole.ForegroundRole and row.color:
            return QColor(row.color)
        return self._side(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _side(self, column: int) -> int:
        flag = Qt.AlignmentFlag
        side = flag.AlignRight if column in self._right else flag.AlignLeft
        return int(side | flag.AlignVCenter)
