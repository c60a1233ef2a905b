"""Cues as a forest plot: the odds ratio of each with its interval, on one logarithmic scale."""

from collections.abc import Sequence
from math import log
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from whatwhere_app.shortcut_values import CueRow
from whatwhere_app.theme import DARK, GAP_PX, Theme

Index = QModelIndex | QPersistentModelIndex

_ROW = Qt.ItemDataRole.UserRole
_LANE_PX, _DOT_PX, _WHISKER_PX = 14, 4.0, 2.0
_LEAST_REACH, _MOST_REACH = log(2.0), log(100.0)
_SAMPLE = "100 %, chance 100 %"


class CueForest(QListView):
    """A click on a cue keeps the cases that it explains, or all again."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _Rows(self)
        self._painter = _Painter(self)
        self.setModel(self._rows)
        self.setItemDelegate(self._painter)
        self.setAccessibleName("Cues")
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.clicked.connect(self._on_activated)

    @property
    def rows(self) -> tuple[CueRow, ...]:
        """What is shown."""
        return self._rows.rows

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._painter.theme = theme
        self.viewport().update()

    def show_rows(self, rows: Sequence[CueRow], color: str) -> None:
        """Replace all rows.

        Args:
            rows: the cues.
            color: of those that draw the choice beyond doubt, "#rrggbb".
        """
        self._painter.color, self._painter.reach = color, _reach(rows)
        self._rows.replace(tuple(rows))
        self.viewport().update()

    def keyPressEvent(self, event: Any) -> None:
        """Qt: Enter and Space choose, as a click does."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and self.currentIndex().isValid():
            self._on_activated(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _on_activated(self, index: QModelIndex) -> None:
        self.chosen.emit(self._rows.rows[index.row()].key)


class _Rows(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[CueRow, ...] = ()

    def replace(self, rows: tuple[CueRow, ...]) -> None:
        if rows == self.rows:
            return
        if [row.key for row in rows] == [row.key for row in self.rows] and rows:
            self.rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Qt: how many rows."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: one row."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.hint}\nClick to keep only these cases."
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.title}: {row.value}. {row.hint}"
        return row if role == _ROW else None


class _Painter(QStyledItemDelegate):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme, self.color, self.reach = DARK, DARK.accent, _LEAST_REACH

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Qt: so large."""
        return QSize(100, option.fontMetrics.height() + _LANE_PX + 3 * GAP_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt: draw a row."""
        row: CueRow = index.data(_ROW)
        rect, metrics, flag = option.rect, option.fontMetrics, Qt.AlignmentFlag
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = QStyle.StateFlag
        if row.is_chosen or option.state & (state.State_MouseOver | state.State_HasFocus):
            painter.fillRect(rect, QColor(self.theme.surface_2))
        if row.is_chosen:
            bar = QRect(rect.topLeft(), QSize(3, rect.height()))
            painter.fillRect(bar, QColor(self.theme.accent))
        inner = rect.adjusted(2 * GAP_PX, GAP_PX, -2 * GAP_PX, -GAP_PX)
        head = QRect(inner.topLeft(), QSize(inner.width(), metrics.height()))
        painter.setPen(QColor(self.theme.text_2))
        painter.drawText(head, flag.AlignRight | flag.AlignVCenter, row.value)
        head.setRight(head.right() - metrics.horizontalAdvance(row.value) - 2 * GAP_PX)
        painter.setPen(QColor(self.theme.text_1))
        title = metrics.elidedText(row.title, Qt.TextElideMode.ElideRight, head.width())
        painter.drawText(head, flag.AlignLeft | flag.AlignVCenter, title)
        lane = QRect(inner.left(), head.bottom() + GAP_PX, inner.width(), _LANE_PX)
        painter.setPen(QColor(self.theme.text_2))
        painter.drawText(lane, flag.AlignRight | flag.AlignVCenter, row.share)
        taken = max(metrics.horizontalAdvance(_SAMPLE), metrics.horizontalAdvance(row.share))
        self._paint_lane(painter, QRectF(lane.adjusted(0, 0, -taken - 2 * GAP_PX, 0)), row)
        painter.restore()

    def _paint_lane(self, painter: QPainter, lane: QRectF, row: CueRow) -> None:
        middle_px = lane.center().y()

        def place(odds: float) -> float:
            share = (log(max(odds, 1e-9)) / self.reach + 1) / 2
            return lane.left() + lane.width() * min(max(share, 0.0), 1.0)

        line = QColor(self.theme.line)
        painter.fillRect(QRectF(lane.left(), middle_px - 0.5, lane.width(), 1), line)
        painter.fillRect(
            QRectF(place(1.0) - 0.5, lane.top(), 1, lane.height()), QColor(self.theme.text_2)
        )
        color = QColor(self.color if row.is_found else self.theme.text_3)
        if row.low is not None and row.high is not None:
            left, right = place(row.low), place(row.high)
            whisker = QRectF(left, middle_px - _WHISKER_PX / 2, right - left, _WHISKER_PX)
            painter.fillRect(whisker, color)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(place(row.odds), middle_px), _DOT_PX, _DOT_PX)


def _reach(rows: Sequence[CueRow]) -> float:
    """Half of the scale, in log-odds, so that every interval is on it."""
    ends = [end for row in rows for end in (row.odds, row.low, row.high) if end]
    return min(max([_LEAST_REACH, *(abs(log(end)) for end in ends)]), _MOST_REACH)
