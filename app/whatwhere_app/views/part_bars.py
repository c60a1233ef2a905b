"""Accuracy per part: a bar for each modality with its interval, chance as a tick, follow rates."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
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

from whatwhere_app.case_values import Bar, BarRow
from whatwhere_app.theme import DARK, GAP_PX, Theme

Index = QModelIndex | QPersistentModelIndex

_BAR_PX = 6
_CAP_PX = 4
"""Of an interval's ends; the tick of chance is higher and wider."""
_HERE = "▸"
"""Before the parts of the selected case."""
_PART = Qt.ItemDataRole.UserRole
_HINT = (
    "Share of right answers with its 95 % interval over scenes; the tick is what guessing inside "
    "the class would give. Click to keep only these cases."
)


class PartBars(QListView):
    """A click on a row keeps only its cases, or all again."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _Rows(self)
        self._painter = _Painter(self)
        self.setModel(self._rows)
        self.setItemDelegate(self._painter)
        self.setAccessibleName("Accuracy by part")
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.clicked.connect(self._on_activated)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._painter.theme = theme
        self.viewport().update()

    def show_rows(self, rows: Sequence[BarRow]) -> None:
        """Replace all rows."""
        self._rows.replace(tuple(rows))

    @property
    def rows(self) -> tuple[BarRow, ...]:
        """What is shown."""
        return self._rows.rows

    def keyPressEvent(self, event: Any) -> None:
        """Qt: Enter and Space choose, as a click does."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and self.currentIndex().isValid():
            self._on_activated(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _on_activated(self, index: QModelIndex) -> None:
        key = self._rows.rows[index.row()].key
        if key:
            self.chosen.emit(key)


class _Rows(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[BarRow, ...] = ()

    def replace(self, rows: tuple[BarRow, ...]) -> None:
        if rows == self.rows:
            return
        is_same = [row.key for row in rows] == [row.key for row in self.rows]
        if is_same and rows:
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
            return f"{_said(row)}\n{_HINT}" if row.key else _said(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _said(row)
        return row if role == _PART else None


class _Painter(QStyledItemDelegate):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = DARK

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Qt: so large."""
        row: BarRow = index.data(_PART)
        line = option.fontMetrics.height()
        bars = len(row.bars) * (_BAR_PX + 2)
        return QSize(100, line + bars + 3 * GAP_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt: draw a row."""
        row: BarRow = index.data(_PART)
        rect, theme = option.rect, self.theme
        painter.save()
        state = QStyle.StateFlag
        if row.is_chosen or option.state & (state.State_MouseOver | state.State_HasFocus):
            painter.fillRect(rect, QColor(theme.surface_2))
        if row.is_chosen:
            painter.fillRect(QRect(rect.topLeft(), QSize(3, rect.height())), QColor(theme.accent))
        if row.is_hovered:
            painter.setPen(QColor(theme.text_3))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        inner = rect.adjusted(2 * GAP_PX, GAP_PX, -2 * GAP_PX, -GAP_PX)
        self._paint_head(painter, option, inner, row)
        below = inner.adjusted(0, option.fontMetrics.height() + GAP_PX, 0, 0)
        if row.bars:
            shares = " · ".join(f"{100 * bar.share:.0f}" for bar in row.bars)
            right = f"{shares} %"
            painter.setPen(QColor(theme.text_2))
            flag = Qt.AlignmentFlag
            painter.drawText(below, flag.AlignRight | flag.AlignVCenter, right)
            width = option.fontMetrics.horizontalAdvance("100 · 100 · 100 %") + GAP_PX
            self._paint_bars(painter, below.adjusted(0, 0, -width, 0), row)
        painter.restore()

    def _paint_bars(self, painter: QPainter, inside: QRect, row: BarRow) -> None:
        top = inside.top()
        for bar in row.bars:
            track = QRectF(inside.left(), top, inside.width(), _BAR_PX)
            painter.fillRect(track, QColor(self.theme.line))
            track.setWidth(inside.width() * bar.share)
            painter.fillRect(track, QColor(bar.color))
            if bar.low is not None and bar.high is not None:
                self._paint_interval(painter, inside, top + _BAR_PX / 2, bar.low, bar.high)
            top += _BAR_PX + 2
        if row.chance is not None:
            height = len(row.bars) * (_BAR_PX + 2) + 2
            x = inside.left() + inside.width() * row.chance
            painter.fillRect(QRectF(x - 1, top - height, 2, height), QColor(self.theme.text_1))

    def _paint_interval(
        self, painter: QPainter, inside: QRect, y: float, low: float, high: float
    ) -> None:
        left, right = (inside.left() + inside.width() * end for end in (low, high))
        color = QColor(self.theme.text_1)
        painter.fillRect(QRectF(left, y - 0.5, right - left, 1), color)
        for end in (left, right):
            painter.fillRect(QRectF(end - 0.5, y - _CAP_PX / 2, 1, _CAP_PX), color)

    def _paint_head(
        self, painter: QPainter, option: QStyleOptionViewItem, inner: QRect, row: BarRow
    ) -> None:
        metrics, flag = option.fontMetrics, Qt.AlignmentFlag
        line = QRect(inner.left(), inner.top(), inner.width(), metrics.height())
        painter.setPen(QColor(self.theme.text_2))
        painter.drawText(line, flag.AlignRight | flag.AlignVCenter, row.follow)
        if row.follow:
            line.setRight(line.right() - metrics.horizontalAdvance(row.follow) - 2 * GAP_PX)
        count = f"   n {row.count:,}{'*' if row.note else ''}"
        title = metrics.elidedText(
            f"{_HERE} {row.title}" if row.has_case else row.title,
            Qt.TextElideMode.ElideRight,
            line.width() - metrics.horizontalAdvance(count),
        )
        painter.drawText(
            line.adjusted(metrics.horizontalAdvance(title), 0, 0, 0),
            flag.AlignLeft | flag.AlignVCenter,
            count,
        )
        painter.setPen(QColor(self.theme.text_1))
        painter.drawText(line, flag.AlignLeft | flag.AlignVCenter, title)


def _said(row: BarRow) -> str:
    parts = [_with_interval(bar) for bar in row.bars]
    if row.chance is not None:
        parts.append(f"chance {100 * row.chance:.1f} %")
    parts.append(f"{row.count:,} cases")
    if row.follow:
        parts.append(row.follow)
    if row.note:
        parts.append(row.note)
    if row.has_case:
        parts.append("the selected case is one of them")
    return f"{row.title}: {', '.join(parts)}."


def _with_interval(bar: Bar) -> str:
    share = f"{bar.name} {100 * bar.share:.1f} %"
    if bar.low is None or bar.high is None:
        return share
    return f"{share} [{100 * bar.low:.1f}, {100 * bar.high:.1f}]"
