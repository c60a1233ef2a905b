"""Grips on a box: one in the middle of a face pulls it, the one on the ring turns the box."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from whatwhere.geometry.turned_box import TurnedBox
from whatwhere_app.render.candidates import draw_grips, turn_handle
from whatwhere_app.render.picking import drawn_lines, screen_ray
from whatwhere_app.views.scene_canvas import SceneCanvas

_REACH_PX = 9.0
_TURN = (2, 0)
"""Held in place of an axis and a side: the handle on the ring."""
_STEP_RAD, _LARGE_STEP_RAD = np.pi / 180, np.pi / 12
_FLATTEST = 0.03


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
        self._box: TurnedBox | None = None
        self._held: tuple[int, int] | None = None
        self._dragged: TurnedBox | None = None
        self._cursor: Qt.CursorShape | None = None

    def show_box(self, box: TurnedBox | None) -> None:
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
            if self._held == _TURN:
                is_stepped = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self._dragged = self._turned(event.position(), is_stepped=is_stepped)
            else:
                self._dragged = self._pulled(event.position())
            self._draw()
            self.changed.emit(self._dragged)
            return True
        if kind == QEvent.Type.MouseButtonRelease and event.button() == left:
            dragged, self._held, self._dragged = self._dragged, None, None
            self._point(Qt.CursorShape.OpenHandCursor)
            self._draw()
            if dragged is not None:
                self.finished.emit(dragged)
            return True
        return super().eventFilter(watched, event)

    def positions_px(self) -> NDArray[np.float64]:
        """(7, 2): where the grips are drawn, device pixels; NaN behind the eye.

        In the order -x, +x, -y, +y, -z, +z of the box's own axes, then the one that turns it.
        """
        places_px = np.full((7, 2), np.nan)
        if self._box is not None:
            places = np.concatenate([self._box.face_middles(), turn_handle(self._box)[None]])
            drawn, which = drawn_lines(self._canvas, np.stack([places, places], axis=1))
            places_px[which] = drawn[:, 0]
        return places_px

    def _grip_under(self, position: QPointF) -> tuple[int, int] | None:
        """Axis and side (-1 or 1) of the grip there, `_TURN`, or None."""
        away_px = self.positions_px() - self._canvas.device_position(position)
        distance_px = np.nan_to_num(np.linalg.norm(away_px, axis=1), nan=np.inf)
        nearest = int(distance_px.argmin())
        if distance_px[nearest] > _REACH_PX * self._canvas.devicePixelRatioF():
            return None
        return _TURN if nearest == 6 else (nearest // 2, 2 * (nearest % 2) - 1)

    def _pulled(self, position: QPointF) -> TurnedBox:
        """The box with the held face where the line of sight passes its axis."""
        assert self._box is not None
        assert self._held is not None
        axis, side = self._held
        near, sight = self._sight(position)
        along = self._box.axes[axis]
        # Of two lines: where the face's axis comes closest to the line of sight.
        apart = np.array(self._box.center) - near
        across = float(sight @ along)
        slant = 1.0 - across**2
        if slant < 1e-6:  # one looks along the axis: nothing can be told from the mouse
            return self._dragged or self._box
        place_m = float((across * sight - along) @ apart) / slant
        return self._box.pulled(axis, side, place_m)

    def _turned(self, position: QPointF, *, is_stepped: bool) -> TurnedBox:
        """The box turned to where the line of sight meets the level of the ring."""
        assert self._box is not None
        near, sight = self._sight(position)
        if abs(sight[2]) < _FLATTEST:  # one looks along the ring
            return self._dragged or self._box
        center = np.array(self._box.center)
        level_m = center[2] + self._box.size[2] / 2
        away = near + (level_m - near[2]) / sight[2] * sight - center
        step_rad = _LARGE_STEP_RAD if is_stepped else _STEP_RAD
        yaw_rad = float(np.arctan2(away[1], away[0]))
        return self._box.turned_to(round(yaw_rad / step_rad) * step_rad)

    def _sight(self, position: QPointF) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The eye's side of the line of sight there, and its direction."""
        near, far = screen_ray(self._canvas, *self._canvas.device_position(position))
        return near, (far - near) / np.linalg.norm(far - near)

    def _point(self, cursor: Qt.CursorShape | None) -> None:
        """Show this cursor over the 3D view; None leaves it to others."""
        if cursor is not None:
            self._canvas.setCursor(cursor)
        elif self._cursor is not None:
            self._canvas.unsetCursor()
        self._cursor = cursor

    def _draw(self) -> None:
        draw_grips(
            self._canvas, self._dragged or self._box, pixel_ratio=self._canvas.devicePixelRatioF()
        )
        self._canvas.update()
