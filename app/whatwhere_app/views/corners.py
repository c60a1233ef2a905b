"""Small widgets that float over another at a fixed place."""

from enum import Enum, auto

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QWidget

_MARGIN_PX = 12
_MOVING = {
    QEvent.Type.LayoutRequest,
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.Resize,
}


class Place(Enum):
    """Where a widget floats."""

    TOP = auto()
    """Across the whole width, the later below the earlier; what floats at the top makes room."""
    TOP_RIGHT = auto()
    TOP_LEFT = auto()
    """Beneath what floats at the top right, where there is no room beside it."""
    BOTTOM_RIGHT = auto()
    BOTTOM_LEFT = auto()
    MIDDLE = auto()


_AT_TOP = (Place.TOP, Place.TOP_RIGHT, Place.TOP_LEFT)


class Corners(QObject):
    """Keeps widgets at their places when they or the widget beneath change their size."""

    def __init__(self, beneath: QWidget) -> None:
        super().__init__(beneath)
        self._beneath = beneath
        self._places: dict[QWidget, Place] = {}
        beneath.installEventFilter(self)

    @classmethod
    def over(cls, beneath: QWidget) -> "Corners":
        """The one of a widget, so that what floats over it knows of each other."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        return beneath.findChild(cls, options=direct) or cls(beneath)

    def add(self, widget: QWidget, place: Place) -> None:
        """Float a widget."""
        widget.setParent(self._beneath)
        widget.installEventFilter(self)
        self._places[widget] = place

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: something may have to move."""
        if event.type() in _MOVING:
            for widget, place in self._places.items():
                if watched in (widget, self._beneath):
                    self._fit(widget, place)
                    self._put(widget, place)
            for widget, place in self._places.items():
                if place in _AT_TOP:  # another may be in its way
                    self._put(widget, place)
        return super().eventFilter(watched, event)

    def _fit(self, widget: QWidget, place: Place) -> None:
        if place is not Place.TOP:
            widget.adjustSize()
            return
        width, layout = self._beneath.width(), widget.layout()
        height = layout.totalHeightForWidth(width) if layout is not None else -1
        widget.resize(width, height if height > 0 else widget.sizeHint().height())
        if layout is not None:
            # Where the size has changed within a change of the layout, Qt lays nothing out again.
            layout.setGeometry(widget.contentsRect())

    def _put(self, widget: QWidget, place: Place) -> None:
        right = self._beneath.width() - widget.width()
        below = self._beneath.height() - widget.height()
        across = [other for other, its_place in self._places.items() if its_place is Place.TOP]
        earlier = across[: across.index(widget)] if place is Place.TOP else across
        above = sum(other.height() for other in earlier if not other.isHidden())
        top = _MARGIN_PX + above
        spot = {
            Place.TOP: (0, above),
            Place.BOTTOM_RIGHT: (right - _MARGIN_PX, below - _MARGIN_PX),
            Place.TOP_RIGHT: (right - _MARGIN_PX, top),
            Place.TOP_LEFT: (_MARGIN_PX, top),
            Place.BOTTOM_LEFT: (_MARGIN_PX, below - _MARGIN_PX),
            Place.MIDDLE: (right // 2, below // 2),
        }[place]
        widget.move(*spot)
        if place is not Place.TOP_LEFT:
            return
        for other, its_place in self._places.items():
            is_beside = its_place is Place.TOP_RIGHT and not other.isHidden()
            if is_beside and other.geometry().intersects(widget.geometry()):
                widget.move(QPoint(_MARGIN_PX, other.geometry().bottom() + _MARGIN_PX))
