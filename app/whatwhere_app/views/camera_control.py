"""The mouse moves the camera: orbit about the point under the cursor, zoom to the cursor.

Left drag orbits, Shift + left or the middle button pans, right drag and the wheel zoom. Flights
take a quarter of a second; every jump can be taken back.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent

from whatwhere_app.render.camera import (
    CameraPose,
    Vector,
    apply_pose,
    blended,
    orbited,
    panned,
    zoomed,
)

_FLIGHT_MS = 250
_IDLE_MS = 200
_ORBIT_RAD_PER_PX = 0.008
_ZOOM_PER_NOTCH = 1.15
_HISTORY = 50


class CameraControl(QObject):
    """Owns the pose of one plotter's camera.

    Args:
        plotter: any pyvista plotter.
        pick: the scene point under a widget position in logical pixels, or None.
    """

    moved = Signal()
    moving_changed = Signal(bool)

    def __init__(
        self,
        plotter: Any,
        pick: Callable[[QPointF], Vector | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._plotter = plotter
        self._pick = pick
        self._pose = CameraPose((0.0, -5.0, 5.0), (0.0, 0.0, 0.0))
        self._history: list[CameraPose] = []
        self._pivot: Vector | None = None
        self._last = QPointF()
        self._is_dragging = False
        self._idle = QTimer(self, interval=_IDLE_MS, singleShot=True)
        self._idle.timeout.connect(lambda: self.moving_changed.emit(False))
        self._flight = QVariantAnimation(self, duration=_FLIGHT_MS)
        self._flight.setStartValue(0.0)
        self._flight.setEndValue(1.0)
        self._flight.valueChanged.connect(self._on_flight_step)
        self._flight.stateChanged.connect(self._on_flight_state)
        self._ends = (self._pose, self._pose)

    @property
    def pose(self) -> CameraPose:
        """Where the eye is now."""
        return self._pose

    @property
    def is_dragging(self) -> bool:
        """Whether the mouse has moved since it went down, so that its release is no click."""
        return self._is_dragging

    def fly_to(self, pose: CameraPose, *, animated: bool = True) -> None:
        """Go to a pose, and remember the present one for `back`."""
        if pose != self._pose:
            self._history = [*self._history[-_HISTORY:], self._pose]
        self._travel(pose, animated=animated)

    def back(self) -> None:
        """Return to where the last jump or drag began."""
        if self._history:
            self._travel(self._history.pop(), animated=True)

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        self._flight.stop()
        self._last = event.position()
        self._pivot = self._pick(event.position())
        self._is_dragging = False

    def move(self, event: QMouseEvent) -> None:
        """The mouse moved with a button held."""
        delta = event.position() - self._last
        if not self._is_dragging:
            if delta.manhattanLength() < QGuiApplication.styleHints().startDragDistance() / 2:
                return
            self._is_dragging = True
            self._history = [*self._history[-_HISTORY:], self._pose]
            self.moving_changed.emit(True)
        self._last = event.position()
        self._set(self._dragged(event, delta))

    def release(self) -> None:
        """The button went up."""
        if self._is_dragging:
            self.moving_changed.emit(False)

    def wheel(self, event: QWheelEvent) -> None:
        """The wheel turned: come closer to what is under the cursor, or go away from it."""
        notches = event.angleDelta().y() / 120
        if not notches:
            return
        self._flight.stop()
        if not self._idle.isActive():
            self._pivot = self._pick(event.position())
            self.moving_changed.emit(True)
        self._idle.start()
        toward = self._pivot or self._pose.focal_point
        self._set(zoomed(self._pose, toward, _ZOOM_PER_NOTCH**notches))

    def _dragged(self, event: QMouseEvent, delta: QPointF) -> CameraPose:
        pivot = self._pivot or self._pose.focal_point
        buttons = event.buttons()
        is_shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if buttons & Qt.MouseButton.MiddleButton or is_shifted:
            metres_per_px = self._pose.distance_m / max(self._plotter.height(), 1)
            return panned(
                self._pose, right_m=-delta.x() * metres_per_px, up_m=delta.y() * metres_per_px
            )
        if buttons & Qt.MouseButton.RightButton:
            return zoomed(self._pose, pivot, 1.01 ** (-delta.y()))
        return orbited(
            self._pose,
            pivot,
            yaw_rad=-delta.x() * _ORBIT_RAD_PER_PX,
            pitch_rad=-delta.y() * _ORBIT_RAD_PER_PX,
        )

    def _travel(self, pose: CameraPose, *, animated: bool) -> None:
        self._flight.stop()
        if not animated or not self._plotter.isVisible():
            self._set(pose)
            return
        self._ends = (self._pose, pose)
        self._flight.start()

    def _on_flight_step(self, share: float) -> None:
        self._set(blended(*self._ends, share))

    def _on_flight_state(self, state: QVariantAnimation.State) -> None:
        self.moving_changed.emit(state == QVariantAnimation.State.Running)

    def _set(self, pose: CameraPose) -> None:
        self._pose = pose
        apply_pose(self._plotter, pose)
        self.moved.emit()
