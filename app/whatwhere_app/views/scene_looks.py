"""Where the eye of the 3D view goes: the whole scene, one box, a frame's camera, back."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QCursor

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere_app.render.camera import (
    CameraPose,
    Vector,
    framing,
    overview,
    seen_from,
    shows,
    through,
)
from whatwhere_app.views.scene_canvas import SceneCanvas

_STEEP = 0.02
"""Less of a way than this is level: then the vertical is no upward direction any more."""


class SceneLooks:
    """Moves the eye of a canvas; every pose fits the canvas's shape.

    Attributes:
        bounds: lower and upper corner of the scene, aligned metres; None while there is none.
    """

    def __init__(self, canvas: SceneCanvas) -> None:
        self._canvas = canvas
        self.bounds: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None
        self._through: CameraPose | None = None

    @property
    def aspect(self) -> float:
        """Width of the canvas over its height."""
        return max(self._canvas.width(), 1) / max(self._canvas.height(), 1)

    def look_at_all(self, *, animated: bool = True, is_remembered: bool = True) -> None:
        """The whole scene from above."""
        if self.bounds is not None:
            pose = replace(overview(*self.bounds, self.aspect), is_parallel=self.is_parallel)
            control = self._canvas.camera_control
            control.fly_to(pose, animated=animated, is_remembered=is_remembered)

    def look_from(self, side: str) -> None:
        """The whole scene from "top", "front" or "side"."""
        if self.bounds is not None:
            pose = seen_from(side, *self.bounds, self.aspect)
            self._canvas.camera_control.fly_to(replace(pose, is_parallel=self.is_parallel))

    def look_at(self, box: Box) -> None:
        """One box and a little around it."""
        control = self._canvas.camera_control
        control.fly_to(framing(box, control.pose, self.aspect))

    def look_at_point(self, point: Vector) -> None:
        """Bring a point to the middle and come closer to it."""
        self.look_at(Box(point, (0.3, 0.3, 0.3)))

    def stand_at(self, position: Vector, look_at: Vector) -> None:
        """Look from one place at another; upright, unless straight up or down."""
        offset = np.subtract(look_at, position)
        is_steep = np.hypot(offset[0], offset[1]) < _STEEP * np.linalg.norm(offset)
        up = (0.0, 1.0, 0.0) if is_steep else (0.0, 0.0, 1.0)
        self._canvas.camera_control.fly_to(CameraPose(position, look_at, up))

    def look_through(self, camera: Intrinsics, world_from_camera: Matrix4) -> None:
        """See what the camera of a frame saw."""
        self._through = through(camera, world_from_camera)
        self._canvas.camera_control.fly_to(self._through)

    def look_back(self) -> None:
        """To the previous camera."""
        self._canvas.camera_control.back()

    def return_to(self, pose: CameraPose) -> None:
        """Fly to a pose without remembering the present one."""
        self._canvas.camera_control.fly_to(pose, is_remembered=False)

    @property
    def pose(self) -> CameraPose:
        """Where the eye is."""
        return self._canvas.camera_control.pose

    @property
    def destination(self) -> CameraPose:
        """Where the eye is on its way to, or is."""
        return self._canvas.camera_control.destination

    @property
    def is_through_frame(self) -> bool:
        """Whether that is the camera of a frame."""
        return self.destination == self._through

    def shows(self, box: Box) -> bool:
        """Whether the middle of a box will then be in the picture."""
        return shows(self.destination, box.center, self.aspect)

    @property
    def is_parallel(self) -> bool:
        """Whether the picture is orthographic."""
        return self._canvas.camera_control.pose.is_parallel

    def set_parallel(self, is_parallel: bool) -> None:
        """Orthographic or perspective."""
        self._canvas.camera_control.set_parallel(is_parallel)

    def point_at_pointer(self) -> Vector | None:
        """The point of the scan under the mouse pointer, aligned metres."""
        position = self._canvas.mapFromGlobal(QPointF(QCursor.pos()))
        if not self._canvas.rect().contains(position.toPoint()):
            return None
        return self._canvas.point_under(position)
