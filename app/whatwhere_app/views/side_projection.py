"""How a side view looks at a box: along which of its axes, how large, and what is where in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from whatwhere.geometry.poses import rotation_z
from whatwhere.geometry.turned_box import TurnedBox

HEAD_PX = 20
"""Above the picture, for its title."""
_MARGIN_SHARE, _LEAST_MARGIN_M = 0.3, 0.02
MOST_MARGIN_M = 0.6
"""What is shown around a box: a share of its longest edge, so that small boxes fill the view."""


@dataclass(frozen=True, slots=True)
class Side:
    """Which way one looks.

    Attributes:
        title: above the view.
        across: own axis of the box that runs to the right.
        up: own axis of the box that runs up.
        depth_sign: 1 where what has more of the third axis is nearer to the eye.
    """

    title: str
    across: int
    up: int
    depth_sign: int

    @property
    def depth(self) -> int:
        """The own axis of the box that one looks along."""
        return 3 - self.across - self.up

    @property
    def is_from_above(self) -> bool:
        """Whether the room keeps its direction, and the box is drawn turned."""
        return self.up == 1


SIDES = (
    Side("From above", 0, 1, 1),
    Side("From the front", 0, 2, -1),
    Side("From the side", 1, 2, 1),
)


@dataclass(frozen=True, slots=True)
class SideProjection:
    """From aligned metres to the pixels of a view, and back.

    Attributes:
        side: which way one looks.
        shown: the box that the view fits around; it stands in the middle.
        yaw_rad: of the box as it is now, with which one goes around, except from above.
        size_px: width and height of the view, its head included.
    """

    side: Side
    shown: TurnedBox
    yaw_rad: float
    size_px: tuple[int, int]

    @property
    def axes(self) -> NDArray[np.float64]:
        """(3, 3): what runs right, up and towards the eye, one a row."""
        axes = rotation_z(0.0 if self.side.is_from_above else self.yaw_rad)[:3, :3].T
        side = self.side
        return np.array([axes[side.across], axes[side.up], side.depth_sign * axes[side.depth]])

    @property
    def margin_m(self) -> float:
        """What is shown around the box."""
        longest_m = max(self.shown.size[self.side.across], self.shown.size[self.side.up])
        return min(max(_MARGIN_SHARE * longest_m, _LEAST_MARGIN_M), MOST_MARGIN_M)

    @property
    def depth_m(self) -> float:
        """How far before and behind the box's centre points are drawn."""
        return self.shown.size[self.side.depth] / 2 + self.margin_m / 3

    @property
    def scale(self) -> float:
        """Pixels per metre."""
        size = self.shown.hull.size if self.side.is_from_above else self.shown.size
        width_m = size[self.side.across] + 2 * self.margin_m
        height_m = size[self.side.up] + 2 * self.margin_m
        width, height = self.size_px
        return min(width / width_m, max(height - HEAD_PX, 1) / height_m)

    def own(self, places: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 3) metres to the right, up and towards the eye, from the middle of the view."""
        return np.asarray((places - np.array(self.shown.center)) @ self.axes.T)

    def to_px(self, place: NDArray[np.floating]) -> QPointF:
        """(3,) aligned metres -> pixels of the view."""
        right, up, _ = self.own(place)
        middle = self._middle_px
        return QPointF(middle.x() + self.scale * right, middle.y() - self.scale * up)

    def from_px(self, position: QPointF) -> NDArray[np.float64]:
        """(3,): the place there, as deep in the picture as the centre of what is shown."""
        away, axes = position - self._middle_px, self.axes
        right, up = away.x() / self.scale, -away.y() / self.scale
        return np.asarray(np.array(self.shown.center) + right * axes[0] + up * axes[1])

    @property
    def _middle_px(self) -> QPointF:
        width, height = self.size_px
        return QPointF(width / 2, HEAD_PX + (height - HEAD_PX) / 2)
