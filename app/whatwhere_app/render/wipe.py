"""Drawing on one side only of a divider: planes through the eye and a column of the picture."""

from math import radians, tan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane

from whatwhere_app.render.camera import CameraPose
from whatwhere_app.view_values import Side


class Divider:
    """Two planes that follow the camera, for mappers to be clipped by.

    A plane in the scene, not a column of pixels: so a figure drawn tile by tile is cut alike.
    """

    def __init__(self) -> None:
        self._planes: dict[Side, vtkPlane] = {"left": vtkPlane(), "right": vtkPlane()}
        self._origin, self._normal = np.zeros(3), np.array([1.0, 0.0, 0.0])
        self.is_on = False

    def place(self, pose: CameraPose, aspect: float, share: float) -> None:
        """Stand where `share` of the picture's width lies to the left, seen from `pose`."""
        across = 2 * share - 1
        if pose.is_parallel:
            shift_m = across * pose.height_m / 2 * aspect
            self._origin = np.array(pose.position) + pose.right * shift_m
            self._normal = pose.right
        else:
            self._origin = np.array(pose.position)
            tangent = across * tan(radians(pose.view_angle_deg / 2)) * aspect
            self._normal = pose.right - pose.forward * tangent
        self.is_on = True
        for side, plane in self._planes.items():
            plane.SetOrigin(*self._origin)
            plane.SetNormal(*(self._normal if side == "right" else -self._normal))

    def remove(self) -> None:
        """Draw everything everywhere again."""
        self.is_on = False

    def plane(self, side: Side | None) -> vtkPlane | None:
        """What cuts away the other side; None where nothing is cut."""
        return self._planes[side] if self.is_on and side is not None else None

    def shows(self, point: NDArray[np.floating] | Any, side: Side | None) -> bool:
        """Whether a point is on its side."""
        if not self.is_on or side is None:
            return True
        is_right = float(np.subtract(point, self._origin) @ self._normal) >= 0
        return is_right == (side == "right")
