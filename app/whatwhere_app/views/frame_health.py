"""A list of all frames with what is wrong with them, in a window of its own."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX
from whatwhere_app.view_values import HealthRow

_SIZE_PX = (760, 480)
_TITLES = ("Frame", "State", "Measured", "Off the mesh", "What is wrong")
_HINTS = (
    "Name, as in the file names",
    "Left out: the program does not use it. Faulty: it is used, but something is odd.",
    "Share of the depth image that holds a measurement",
    "Median distance between the depth image and the mesh",
    "",
)
# A sign besides the word, so that a long list can be skimmed.
_SIGNS = {"usable": "✓", "faulty": "!", "left out": "✗"}
_COLUMN_PX = (90, 100, 90, 110)

Index = QModelIndex | QPersistentModelIndex


class FrameHealthWindow(QDialog):
    """A table; a row that is chosen asks for its frame."""

    frame_chosen = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Frame health")
        self.resize(*_SIZE_PX)
        self._rows = HealthTable(self)
        self._shown = _OnlyFaults(self)
        self._shown.setSourceModel(self._rows)
        self._shown.setSortRole(HealthTable.SORT_ROLE)
        self.table = QTableView()
        self.table.setAccessibleName("Frames and their faults")
        self.table.setModel(self._shown)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(7 * GAP_PX)
        header = self.table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width_px in enumerate(_COLUMN_PX):
            self.table.setColumnWidth(column, width_px)
        self.only_faults = QCheckBox("Only frames with a fault")
        self.only_faults.toggled.connect(self._shown.set_only_faults)
        self._summary = QLabel()
        self._summary.setObjectName("caption")
        self._summary.setWordWrap(True)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        row = QHBoxLayout()
        row.addWidget(self._summary, 1)
        row.addWidget(self.only_faults)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GAP_PX, 2 * GAP_PX, 2 * GAP_PX, 2 * GAP_PX)
        layout.addLayout(row)
        layout.addWidget(self.table)

    @property
    def summary(self) -> str:
        """What is said above the table."""
        return self._summary.text()

    def open_with(self, title: str, rows: Sequence[HealthRow]) -> None:
        """Come up with these rows."""
        self.setWindowTitle(f"Frame health: {title}" if title else "Frame health")
        self._rows.set_rows(rows)
        self.show()
        self.raise_()
        self.activateWindow()
        self.table.setFocus()

    def set_row(self, row: HealthRow) -> None:
        """Replace the row of the same frame."""
        self._rows.set_row(row)

    def clear(self) -> None:
        """Hold no rows; whether the list is on the screen stays as it is."""
        self.setWindowTitle("Frame health")
        self._rows.set_rows(())

    def show_summary(self, text: str) -> None:
        """How many frames are checked, and how many have a fault."""
        self._summary.setText(text)

    def done(self, result: int) -> None:
        """Qt: the window closes."""
        super().done(result)
        self.closed.emit()

    def _on_current_changed(self, index: QModelIndex, _previous: QModelIndex) -> None:
        if index.isValid():
            self.frame_chosen.emit(str(index.siblingAtColumn(0).data()))


class HealthTable(QAbstractTableModel):
    """One row per frame."""

    SORT_ROLE = int(Qt.ItemDataRole.UserRole)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[HealthRow] = []
        self._places: dict[str, int] = {}

    def set_rows(self, rows: Sequence[HealthRow]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self._places = {row.name: place for place, row in enumerate(rows)}
        self.endResetModel()

    def set_row(self, row: HealthRow) -> None:
        """Replace the row of the same frame."""
        place = self._places.get(row.name)
        if place is not None:
            self._rows[place] = row
            self.dataChanged.emit(self.index(place, 0), self.index(place, self.columnCount() - 1))

    def row_at(self, place: int) -> HealthRow:
        """One row."""
        return self._rows[place]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Qt: how many frames."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Qt: how many facts about each."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Qt: titles of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return _HINTS[section] or None if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: one fact about one frame."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _texts(row)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.fault or None
        if role == self.SORT_ROLE:
            return _sort_keys(row, index.row())[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (2, 3):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None


class _OnlyFaults(QSortFilterProxyModel):
    """The rows that are wanted, sorted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._only_faults = False

    def set_only_faults(self, only_faults: bool) -> None:
        """Show frames with a fault only, or all."""
        self.beginResetModel()
        self._only_faults = only_faults
        self.endResetModel()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Qt: whether a row is shown."""
        table = self.sourceModel()
        assert isinstance(table, HealthTable)
        return not self._only_faults or table.row_at(source_row).state != "usable"


def _texts(row: HealthRow) -> tuple[str, ...]:
    share, error_m = row.measured_share, row.depth_error_m
    return (
        row.name,
        f"{_SIGNS[row.state]} {row.state}",
        "" if share is None else f"{100 * share:.0f} %",
        "" if error_m is None else f"{100 * error_m:.1f} cm",
        row.fault,
    )


def _sort_keys(row: HealthRow, place: int) -> tuple[float | str, ...]:
    share, error_m = row.measured_share, row.depth_error_m
    return (
        place,
        row.state,
        -1.0 if share is None else share,
        -1.0 if error_m is None else error_m,
        row.fault,
    )
