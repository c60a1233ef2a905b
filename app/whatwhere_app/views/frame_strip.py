"""All frames of the scene as small pictures in a row, the best view of the selection first."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QToolButton, QWidget

from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.view_values import FrameTile, Overlay
from whatwhere_app.views.overlays import paint_overlays
from whatwhere_app.views.pictures import image_from

_TILE_PX = QSize(132, 99)
_CAPTION_PX = 18


class FrameStrip(QScrollArea):
    """A row of tiles; it asks for the pictures of those that come into sight."""

    frame_chosen = Signal(str)
    look_through_requested = Signal(str)
    thumbnail_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Frames")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_TILE_PX.height() + _CAPTION_PX + 5 * GAP_PX)
        self._tiles: dict[str, _Tile] = {}
        self._theme = DARK
        self._current: str | None = None
        self._message = QLabel("Open a scene to see its frames.")
        self._message.setObjectName("hint")
        self._row = QHBoxLayout()
        self._row.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        self._row.setSpacing(GAP_PX)
        self._row.addWidget(self._message)
        self._row.addStretch()
        content = QWidget()
        content.setLayout(self._row)
        self.setWidget(content)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        for tile in self._tiles.values():
            tile.theme = theme
            tile.update()

    def show_tiles(self, tiles: Sequence[FrameTile]) -> None:
        """Replace the row; pictures of frames that stay are kept."""
        old, self._tiles = self._tiles, {}
        for position, tile in enumerate(tiles):
            widget = old.pop(tile.name, None) or _Tile(tile.name, self)
            widget.theme = self._theme
            widget.set_texts(tile)
            self._row.removeWidget(widget)
            self._row.insertWidget(position, widget)
            self._tiles[tile.name] = widget
        for widget in old.values():
            self._row.removeWidget(widget)
            widget.deleteLater()
        self._message.setVisible(not tiles)
        self.set_current(self._current)

    def show_message(self, text: str) -> None:
        """An empty row that says why."""
        self._message.setText(text)
        self.show_tiles([])

    def set_thumbnail(self, name: str, color: NDArray[np.uint8]) -> None:
        """The picture of one tile, (H, W, 3) uint8 RGB at the frame's own size."""
        if name in self._tiles:
            self._tiles[name].set_picture(color)

    def set_overlays(self, overlays: Mapping[str, Sequence[Overlay]]) -> None:
        """Replace the boxes over all tiles."""
        for name, tile in self._tiles.items():
            tile.overlays = tuple(overlays.get(name, ()))
            tile.update()

    def set_current(self, name: str | None) -> None:
        """Mark one tile and bring it into sight."""
        self._current = name
        for tile in self._tiles.values():
            tile.setChecked(tile.name == name)
        if name in self._tiles:
            self._row.activate()  # else the tile is still where it was
            self.ensureWidgetVisible(self._tiles[name])


class _Tile(QToolButton):
    """One picture with its caption; reachable by Tab, chosen by click or Space."""

    def __init__(self, name: str, strip: FrameStrip) -> None:
        super().__init__(strip)
        self.name = name
        self.theme = DARK
        self.overlays: tuple[Overlay, ...] = ()
        self._caption = name
        self._picture: QImage | None = None
        self._own_width = 1
        self._is_wanted = False
        self._strip = strip
        self.setCheckable(True)
        self.setFixedSize(_TILE_PX + QSize(2 * GAP_PX, _CAPTION_PX + GAP_PX))
        self.clicked.connect(lambda: strip.frame_chosen.emit(name))

    def set_texts(self, tile: FrameTile) -> None:
        self._caption = tile.caption
        self.setToolTip(tile.hint)
        self.setAccessibleName(f"Frame {tile.caption}")
        self.update()

    def set_picture(self, color: NDArray[np.uint8]) -> None:
        self._own_width = color.shape[1]
        ratio = self.devicePixelRatioF()
        self._picture = image_from(color).scaled(
            _TILE_PX * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self._picture.setDevicePixelRatio(ratio)
        self.update()

    def mouseDoubleClickEvent(self, event: object) -> None:
        self._strip.look_through_requested.emit(self.name)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None and not self._is_wanted:
            self._is_wanted = True
            self._strip.thumbnail_wanted.emit(self.name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(GAP_PX / 2, GAP_PX / 2, self.width() - GAP_PX, self.height() - GAP_PX)
        if self.isChecked() or self.hasFocus():
            painter.setPen(QColor(self.theme.accent))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.surface_2 if self.isChecked() else self.theme.surface_1))
        painter.drawRoundedRect(frame, 4, 4)
        place = QRectF(GAP_PX, GAP_PX, _TILE_PX.width(), _TILE_PX.height())
        if self._picture is None:
            painter.fillRect(place, QColor(self.theme.surface_2))
        else:
            self._paint_picture(painter, place, self._picture)
        self._paint_caption(painter)

    def _paint_picture(self, painter: QPainter, place: QRectF, picture: QImage) -> None:
        size = picture.deviceIndependentSize()
        shown = QRectF(0, 0, size.width(), size.height())
        shown.moveCenter(place.center())
        painter.drawImage(shown.topLeft(), picture)
        painter.save()
        painter.setClipRect(shown)
        painter.translate(shown.topLeft())
        scale = size.width() / self._own_width
        paint_overlays(painter, self.overlays, self.theme, scale=scale, thinner=0.6)
        painter.restore()

    def _paint_caption(self, painter: QPainter) -> None:
        font = self.font()
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.text_1 if self.isChecked() else self.theme.text_2))
        line = QRectF(2 * GAP_PX, _TILE_PX.height() + GAP_PX, _TILE_PX.width() - GAP_PX, 18)
        text = QFontMetrics(font).elidedText(
            self._caption, Qt.TextElideMode.ElideMiddle, int(line.width())
        )
        painter.drawText(
            line, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text
        )
