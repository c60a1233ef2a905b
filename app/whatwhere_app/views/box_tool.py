"""Drawing a box with the mouse: its footprint is dragged across a level of the scene."""

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from whatwhere_app.render.picking import screen_ray
from whatwhere_app.views.scene_canvas import SceneCanvas

_MIN_SIDE_M = 0.02


class BoxTool(QObject):
    """While it is on, a left drag in the 3D view is a footprint; the camera keeps the rest.

    The footprint lies at the height of the surface under the mouse where the drag began, or on
    the floor where nothing is.
    """

    changed = Signal(tuple, tuple)
    finished = Signal(tuple, tuple)
    """(x, y, z) where the drag began and where it is now, aligned metres, both at one height."""
    active_changed = Signal(bool)

    def __init__(self, canvas: SceneCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._is_active = False
        self._floor_m = 0.0
        self._start: tuple[float, float, float] | None = None

    @property
    def is_active(self) -> bool:
        """Whether the next left drag draws."""
        return self._is_active

    def begin(self, *, floor_m: float) -> None:
        """Let the next left drag draw; `floor_m` is the height of the floor, aligned metres."""
        self._floor_m = floor_m
        self._set_active(True)

    def end(self) -> None:
        """Give the mouse back to the camera."""
        self._set_active(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: what the mouse does over the 3D view."""
        if not self._is_active or not isinstance(event, QMouseEvent):
            return super().eventFilter(watched, event)
        left = Qt.MouseButton.LeftButton
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and event.button() == left:
            self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
            self._start = self._first_point(event.position())
            return True
        if kind == QEvent.Type.MouseMove and event.buttons() & left:
            self._drag(event.position())
            return True
        if kind == QEvent.Type.MouseButtonRelease and event.button() == left:
            self._release(event.position())
            return True
        return super().eventFilter(watched, event)

    def _first_point(self, position: QPointF) -> tuple[float, float, float] | None:
        found = self._canvas.surface_under(position)
        return self._on_level(position, self._floor_m) if found is None else found[0]

    def _drag(self, position: QPointF) -> None:
        if self._start is not None and (point := self._on_level(position, self._start[2])):
            self.changed.emit(self._start, point)

    def _release(self, position: QPointF) -> None:
        start, self._start = self._start, None
        point = None if start is None else self._on_level(position, start[2])
        if start is None or point is None:
            return
        if min(abs(start[0] - point[0]), abs(start[1] - point[1])) >= _MIN_SIDE_M:
            self.finished.emit(start, point)

    def _on_level(self, position: QPointF, height_m: float) -> tuple[float, float, float] | None:
        """Where the line of sight meets a height; None where it never does."""
        near, far = screen_ray(self._canvas, *self._canvas.device_position(position))
        fall_m = far[2] - near[2]
        share = (height_m - near[2]) / fall_m if fall_m else -1.0
        if not 0 < share <= 1:
            return None
        x, y, _ = near + share * (far - near)
        return float(x), float(y), height_m

    def _set_active(self, is_active: bool) -> None:
        self._start = None
        if is_active == self._is_active:
            return
        self._is_active = is_active
        if is_active:
            self._canvas.installEventFilter(self)
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self._canvas.removeEventFilter(self)
            self._canvas.unsetCursor()
        self.active_changed.emit(is_active)
