"""The tiles of the frame strip: their texts as a model, their look as a delegate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from whatwhere_app.theme import DARK, GAP_PX
from whatwhere_app.view_values import FrameTile, Overlay, PixelMark
from whatwhere_app.views.overlays import paint_mark, paint_overlays

_PICTURE_PX = QSize(132, 99)
_CAPTION_PX = 18
TILE_PX = _PICTURE_PX + QSize(3 * GAP_PX, _CAPTION_PX + GAP_PX)
_FAINT_OPACITY = 0.45
_GAIN_PX = 5.0

Index = QModelIndex | QPersistentModelIndex


class FrameTiles(QAbstractListModel):
    """One row per frame."""

    NAME_ROLE = int(Qt.ItemDataRole.UserRole)
    FAINT_ROLE = NAME_ROLE + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tiles: tuple[FrameTile, ...] = ()
        self._rows: dict[str, int] = {}
        self._reasons: dict[str, str] = {}

    def set_tiles(self, tiles: Sequence[FrameTile]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._tiles = tuple(tiles)
        self._rows = {tile.name: row for row, tile in enumerate(tiles)}
        self._reasons = {k: v for k, v in self._reasons.items() if k in self._rows}
        self.endResetModel()

    def set_reason(self, name: str, reason: str) -> None:
        """Why a frame has no picture, to be shown on hover."""
        self._reasons[name] = reason

    def index_of(self, name: str | None) -> QModelIndex:
        """The row of a frame; an invalid index when it has none."""
        row = self._rows.get(name or "")
        return QModelIndex() if row is None else self.index(row, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Qt: how many frames."""
        return 0 if parent.isValid() else len(self._tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: texts of one frame."""
        if not index.isValid():
            return None
        tile = self._tiles[index.row()]
        reason = self._reasons.get(tile.name, "")
        texts = {
            int(Qt.ItemDataRole.DisplayRole): tile.caption,
            int(Qt.ItemDataRole.ToolTipRole): reason or tile.hint or tile.caption,
            int(Qt.ItemDataRole.AccessibleTextRole): f"Frame {tile.caption}",
            int(Qt.ItemDataRole.AccessibleDescriptionRole): reason or tile.hint,
            self.NAME_ROLE: tile.name,
            self.FAINT_ROLE: tile.is_faint,
        }
        return texts.get(int(role))


@dataclass(frozen=True, slots=True)
class TileParts:
    """What one tile shows beside its texts.

    Attributes:
        picture: None while it is not decoded.
        full_width_px: of the frame; boxes and mark are in its pixels.
        is_unreadable: there will be no picture.
        overlays: boxes.
        mark: the marked point, if the frame sees it.
        gain: what the frame adds to the answer, -1..1 of the greatest; None where nobody asked.
    """

    picture: QImage | None
    full_width_px: int
    is_unreadable: bool
    overlays: Sequence[Overlay]
    mark: PixelMark | None
    gain: float | None = None


class TilePainter(QStyledItemDelegate):
    """Draws a tile: picture, boxes, mark, caption."""

    def __init__(self, parts_of: Callable[[str], TileParts], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts_of = parts_of
        self.theme = DARK

    @staticmethod
    def picture_size() -> QSize:
        """The room for the picture, in logical pixels."""
        return QSize(_PICTURE_PX)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Qt: all tiles are alike."""
        return TILE_PX

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt: draw one tile."""
        parts = self._parts_of(str(index.data(FrameTiles.NAME_ROLE)))
        state = option.state
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        has_focus = bool(state & QStyle.StateFlag.State_HasFocus)
        area = QRectF(option.rect)
        area.setHeight(min(area.height(), TILE_PX.height()))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self.theme.accent) if is_current else Qt.PenStyle.NoPen)
        if is_current and has_focus:
            pen = painter.pen()
            pen.setWidthF(2.0)
            painter.setPen(pen)
        painter.setBrush(QColor(self.theme.surface_2 if is_current else self.theme.surface_1))
        painter.drawRoundedRect(area.adjusted(2, 1, -2, -1), 4, 4)
        place = QRectF(area.topLeft() + QPointF(1.5 * GAP_PX, GAP_PX), QSize(_PICTURE_PX))
        is_faint = bool(index.data(FrameTiles.FAINT_ROLE)) and not is_current
        painter.setOpacity(_FAINT_OPACITY if is_faint else 1.0)
        if parts.picture is None:
            self._paint_no_picture(painter, place, is_unreadable=parts.is_unreadable)
        else:
            self._paint_picture(painter, place, parts.picture, parts)
        painter.setOpacity(1.0)
        if parts.gain is not None:
            self._paint_gain(painter, place, parts.gain)
        self._paint_caption(painter, place, str(index.data()), is_current=is_current)
        painter.restore()

    def _paint_no_picture(self, painter: QPainter, place: QRectF, *, is_unreadable: bool) -> None:
        painter.fillRect(place, QColor(self.theme.surface_2))
        if is_unreadable:
            painter.setPen(QColor(self.theme.warning))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), "cannot be read")

    def _paint_picture(
        self, painter: QPainter, place: QRectF, picture: QImage, parts: TileParts
    ) -> None:
        size = picture.deviceIndependentSize()
        shown = QRectF(0, 0, size.width(), size.height())
        shown.moveCenter(place.center())
        painter.drawImage(shown.topLeft(), picture)
        painter.save()
        painter.setClipRect(shown)
        painter.translate(shown.topLeft())
        scale = size.width() / parts.full_width_px
        paint_overlays(painter, parts.overlays, self.theme, scale=scale, thinner=0.6)
        if parts.mark is not None:
            painter.setOpacity(1.0)  # also where the tile is dimmed
            paint_mark(painter, parts.mark, scale=scale, radius_px=4.0)
        painter.restore()

    def _paint_gain(self, painter: QPainter, place: QRectF, gain: float) -> None:
        """A bar along the foot: from the left for the answer, from the right against it."""
        bar = QRectF(place.left(), place.bottom() - _GAIN_PX, place.width(), _GAIN_PX)
        painter.fillRect(bar, QColor(self.theme.surface_0))
        color = self.theme.highlight if gain > 0 else self.theme.error
        width = abs(gain) * bar.width()
        left = bar.left() if gain > 0 else bar.right() - width
        painter.fillRect(QRectF(left, bar.top(), width, bar.height()), QColor(color))

    def _paint_caption(
        self, painter: QPainter, place: QRectF, caption: str, *, is_current: bool
    ) -> None:
        font = painter.font()
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.text_1 if is_current else self.theme.text_2))
        line = QRectF(place.left() + GAP_PX / 2, place.bottom(), place.width() - GAP_PX, 18)
        text = QFontMetrics(font).elidedText(
            caption, Qt.TextElideMode.ElideMiddle, int(line.width())
        )
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(line, int(flags), text)
