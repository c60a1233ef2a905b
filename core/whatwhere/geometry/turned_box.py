"""Boxes turned about the vertical, as annotators put them; benchmarks know only axis-aligned ones.

Scores and training take the axis-aligned box around (`TurnedBox.hull`), because ScanRefer's boxes
are axis-aligned.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import BOX_EDGES, Box
from whatwhere.geometry.poses import rotation_z

THINNEST_M = 0.02
"""No edge of a box that is pulled becomes shorter."""

_EDGES = np.array(BOX_EDGES)


@dataclass(frozen=True, slots=True)
class TurnedBox:
    """A box that may be turned about the vertical through its centre.

    Attributes:
        center: x, y, z in aligned metres.
        size: full edge lengths in metres along the box's own axes, none negative.
        yaw_rad: turn about z, counter-clockwise seen from above, in (-pi, pi].
    """

    center: tuple[float, float, float]
    size: tuple[float, float, float]
    yaw_rad: float = 0.0

    @classmethod
    def of(cls, box: Box, yaw_rad: float = 0.0) -> Self:
        """A box turned by so much about its centre."""
        return cls(box.center, box.size, yaw_rad)

    @classmethod
    def around(cls, points: NDArray[np.floating], yaw_rad: float) -> Self:
        """The tightest box at this angle around (N, 3) points, N >= 1."""
        turn = rotation_z(yaw_rad)[:3, :3]
        own = Box.from_points(points @ turn)
        x, y, z = (float(value) for value in turn @ np.array(own.center))
        return cls((x, y, z), own.size, yaw_rad)

    @property
    def unturned(self) -> Box:
        """The same box before it was turned."""
        return Box(self.center, self.size)

    @property
    def hull(self) -> Box:
        """The axis-aligned box around it: what scores and training take."""
        dx, dy, dz = self.size
        cos, sin = abs(float(np.cos(self.yaw_rad))), abs(float(np.sin(self.yaw_rad)))
        return Box(self.center, (cos * dx + sin * dy, sin * dx + cos * dy, dz))

    @property
    def axes(self) -> NDArray[np.float64]:
        """(3, 3): the direction of each of its own axes, one a row."""
        return np.asarray(rotation_z(self.yaw_rad)[:3, :3].T)

    def corners(self) -> NDArray[np.float64]:
        """(8, 3) in aligned metres, in the order of `Box.corners`."""
        return self.to_world(self.unturned.corners() - np.array(self.center))

    def edges(self) -> NDArray[np.float64]:
        """(12, 2, 3): both ends of its edges, in the order of `BOX_EDGES`."""
        return np.asarray(self.corners()[_EDGES])

    def face_middles(self) -> NDArray[np.float64]:
        """(6, 3), in the order -x, +x, -y, +y, -z, +z of its own axes."""
        own = np.zeros((6, 3))
        for axis in range(3):
            own[2 * axis, axis] = -self.size[axis] / 2
            own[2 * axis + 1, axis] = self.size[axis] / 2
        return self.to_world(own)

    def to_own(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """World points (..., 3) along its own axes, from its centre."""
        return np.asarray((points - np.array(self.center)) @ self.axes.T)

    def to_world(self, own: NDArray[np.floating]) -> NDArray[np.float64]:
        """The inverse of `to_own`."""
        return np.asarray(own @ self.axes + np.array(self.center))

    def contains(self, points: NDArray[np.floating], *, margin_m: float = 0.0) -> NDArray[np.bool_]:
        """Which of (..., 3) world points lie inside, the box grown by `margin_m` on every side."""
        own = np.abs(self.to_own(points))
        return np.asarray((own <= np.array(self.size) / 2 + margin_m).all(axis=-1))

    def pulled(self, axis: int, sign: int, place_m: float) -> "TurnedBox":
        """With one face elsewhere and the opposite one where it was.

        Args:
            axis: of its own axes.
            sign: -1 or 1, which of the two faces.
            place_m: where the face comes to lie along that axis, from the present centre.
        """
        half = self.size[axis] / 2
        length_m = max(sign * place_m + half, THINNEST_M)
        shift = np.zeros(3)
        shift[axis] = sign * (length_m / 2 - half)
        x, y, z = (float(value) for value in self.to_world(shift))
        size = [*self.size]
        size[axis] = length_m
        return TurnedBox((x, y, z), (size[0], size[1], size[2]), self.yaw_rad)

    def turned_by(self, angle_rad: float) -> "TurnedBox":
        """Turned further about its centre."""
        return self.turned_to(self.yaw_rad + angle_rad)

    def turned_to(self, yaw_rad: float) -> "TurnedBox":
        """Turned to this angle; what differs from an axis by rounding only lies on it."""
        within = float(np.pi - (np.pi - yaw_rad) % (2 * np.pi))
        return replace(self, yaw_rad=0.0 if abs(within) < 1e-9 else within)


def turned_edges(boxes: Iterable[TurnedBox]) -> NDArray[np.float64]:
    """(K, 12, 2, 3): as `box_edges`."""
    return np.array([box.edges() for box in boxes], float).reshape(-1, 12, 2, 3)
