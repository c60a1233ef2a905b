"""The mouse moves the camera: orbit about the point under the cursor, zoom to the cursor.

Left drag orbits, Shift + left or the middle button pans, right drag and the wheel zoom. Flights
take a quarter of a second; every move can be taken back.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent

from whatwhere_app.render.camera import (
    CameraPose,
    Vector,
    apply_pose,
    blended,
    focused,
    orbited,
    panned,
    zoomed,
)

_FLIGHT_MS = 250
_IDLE_MS = 150
_ORBIT_RAD_PER_PX = 0.008
_ZOOM_PER_NOTCH = 1.15
_HISTORY = 50


class CameraControl(QObject):
    """Owns the pose of one plotter's camera.

    Args:
        plotter: any pyvista plotter.
        pick: the scene point under a widget position in logical pixels, or None.

    Signals:
        travelled: a move that can be taken back: the pose before it, the pose after it, and
            whether it is a jump (told as it begins) or a drag, a turn of the wheel or the like.
    """

    moved = Signal()
    moving_changed = Signal(bool)
    travelled = Signal(object, object, bool)

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
        self._under: Vector | None = None
        self._centre: Vector | None = None
        self._last = QPointF()
        self._is_dragging = False
        self._is_held = False
        self._began = self._pose
        self._idle = QTimer(self, interval=_IDLE_MS, singleShot=True)
        self._idle.timeout.connect(self._end_move)
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
    def destination(self) -> CameraPose:
        """Where the eye will be when it has arrived."""
        is_flying = self._flight.state() == QVariantAnimation.State.Running
        return self._ends[1] if is_flying else self._pose

    @property
    def is_dragging(self) -> bool:
        """Whether the mouse has moved since it went down, so that its release is no click."""
        return self._is_dragging

    @property
    def orbit_centre(self) -> Vector | None:
        """The point that every orbit turns about; None takes the one under the cursor."""
        return self._centre

    def set_orbit_centre(self, point: Vector | None) -> None:
        """Turn about this point from now on, or about what is under the cursor again."""
        self._centre = point

    @property
    def is_moving(self) -> bool:
        """Whether a drag, a flight or a turn of the wheel is under way."""
        is_flying = self._flight.state() == QVariantAnimation.State.Running
        return is_flying or self._idle.isActive() or self._is_held

    def fly_to(
        self, pose: CameraPose, *, animated: bool = True, is_remembered: bool = True
    ) -> None:
        """Go to a pose; the present one is remembered for `back`, unless it is worth nothing."""
        self._settle()
        if is_remembered and pose != self._pose:
            self._remember()
            self.travelled.emit(self._pose, pose, True)
        self._travel(pose, animated=animated)

    def back(self) -> None:
        """Return to where the last jump or drag began."""
        self._settle()
        if self._history:
            pose = self._history.pop()
            self.travelled.emit(self._pose, pose, True)
            self._travel(pose, animated=True)

    def forget(self) -> None:
        """Another scene: what was seen of the last one is no place to return to."""
        self._history.clear()
        self._centre = None
        if self._idle.isActive():
            self._idle.stop()
            self._is_held = False
            self.moving_changed.emit(False)

    def set_parallel(self, is_parallel: bool) -> None:
        """Orthographic or perspective; what is in the middle keeps its size."""
        if is_parallel == self._pose.is_parallel:
            return
        self._settle()
        middle = QPointF(self._plotter.width() / 2, self._plotter.height() / 2)
        seen = focused(self._pose, self._pick(middle) or self._pose.focal_point)
        self.fly_to(replace(seen, is_parallel=is_parallel), animated=False)

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        self._settle()
        self._last = event.position()
        self._aim(event.position())
        self._is_dragging = False

    def move(self, event: QMouseEvent) -> None:
        """The mouse moved with a button held."""
        delta = event.position() - self._last
        if not self._is_dragging:
            if delta.manhattanLength() < QGuiApplication.styleHints().startDragDistance() / 2:
                return
            self._is_dragging = True
            self._begin_move()
        self._last = event.position()
        self._set(self._dragged(event, delta))

    def release(self) -> None:
        """The button went up."""
        if self._is_dragging:
            self._end_move()

    def wheel(self, event: QWheelEvent) -> None:
        """The wheel turned: come closer to what is under the cursor, or go away from it."""
        notches = event.angleDelta().y() / 120
        if not notches:
            return
        if not self._idle.isActive():
            self._flight.stop()
            self._aim(event.position())
        toward = self._under or self._pose.focal_point
        self.glide(zoomed(self._pose, toward, _ZOOM_PER_NOTCH**notches))

    def glide(self, pose: CameraPose) -> None:
        """One of many small steps; those that follow each other quickly are one move."""
        if not self._idle.isActive():
            self._flight.stop()
            self._begin_move()
        self._idle.start()
        self._set(pose)

    def _aim(self, position: QPointF) -> None:
        """Let what is under the cursor set the speed of pans and the scale bar."""
        self._under = self._pick(position)
        if self._under is not None:
            self._pose = focused(self._pose, self._centre or self._under)

    def _settle(self) -> None:
        """Whatever still moves is where it is going to be."""
        self._flight.stop()
        if self._idle.isActive():
            self._idle.stop()
            self._end_move()

    def _remember(self) -> None:
        self._history = [*self._history[-_HISTORY:], self._pose]

    def _begin_move(self) -> None:
        self._is_held = True
        self._remember()
        self._began = self._pose
        self.moving_changed.emit(True)

    def _end_move(self) -> None:
        self._is_held = False
        self.moving_changed.emit(False)
        self.travelled.emit(self._began, self._pose, False)

    def _dragged(self, event: QMouseEvent, delta: QPointF) -> CameraPose:
        buttons = event.buttons()
        is_shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if buttons & Qt.MouseButton.MiddleButton or is_shifted:
            metres_per_px = self._pose.height_m / max(self._plotter.height(), 1)
            return panned(
                self._pose, right_m=-delta.x() * metres_per_px, up_m=delta.y() * metres_per_px
            )
        if buttons & Qt.MouseButton.RightButton:
            return zoomed(self._pose, self._under or self._pose.focal_point, 1.01 ** (-delta.y()))
        return orbited(
            self._pose,
            self._centre or self._under or self._pose.focal_point,
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
        self._set(blended(*self._ends, share) if share < 1 else self._ends[1])

    def _on_flight_state(self, state: QVariantAnimation.State) -> None:
        self.moving_changed.emit(state == QVariantAnimation.State.Running)

    def _set(self, pose: CameraPose) -> None:
        self._pose = pose
        apply_pose(self._plotter, pose)
        self.moved.emit()
