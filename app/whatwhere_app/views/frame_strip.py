"""All frames of the scene as small pictures in a row, the best view of the selection first.

Only what is in sight has a picture and is painted, so thousands of frames cost what a dozen do.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QListView, QSizePolicy, QStyleOptionViewItem, QWidget

from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.view_values import FrameTile, Overlay, PixelMark
from whatwhere_app.views.frame_tiles import TILE_PX, FrameTiles, TilePainter, TileParts
from whatwhere_app.views.pictures import image_from

_MAX_PICTURES = 400


class FrameStrip(QListView):
    """A row of tiles; it tells which of them are in sight, and which of those lack a picture."""

    frame_chosen = Signal(str)
    look_through_requested = Signal(str)
    sight_changed = Signal(tuple, tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Frames")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(TILE_PX.height() + 5 * GAP_PX)
        self._tiles = FrameTiles(self)
        self.setModel(self._tiles)
        self._pictures: OrderedDict[str, tuple[QImage, int]] = OrderedDict()
        self._unreadable: dict[str, str] = {}
        self._overlays: Mapping[str, Sequence[Overlay]] = {}
        self._marks: Mapping[str, PixelMark] = {}
        self._gains: Mapping[str, float] = {}
        self._theme = DARK
        self._current: str | None = None
        self._message = "Open a scene to see its frames."
        self._in_sight: tuple[str, ...] = ()
        self._asked: set[str] = set()
        self._is_being_set = False
        self._painter = TilePainter(self._parts_of, self)
        self.setItemDelegate(self._painter)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.doubleClicked.connect(lambda index: self.look_through_requested.emit(_name(index)))

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._painter.theme = theme
        self.viewport().update()

    def show_tiles(self, tiles: Sequence[FrameTile]) -> None:
        """Replace the row; pictures of frames that stay are kept."""
        names = {tile.name for tile in tiles}
        self._pictures = OrderedDict((k, v) for k, v in self._pictures.items() if k in names)
        self._unreadable = {k: v for k, v in self._unreadable.items() if k in names}
        # Frames of every scene are called 0, 1, 2: the same names may lack other pictures now.
        self._in_sight, self._asked = (), set()
        self._is_being_set = True
        self._tiles.set_tiles(tiles)
        self._is_being_set = False
        self.set_current(self._current)
        self.viewport().update()

    def show_message(self, text: str) -> None:
        """An empty row that says why."""
        self._message = text
        self.setAccessibleDescription(text)
        self.show_tiles([])

    def set_thumbnail(self, name: str, color: NDArray[np.uint8], *, full_width_px: int) -> None:
        """The picture of one tile, (h, w, 3) uint8 RGB, of a frame that is `full_width_px` wide."""
        ratio = self.devicePixelRatioF()
        picture = image_from(color).scaled(
            TilePainter.picture_size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        picture.setDevicePixelRatio(ratio)
        self._pictures[name] = (picture, full_width_px)
        self._pictures.move_to_end(name)
        while len(self._pictures) > max(_MAX_PICTURES, len(self._in_sight)):
            self._pictures.popitem(last=False)
        self._redraw(name)

    def set_unreadable(self, name: str, reason: str) -> None:
        """There is no picture of this frame; the reason shows on hover."""
        self._unreadable[name] = reason
        self._tiles.set_reason(name, reason)
        self._redraw(name)

    def set_overlays(self, overlays: Mapping[str, Sequence[Overlay]]) -> None:
        """Replace the boxes over all tiles."""
        self._overlays = dict(overlays)
        self.viewport().update()

    def set_marks(self, marks: Mapping[str, PixelMark]) -> None:
        """Replace the marks over all tiles."""
        self._marks = dict(marks)
        self.viewport().update()

    def set_gains(self, gains: Mapping[str, float]) -> None:
        """What each frame adds to the answer, -1..1 of the greatest; none hides the bars."""
        self._gains = dict(gains)
        self.viewport().update()

    def set_current(self, name: str | None) -> None:
        """Mark one tile and bring it into sight."""
        self._current = name
        index = self._tiles.index_of(name)
        self._is_being_set = True
        self.setCurrentIndex(index)
        self._is_being_set = False
        if index.isValid():
            self.scrollTo(index)

    def rect_of(self, name: str) -> QRect:
        """Where a tile lies in the viewport; empty for a frame that the row lacks."""
        return self.visualRect(self._tiles.index_of(name))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: draw; then tell what came into sight."""
        super().paintEvent(event)
        if not self._tiles.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(self._theme.text_3))
            inner = self.viewport().rect().adjusted(3 * GAP_PX, 0, -3 * GAP_PX, 0)
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter), self._message)
        self._tell_sight()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: a wheel that turns up and down moves the row sideways."""
        angle = event.angleDelta()
        bar = self.horizontalScrollBar()
        delta = angle.x() or angle.y()
        bar.setValue(bar.value() - round(delta / 120 * TILE_PX.width()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Enter looks through the frame's camera."""
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.look_through_requested.emit(_name(index))
        else:
            super().keyPressEvent(event)

    def viewportSizeHint(self) -> QSize:
        """Qt: as high as one row."""
        return QSize(4 * TILE_PX.width(), TILE_PX.height())

    def initViewItemOption(self, option: QStyleOptionViewItem) -> None:
        """Qt: the delegate draws the focus of the current tile."""
        super().initViewItemOption(option)
        option.showDecorationSelected = True

    def _parts_of(self, name: str) -> TileParts:
        picture, full_width_px = self._pictures.get(name, (None, 1))
        return TileParts(
            picture=picture,
            full_width_px=full_width_px,
            is_unreadable=name in self._unreadable,
            overlays=self._overlays.get(name, ()),
            mark=self._marks.get(name),
            gain=self._gains.get(name),
        )

    def _on_current_changed(
        self, index: QModelIndex | QPersistentModelIndex, _previous: object
    ) -> None:
        if not self._is_being_set and index.isValid():
            self._current = _name(index)
            self.frame_chosen.emit(self._current)

    def _tell_sight(self) -> None:
        names = tuple(self._names_in_sight())
        known = self._pictures.keys() | self._unreadable.keys()
        lacking = tuple(name for name in names if name not in known)
        is_new = not self._asked.issuperset(lacking)
        self._asked = set(lacking)
        if names != self._in_sight or is_new:
            self._in_sight = names
            self.sight_changed.emit(names, lacking)

    def _names_in_sight(self) -> Iterator[str]:
        count = self._tiles.rowCount()
        if not count:
            return
        middle = self.viewport().height() // 2
        first = self.indexAt(QPoint(0, middle))
        last = self.indexAt(QPoint(self.viewport().width() - 1, middle))
        start = first.row() if first.isValid() else 0
        end = last.row() if last.isValid() else count - 1
        for row in range(start, end + 1):
            yield _name(self._tiles.index(row, 0))

    def _redraw(self, name: str) -> None:
        self.viewport().update(self.rect_of(name))


def _name(index: QModelIndex | QPersistentModelIndex) -> str:
    return str(index.data(FrameTiles.NAME_ROLE))
