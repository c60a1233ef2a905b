"""A frame on which outlines are drawn and mended."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from whatwhere.geometry.outlines import Outline, area_px, box_outline, holds
from whatwhere_app.annotate_values import RegionShown, RegionTool
from whatwhere_app.views.frame_view import FrameView
from whatwhere_app.views.outline_editing import Grip, Pixel, dragged, grip_at, without_corner
from whatwhere_app.views.region_marks import paint_hint, paint_outline, paint_sketch

_REACH_PX = 9.0
_HINTS: dict[RegionTool, str] = {
    "box": "Drag a rectangle around the object. Esc gives up.",
    "outline": "Click around the object. Enter or a double-click closes the outline, Backspace "
    "takes a corner back, Esc gives up.",
}


class RegionPicture(FrameView):
    """While a tool is on, the left button draws; a selected outline of one's own has grips.

    Signals:
        outline_drawn: corners in pixels of the picture.
        outline_changed: id and corners, after a grip was let go.
        region_chosen: id of the outline that was clicked; None beside all of them.
        delete_requested: the Delete key, while an outline is selected.
        drawing_changed: whether a tool is on.
    """

    outline_drawn = Signal(object)
    outline_changed = Signal(str, object)
    region_chosen = Signal(object)
    delete_requested = Signal()
    drawing_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMouseTracking(True)
        self._regions: tuple[RegionShown, ...] = ()
        self._tool: RegionTool | None = None
        self._corners: list[Pixel] = []
        self._pointer: Pixel | None = None
        self._held: tuple[Grip, Pixel, RegionShown] | None = None
        self._mended: Outline | None = None

    @property
    def is_drawing(self) -> bool:
        """Whether the left button draws."""
        return self._tool is not None

    def begin(self, tool: RegionTool) -> None:
        """Let the left button draw."""
        was_drawing, self._tool = self.is_drawing, tool
        self._corners, self._pointer, self._held = [], None, None
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.update()
        if not was_drawing:
            self.drawing_changed.emit(True)

    def end(self) -> None:
        """Draw no more; what was begun is given up."""
        was_drawing, self._tool = self.is_drawing, None
        self._corners, self._pointer = [], None
        self._held = self._mended = None
        self.unsetCursor()
        self.update()
        if was_drawing:
            self.drawing_changed.emit(False)

    def show_regions(self, regions: Sequence[RegionShown]) -> None:
        """Replace the outlines over the picture."""
        self._regions = tuple(regions)
        self._held = self._mended = None
        self.update()

    def screen_place(self, corner: Pixel) -> QPointF:
        """Where a pixel of the picture is in this widget."""
        assert self._image is not None
        place, scale = self._placed(self._image)
        return place.topLeft() + QPointF((corner[0] + 0.5) * scale, (corner[1] + 0.5) * scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: the picture, then the outlines over it."""
        super().paintEvent(event)
        if self._image is None:
            return
        place, scale = self._placed(self._image)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.translate(place.topLeft())
        for region in sorted(self._regions, key=lambda item: item.is_selected):
            shown = region
            if self._mended is not None and region.is_selected:
                shown = RegionShown(region.region_id, self._mended, is_selected=True)
            paint_outline(painter, shown, scale=scale)
        if self._corners and self._pointer is not None:
            is_box = self._tool == "box"
            sketch = (
                box_outline(self._corners[0], self._pointer)
                if is_box
                else (*self._corners, self._pointer)
            )
            paint_sketch(painter, sketch, scale=scale, is_closed=is_box)
        painter.restore()
        if self._tool is not None:
            paint_hint(painter, self, _HINTS[self._tool])

    def event(self, event: QEvent) -> bool:
        """Qt: keys that mean something here are no commands of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            draws = self._tool == "outline" and event.key() in _DRAWING_KEYS
            deletes = event.key() == Qt.Key.Key_Delete and self._selected() is not None
            if draws or deletes:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Enter closes an outline, Backspace takes a corner back, Delete deletes."""
        if self._tool == "outline" and event.key() in _DRAWING_KEYS:
            if event.key() == Qt.Key.Key_Backspace:
                self._corners = self._corners[:-1]
                self.update()
            else:
                self._finish(tuple(self._corners))
        elif event.key() == Qt.Key.Key_Delete and self._selected() is not None:
            self.delete_requested.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a corner is set, or a grip is taken."""
        place = self._pixel(event.position())
        if event.button() != Qt.MouseButton.LeftButton or place is None:
            super().mousePressEvent(event)
        elif self._tool == "box":
            self._corners = [place]
        elif self._tool == "outline":
            self._add_corner(place)
        else:
            self._take_grip(place, event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: what is drawn or held goes along."""
        place = self._pixel(event.position())
        if place is None or event.buttons() & Qt.MouseButton.MiddleButton:
            super().mouseMoveEvent(event)
        elif self._tool is not None:
            self._pointer = place
            self.update()
        elif self._held is not None:
            grip, start, region = self._held
            if self._mended is not None or self._has_left(start, event.position()):
                self._mended = dragged(region.outline_px, grip, start, place)
                self._pressed = None  # it is no click on the picture any more
                self.update()
        else:
            if not event.buttons():
                self._point_at(place)
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: a rectangle is finished, or a grip let go."""
        place = self._pixel(event.position())
        if event.button() != Qt.MouseButton.LeftButton or place is None:
            super().mouseReleaseEvent(event)
        elif self._tool == "box":
            if self._corners and self._has_left(self._corners[0], event.position()):
                self._finish(box_outline(self._corners[0], place))
            self._corners = []
        elif self._tool is None:
            held, mended = self._held, self._mended
            self._held = self._mended = None
            is_click = self._pressed is not None and not self._is_dragging
            if held is not None and mended is not None:
                self.update()
                self.outline_changed.emit(held[2].region_id, mended)
            elif is_click and self._choose(place):
                self._pressed = None
            else:
                super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt: the outline is closed; else the picture is fitted."""
        if self._tool == "outline":
            self._finish(tuple(self._corners))
        elif self._tool is None:
            super().mouseDoubleClickEvent(event)

    def _add_corner(self, place: Pixel) -> None:
        is_closing = len(self._corners) >= 3 and not self._has_left(
            self._corners[0], self.screen_place(place)
        )
        if is_closing:
            self._finish(tuple(self._corners))
        elif not self._corners or place != self._corners[-1]:
            self._corners.append(place)
            self._pointer = place
            self.update()

    def _finish(self, outline: Outline) -> None:
        self.end()
        self.outline_drawn.emit(outline)

    def _take_grip(self, place: Pixel, event: QMouseEvent) -> None:
        region = self._selected()
        grip = None if region is None else self._grip(region, place)
        if region is None or grip is None:
            super().mousePressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and grip.part == "corner":
            fewer = without_corner(region.outline_px, grip.index)
            self.outline_changed.emit(region.region_id, fewer)
        else:
            self._held = grip, place, region
            super().mousePressEvent(event)

    def _choose(self, place: Pixel) -> bool:
        """Whether a click was on an outline that was not selected: now it is."""
        under = [item for item in self._regions if _is_in(item.outline_px, place)]
        selected = self._selected(is_own=False)
        if under and selected not in under:
            smallest = min(under, key=lambda item: area_px(item.outline_px))
            self.region_chosen.emit(smallest.region_id)
            return True
        if not under and selected is not None:
            self.region_chosen.emit(None)
        return False

    def _selected(self, *, is_own: bool = True) -> RegionShown | None:
        chosen = [item for item in self._regions if item.is_selected]
        return next((item for item in chosen if item.is_own or not is_own), None)

    def _grip(self, region: RegionShown, place: Pixel) -> Grip | None:
        grip = grip_at(region.outline_px, place, reach_px=_REACH_PX / self._scale())
        return grip or (Grip("whole") if _is_in(region.outline_px, place) else None)

    def _point_at(self, place: Pixel) -> None:
        region = self._selected()
        grip = None if region is None else self._grip(region, place)
        if grip is None:
            self.unsetCursor()
        else:
            is_whole = grip.part == "whole"
            self.setCursor(
                Qt.CursorShape.SizeAllCursor if is_whole else Qt.CursorShape.PointingHandCursor
            )
        under = [item.hint for item in self._regions if _is_in(item.outline_px, place)]
        self.setToolTip(under[0] if under else "")

    def _has_left(self, start: Pixel, position: QPointF) -> bool:
        away = position - self.screen_place(start)
        return away.manhattanLength() >= QGuiApplication.styleHints().startDragDistance()

    def _pixel(self, position: QPointF) -> Pixel | None:
        """The pixel of the picture there, also beside the picture; None without one."""
        if self._image is None:
            return None
        place, scale = self._placed(self._image)
        spot = (position - place.topLeft()) / scale
        return spot.x() - 0.5, spot.y() - 0.5

    def _scale(self) -> float:
        assert self._image is not None
        return self._placed(self._image)[1]


_DRAWING_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)


def _is_in(outline: Outline, place: Pixel) -> bool:
    return bool(holds(outline, np.array(place[0]), np.array(place[1])))
