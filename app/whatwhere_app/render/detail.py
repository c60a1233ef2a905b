"""How coarse the scan is drawn while the camera moves, chosen by how long frames take here."""

from collections import deque
from statistics import median

FRAME_MS = 20.0
"""A frame while the camera moves, until it is on the screen."""

GOAL_MS = 11.0
"""What of it VTK may take as long as nobody knows what Qt takes to bring it to the screen."""

_LEAST_MS = 7.0  # where Qt leaves less than that, coarser stand-ins would not help either
_FRAMES = 4
_BROUGHT_FRAMES = 8
_FAR_BELOW = 0.35


class Detail:
    """Level 0 is the mesh itself; each higher level is a coarser stand-in.

    Nothing is coarsened that is quick enough. What was chosen holds for the next scene, since it
    says more of the machine than of the scan.
    """

    def __init__(self) -> None:
        self.level = 0
        self._moving_level = 1
        self._is_moving = False
        self._still_ms = 0.0
        self._recent_ms: deque[float] = deque(maxlen=_FRAMES)
        self._brought_ms: deque[float] = deque(maxlen=_BROUGHT_FRAMES)

    @property
    def goal_ms(self) -> float:
        """What VTK may take for a frame while the camera moves."""
        if len(self._brought_ms) < _BROUGHT_FRAMES:
            return GOAL_MS
        return max(_LEAST_MS, FRAME_MS - median(self._brought_ms))

    def brought(self, brought_ms: float) -> None:
        """Qt took so long to bring a drawn frame to the screen."""
        if self._is_moving:
            self._brought_ms.append(brought_ms)

    def start(self) -> None:
        """Another mesh; the first frames count for nothing, they bring it to the GPU."""
        self.level = 0
        self._still_ms = 0.0
        self._recent_ms.clear()

    def set_moving(self, is_moving: bool, num_levels: int) -> int:
        """The camera begins or ends to move: the level to draw from now on."""
        self._is_moving = is_moving
        is_slow = self._still_ms > self.goal_ms
        self._set(min(self._moving_level, num_levels - 1) if is_moving and is_slow else 0)
        return self.level

    def drawn(self, frame_ms: float, num_levels: int) -> int:
        """A frame was drawn and took so long: the level for the next."""
        if not self._is_moving:
            self._still_ms = frame_ms
            return self.level
        if self.level == 0 and frame_ms > self.goal_ms:
            self._still_ms = frame_ms
            self._set(min(self._moving_level, num_levels - 1))
            return self.level
        self._recent_ms.append(frame_ms)
        if len(self._recent_ms) < _FRAMES:
            return self.level
        typical_ms = median(self._recent_ms)
        if typical_ms > self.goal_ms and self.level + 1 < num_levels:
            self._set(self.level + 1)
            self._moving_level = self.level
        elif typical_ms < _FAR_BELOW * self.goal_ms and self.level > 1:
            self._set(self.level - 1)
            self._moving_level = self.level
        return self.level

    def _set(self, level: int) -> None:
        if level != self.level:
            self._recent_ms.clear()
        self.level = level
