"""Scenes to open: the demo rooms that ship with the program, the pinned and the recent ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QLineEdit, QMenu, QVBoxLayout, QWidget

from whatwhere_app.tasks.throttle import Throttle
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.view_values import Row
from whatwhere_app.views.scene_filters import SceneFilters
from whatwhere_app.views.two_line_list import Index, TwoLineList

PICTURE_SIZE = QSize(52, 39)
_EMPTY = (
    "No scenes yet. Drop a scan folder here, choose File → Open scene folder, or list a "
    "whole data set with File → Add a folder of scans."
)
_NOT_THERE = "No scene has all that is asked for. Switch a filter off."
_SIGHT_MS = 120
_NOT_FOUND = "No scene has these words in its name or folder."


class SceneList(QWidget):
    """A line to search in, and rows with pictures; click or Enter opens a scene.

    Rows are keyed by folder.
    """

    scene_chosen = Signal(str)
    searched = Signal(str)
    filtered = Signal(object)
    pin_toggled = Signal(str)
    in_sight = Signal(list)
    folder_removed = Signal(str)
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Scenes")
        self._filters: SceneFilters | None = None
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a scene")
        self.search.setAccessibleName("Find a scene")
        self.search.setClearButtonEnabled(True)
        self.rows = TwoLineList(_EMPTY, picture_size=PICTURE_SIZE)
        self.rows.setUniformItemSizes(True)  # else Qt measures every text of a whole data set
        self.rows.setAccessibleName("Scenes to open")
        self.rows.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFocusProxy(self.rows)
        inset = QVBoxLayout()
        inset.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 0)
        inset.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        self._inset = inset
        column.addLayout(inset)
        column.addWidget(self.rows, 1)
        self.search.textChanged.connect(self._on_searched)
        self.search.returnPressed.connect(self._open_first)
        self.search.installEventFilter(self)
        self.rows.clicked.connect(self._choose)
        self.rows.activated.connect(self._choose)
        self.rows.customContextMenuRequested.connect(self._offer)
        self._sight = Throttle(self._tell_sight, delay_ms=_SIGHT_MS, at_once=False, parent=self)
        self.rows.verticalScrollBar().valueChanged.connect(lambda _: self._sight())
        self.rows.verticalScrollBar().rangeChanged.connect(lambda *_: self._sight())

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.rows.set_theme(theme)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace all rows."""
        self.rows.set_rows(rows)
        self._sight()

    def add_filters(self, filters: SceneFilters) -> None:
        """Switches beneath the search line, hidden until somebody shows them."""
        filters.hide()
        filters.changed.connect(self._on_filtered)
        self._filters = filters
        self._inset.addWidget(filters)

    def set_filters_shown(self, is_shown: bool) -> None:
        """Show the switches, or hide them and ask for nothing."""
        if self._filters is not None:
            self._filters.setVisible(is_shown)
            if not is_shown:
                self._filters.clear()

    def set_count(self, text: str) -> None:
        """What the empty search line says, e.g. "Find among 1,513 scans"."""
        self.search.setPlaceholderText(text)

    def set_current_key(self, key: str | None) -> None:
        """Mark the open scene."""
        self.rows.set_current_key(key)

    def set_picture(self, key: str, pixels: NDArray[np.uint8]) -> None:
        """(H, W, 4) RGBA of one scene."""
        height, width = pixels.shape[:2]
        data = np.ascontiguousarray(pixels)
        image = QImage(data.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
        self.rows.set_picture(key, QPixmap.fromImage(image))

    def start_search(self) -> None:
        """Put the cursor into the search line."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: the down key goes from the search line to what it found."""
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Down
        ):
            self.rows.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return super().eventFilter(watched, event)

    def _tell_sight(self) -> None:
        """Who draws pictures wants to know which rows can be seen."""
        area, model = self.rows.viewport().rect(), self.rows.model()
        count = model.rowCount()
        if not count:
            return
        ends = [self.rows.indexAt(QPoint(area.left() + 1, y)) for y in (1, area.bottom() - 1)]
        first, last = (index.row() if index.isValid() else None for index in ends)
        seen = range(first or 0, (count - 1 if last is None else last) + 1)
        self.in_sight.emit([self.rows.key_at(model.index(number, 0)) for number in seen])

    def _on_filtered(self, parts: frozenset[str]) -> None:
        self._say_why_empty()
        self.filtered.emit(parts)

    def _say_why_empty(self) -> None:
        is_filtered = self._filters is not None and bool(self._filters.chosen)
        has_words = bool(self.search.text().strip())
        text = _NOT_FOUND if has_words else _EMPTY
        self.rows.set_empty_text(_NOT_THERE if is_filtered else text)

    def _on_searched(self, text: str) -> None:
        self._say_why_empty()
        self.searched.emit(text)

    def _open_first(self) -> None:
        if self.rows.model().rowCount():
            self._choose(self.rows.model().index(0, 0))

    def _choose(self, index: Index) -> None:
        """Open a scene; the search has done its work, and keys are commands again."""
        key = self.rows.key_at(index)
        self.rows.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.clear()
        self.scene_chosen.emit(key)

    def _offer(self, place: QPoint) -> None:
        """What can be done with the row under the mouse, or with the current one by key."""
        index = self.rows.indexAt(place)
        if index.isValid():
            menu = self.menu_for(self.rows.row_at(index))
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.rows.viewport().mapToGlobal(place))

    def menu_for(self, row: Row) -> QMenu:
        """The commands of one row."""
        menu = QMenu(self)
        menu.addAction("Open", lambda: self.scene_chosen.emit(row.key))
        if not row.is_fixed:
            pin = "Unpin" if row.is_pinned else "Pin"
            menu.addAction(pin, lambda: self.pin_toggled.emit(row.key))
            if row.is_listed:
                menu.addAction(
                    "List this folder of scans no more",
                    lambda: self.folder_removed.emit(row.key),
                )
            else:
                menu.addAction("Remove from the list", lambda: self.removed.emit(row.key))
        return menu
