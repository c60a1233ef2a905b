"""A list whose rows have a main line and a caption, and a picture if the list has room for one.

Long texts are cut and shown whole on hover.
"""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.view_values import PartMark, Row

_CAPTION_ROLE = Qt.ItemDataRole.UserRole
_FAINT_ROLE = Qt.ItemDataRole.UserRole + 1
_KEY_ROLE = Qt.ItemDataRole.UserRole + 2
_PARTS_ROLE = Qt.ItemDataRole.UserRole + 3
_MAX_LINES = 2

Index = QModelIndex | QPersistentModelIndex


class TwoLineList(QListView):
    """A list view over `Row` values.

    Args:
        empty_text: what an empty list says.
        picture_size: room left of every row, in logical pixels; None for a list without pictures.
    """

    def __init__(
        self,
        empty_text: str,
        parent: QWidget | None = None,
        *,
        picture_size: QSize | None = None,
    ) -> None:
        super().__init__(parent)
        self._rows = _RowModel(self)
        self._painter = _RowDelegate(self, picture_size)
        self._empty_text = empty_text
        self._theme = DARK
        self.setModel(self._rows)
        self.setItemDelegate(self._painter)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._painter.theme = theme
        self.viewport().update()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace all rows; equal ones leave selection and scroll bar as they are."""
        if tuple(rows) != self._rows.rows:
            self._rows.replace(rows)

    def set_picture(self, key: str, picture: QPixmap) -> None:
        """The picture of the row with this key, now and whenever such a row comes."""
        self._painter.pictures[key] = picture
        self.viewport().update()

    def set_empty_text(self, text: str) -> None:
        """What an empty list says: what it is for and the next step."""
        self._empty_text = text
        self.viewport().update()

    def key_at(self, index: Index) -> str:
        """The key of a row."""
        return self.row_at(index).key

    def row_at(self, index: Index) -> Row:
        """What a row shows."""
        return self._rows.rows[index.row()]

    def set_current_key(self, key: str | None) -> None:
        """Mark the row with this key, or none."""
        number = next((i for i, row in enumerate(self._rows.rows) if row.key == key), None)
        if number is None:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        else:
            self.setCurrentIndex(self._rows.index(number))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: a scroll bar takes width, so texts wrap anew; Qt itself heeds only a new height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()

    def paintEvent(self, event: object) -> None:
        """Qt: draw the rows, or the sentence of an empty list."""
        super().paintEvent(event)  # type: ignore[arg-type]
        if self._rows.rows:
            return
        painter = QPainter(self.viewport())
        painter.setPen(QColor(self._theme.text_3))
        inner = self.viewport().rect().adjusted(3 * GAP_PX, 2 * GAP_PX, -3 * GAP_PX, -2 * GAP_PX)
        painter.drawText(inner, Qt.TextFlag.TextWordWrap, self._empty_text)


class _RowModel(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()

    def replace(self, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        values = {
            Qt.ItemDataRole.DisplayRole: row.text,
            Qt.ItemDataRole.ToolTipRole: row.hint or row.text,
            Qt.ItemDataRole.AccessibleTextRole: f"{row.text} ({row.caption or _in_words(row)})",
            _CAPTION_ROLE: row.caption,
            _FAINT_ROLE: row.is_faint,
            _KEY_ROLE: row.key,
            _PARTS_ROLE: row.parts,
        }
        return values.get(role)


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, parent: QListView, picture_size: QSize | None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.pictures: dict[str, QPixmap] = {}
        self._list = parent
        self._max_lines = _MAX_LINES if picture_size is None else 1
        self._picture_size = picture_size

    @property
    def _beside_px(self) -> int:
        """What the picture takes of the width."""
        return 0 if self._picture_size is None else self._picture_size.width() + 2 * GAP_PX

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        metrics = option.fontMetrics
        width = self._list.viewport().width() - 6 * GAP_PX - self._beside_px
        height = _text_height(metrics, width, index, self._max_lines)
        if self._picture_size is not None:
            height = max(height, self._picture_size.height())
        return QSize(width, height + 3 * GAP_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state = option.state
        area = option.rect.adjusted(GAP_PX, 1, -GAP_PX, -1)
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            color = self.theme.accent if is_selected else self.theme.surface_2
            painter.setBrush(QColor(color))
            painter.drawRoundedRect(area, 4, 4)
        inner = area.adjusted(2 * GAP_PX, GAP_PX, -2 * GAP_PX, -GAP_PX)
        if self._picture_size is not None:
            self._paint_picture(painter, inner, index)
            inner = inner.adjusted(self._beside_px, 0, 0, 0)
            inner = _centred(
                inner, _text_height(painter.fontMetrics(), inner.width(), index, self._max_lines)
            )
        self._paint_texts(painter, inner, index, is_selected=is_selected)
        painter.restore()

    def _paint_picture(self, painter: QPainter, inner: QRect, index: Index) -> None:
        """The row's picture, faded where what it shows is gone; a plain tile without one."""
        assert self._picture_size is not None
        area = _centred(inner, self._picture_size.height())
        area.setWidth(self._picture_size.width())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.surface_0))
        painter.drawRoundedRect(area, 3, 3)
        picture = self.pictures.get(str(index.data(_KEY_ROLE)))
        if picture is None:
            return
        size = picture.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(area.topLeft(), size)
        target.moveCenter(area.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(0.35 if index.data(_FAINT_ROLE) else 1.0)
        painter.drawPixmap(target, picture)
        painter.setOpacity(1.0)

    def _paint_texts(
        self, painter: QPainter, inner: QRect, index: Index, *, is_selected: bool
    ) -> None:
        metrics = painter.fontMetrics()
        caption = str(index.data(_CAPTION_ROLE) or "")
        parts = index.data(_PARTS_ROLE)
        below = metrics.lineSpacing() if caption or parts else 0
        text_area = inner.adjusted(0, 0, 0, -below)
        plain = self.theme.text_3 if index.data(_FAINT_ROLE) else self.theme.text_1
        painter.setPen(QColor(self.theme.on_accent if is_selected else plain))
        lines = max(1, text_area.height() // metrics.lineSpacing())
        room = int(text_area.width() * lines * (0.94 if lines > 1 else 1.0))
        # A sentence loses its end; only names are cut in the middle.
        text = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room)
        wrap = Qt.TextFlag.TextWordWrap if self._max_lines > 1 else Qt.TextFlag.TextSingleLine
        painter.drawText(text_area, int(wrap), text)
        font = painter.font()
        font.setPixelSize(12)
        painter.setFont(font)
        line = inner.adjusted(0, inner.height() - below, 0, 0)
        if parts:
            self._paint_parts(painter, line, parts, is_selected=is_selected)
        elif caption:
            painter.setPen(QColor(self.theme.on_accent if is_selected else self.theme.text_2))
            elided = painter.fontMetrics().elidedText(
                caption, Qt.TextElideMode.ElideMiddle, line.width()
            )
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), elided)

    def _paint_parts(
        self, painter: QPainter, line: QRect, parts: Sequence[PartMark], *, is_selected: bool
    ) -> None:
        """What is there in words, what is missing fainter and struck out."""
        left, font = line.left(), painter.font()
        for part in parts:
            color = self.theme.text_2 if part.is_there else self.theme.text_3
            painter.setPen(QColor(self.theme.on_accent if is_selected else color))
            font.setStrikeOut(not part.is_there)
            painter.setFont(font)
            room = QRect(left, line.top(), line.right() - left, line.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), part.name)
            left += painter.fontMetrics().horizontalAdvance(part.name) + 2 * GAP_PX


def _in_words(row: Row) -> str:
    """What a row's parts say without being seen."""
    absent = ", ".join(part.name for part in row.parts if not part.is_there)
    present = ", ".join(part.name for part in row.parts if part.is_there)
    return f"{present or 'nothing there'}{f'; without {absent}' if absent else ''}"


def _centred(area: QRect, height: int) -> QRect:
    """A part of an area as high as this, in its middle."""
    return QRect(area.left(), area.top() + (area.height() - height) // 2, area.width(), height)


def _text_height(metrics: QFontMetrics, width: int, index: Index, max_lines: int) -> int:
    """What a row's texts need, in pixels."""
    flags = int(Qt.TextFlag.TextWordWrap)
    wrapped = metrics.boundingRect(QRect(0, 0, width, 10_000), flags, str(index.data()))
    lines = min(max_lines, max(1, round(wrapped.height() / metrics.lineSpacing())))
    has_caption = bool(index.data(_CAPTION_ROLE) or index.data(_PARTS_ROLE))
    return (lines + has_caption) * metrics.lineSpacing()
