"""Small widgets that float over another at a fixed place."""

from enum import Enum, auto

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

_MARGIN_PX = 12


class Place(Enum):
    """Where a widget floats."""

    TOP_RIGHT = auto()
    BOTTOM_RIGHT = auto()
    BOTTOM_LEFT = auto()
    MIDDLE = auto()


class Corners(QObject):
    """Keeps widgets at their places when they or the widget beneath change their size."""

    def __init__(self, beneath: QWidget) -> None:
        super().__init__(beneath)
        self._beneath = beneath
        self._places: dict[QWidget, Place] = {}
        beneath.installEventFilter(self)

    def add(self, widget: QWidget, place: Place) -> None:
        """Float a widget."""
        widget.setParent(self._beneath)
        widget.installEventFilter(self)
        self._places[widget] = place

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: something may have to move."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show, QEvent.Type.Resize):
            for widget in self._places:
                if watched in (widget, self._beneath):
                    self._put(widget)
        return super().eventFilter(watched, event)

    def _put(self, widget: QWidget) -> None:
        widget.adjustSize()
        right = self._beneath.width() - widget.width()
        below = self._beneath.height() - widget.height()
        spot = {
            Place.BOTTOM_RIGHT: (right - _MARGIN_PX, below - _MARGIN_PX),
            Place.TOP_RIGHT: (right - _MARGIN_PX, _MARGIN_PX),
            Place.BOTTOM_LEFT: (_MARGIN_PX, below - _MARGIN_PX),
            Place.MIDDLE: (right // 2, below // 2),
        }[self._places[widget]]
        widget.move(*spot)
