"""Grips in the middle of a box's faces: one is dragged, and its face goes along."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.candidates import draw_grips, face_middles
from whatwhere_app.render.picking import drawn_lines, screen_ray
from whatwhere_app.views.scene_canvas import SceneCanvas

_REACH_PX = 9.0
_THINNEST_M = 0.02


class BoxGrips(QObject):
    """While a box has grips, a left press on one belongs to it; the camera keeps all else.

    Signals:
        changed: the box as it would be, while a grip is dragged.
        finished: the box as it is when the grip is let go.
    """

    changed = Signal(object)
    finished = Signal(object)

    def __init__(self, canvas: SceneCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._box: Box | None = None
        self._held: tuple[int, int] | None = None
        self._dragged: Box | None = None
        self._cursor: Qt.CursorShape | None = None

    def show_box(self, box: Box | None) -> None:
        """Give this box grips; None takes them away."""
        if box == self._box:
            return
        if (box is None) != (self._box is None):
            canvas = self._canvas
            (canvas.removeEventFilter if box is None else canvas.installEventFilter)(self)
        self._box, self._held, self._dragged = box, None, None
        if box is None:
            self._point(None)
        self._draw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: what the mouse does over the 3D view."""
        if not isinstance(event, QMouseEvent):
            return super().eventFilter(watched, event)
        kind, left = event.type(), Qt.MouseButton.LeftButton
        if kind == QEvent.Type.MouseButtonPress and event.button() == left:
            self._held = self._grip_under(event.position())
            if self._held is not None:
                self._point(Qt.CursorShape.ClosedHandCursor)
            return self._held is not None
        if kind == QEvent.Type.MouseMove and not event.buttons():
            is_over = self._grip_under(event.position()) is not None
            self._point(Qt.CursorShape.OpenHandCursor if is_over else None)
        if self._held is None:
            return super().eventFilter(watched, event)
        if kind == QEvent.Type.MouseMove and event.buttons() & left:
            self._dragged = self._pulled(event.position())
            self.changed.emit(self._dragged)
            return True
        if kind == QEvent.Type.MouseButtonRelease and event.button() == left:
            dragged, self._held, self._dragged = self._dragged, None, None
            self._point(Qt.CursorShape.OpenHandCursor)
            if dragged is not None:
                self.finished.emit(dragged)
            return True
        return super().eventFilter(watched, event)

    def positions_px(self) -> NDArray[np.float64]:
        """(6, 2): where the grips are drawn, device pixels; NaN behind the eye.

        In the order -x, +x, -y, +y, -z, +z.
        """
        places_px = np.full((6, 2), np.nan)
        if self._box is not None:
            places = face_middles(self._box)
            drawn, which = drawn_lines(self._canvas, np.stack([places, places], axis=1))
            places_px[which] = drawn[:, 0]
        return places_px

    def _grip_under(self, position: QPointF) -> tuple[int, int] | None:
        """Axis and side (-1 or 1) of the grip there, or None."""
        away_px = self.positions_px() - self._canvas.device_position(position)
        distance_px = np.nan_to_num(np.linalg.norm(away_px, axis=1), nan=np.inf)
        nearest = int(distance_px.argmin())
        if distance_px[nearest] > _REACH_PX * self._canvas.devicePixelRatioF():
            return None
        return nearest // 2, 2 * (nearest % 2) - 1

    def _pulled(self, position: QPointF) -> Box:
        """The box with the held face where the line of sight passes its axis."""
        assert self._box is not None
        assert self._held is not None
        axis, side = self._held
        near, far = screen_ray(self._canvas, *self._canvas.device_position(position))
        sight = (far - near) / np.linalg.norm(far - near)
        lower, upper = self._box.lower.astype(float), self._box.upper.astype(float)
        along = np.zeros(3)
        along[axis] = 1.0
        # Of two lines: where the face's axis comes closest to the line of sight.
        apart = np.array(self._box.center) - near
        across = float(sight @ along)
        slant = 1.0 - across**2
        if slant < 1e-6:  # one looks along the axis: nothing can be told from the mouse
            return self._dragged or self._box
        shift_m = float((across * sight - along) @ apart) / slant
        place_m = self._box.center[axis] + shift_m
        if side > 0:
            upper[axis] = max(place_m, lower[axis] + _THINNEST_M)
        else:
            lower[axis] = min(place_m, upper[axis] - _THINNEST_M)
        return Box.from_bounds(lower, upper)

    def _point(self, cursor: Qt.CursorShape | None) -> None:
        """Show this cursor over the 3D view; None leaves it to others."""
        if cursor is not None:
            self._canvas.setCursor(cursor)
        elif self._cursor is not None:
            self._canvas.unsetCursor()
        self._cursor = cursor

    def _draw(self) -> None:
        draw_grips(self._canvas, self._box, pixel_ratio=self._canvas.devicePixelRatioF())
        self._canvas.update()
