"""Where a piece of furniture can go in a room that already holds others."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from whatwhere.demo.footprints import Footprints
from whatwhere.demo.kinds import Kind
from whatwhere.demo.solids import Size

Spot = tuple[tuple[float, float, float], float]
"""Position of the middle of the underside, and yaw in radians."""

_HANG_Z = {"door": 0.0, "window": 0.92, "picture": 1.35, "clock": 1.75, "tv": 1.1}
_TRIES = 48


class _Placed(Protocol):
    """What the layout needs to know of an item that has a place already."""

    @property
    def kind(self) -> Kind: ...
    @property
    def size(self) -> Size: ...
    @property
    def position(self) -> tuple[float, float, float]: ...
    @property
    def yaw_rad(self) -> float: ...
    @property
    def support(self) -> int | None: ...


class Layout:
    """Finds free places; walls are numbered 0..3: +y, -x, -y, +x."""

    def __init__(self, room: Size, rng: np.random.Generator) -> None:
        self._room = room
        self._rng = rng
        self._keep_clear: list[tuple[float, float, float, float, float]] = []
        self._on_walls: list[tuple[int, float, float, float, float]] = []

    def find(
        self, kind: Kind, size: Size, items: Sequence[_Placed], support: int | None
    ) -> Spot | None:
        """A free place for a new piece of this kind and size, or None."""
        if support is not None:
            return self._on_surface(kind, size, items, support)
        if kind.place == "hung":
            return self._hanging(kind, size)
        if kind.place == "wall":
            return self._against_wall(kind, size, items)
        if kind.name == "chair" and self._rng.random() < 0.45:
            return self._at_table(size, items) or self._standing_free(kind, size, items)
        return self._standing_free(kind, size, items)

    def _hanging(self, kind: Kind, size: Size) -> Spot | None:
        w, d, h = size
        z = _HANG_Z[kind.name]
        for _ in range(_TRIES):
            wall = int(self._rng.integers(4))
            reach = self._wall_length(wall) / 2 - w / 2 - 0.15
            along = float(self._rng.uniform(-reach, reach))
            if self._wall_is_free(wall, along, w, z, z + h):
                self._on_walls.append((wall, along, w, z, z + h))
                spot = self._at_wall(wall, along, d, z)
                if kind.name == "door":
                    (x, y, _), yaw = self._at_wall(wall, along, 0.9, 0)
                    self._keep_clear.append((x, y, 0.5, 0.45, yaw))
                return spot
        return None

    def _against_wall(self, kind: Kind, size: Size, items: Sequence[_Placed]) -> Spot | None:
        w, d, h = size
        walls = self._rng.integers(4, size=_TRIES)
        rows: list[tuple[float, float, float, float, float]] = []
        spots: list[tuple[int, float, Spot]] = []
        for wall in map(int, walls):
            reach = self._wall_length(wall) / 2 - w / 2 - 0.06
            if reach <= 0:
                continue
            along = float(self._rng.uniform(-reach, reach))
            if self._rng.random() < 0.3:
                along = reach if along > 0 else -reach
            (x, y, z), yaw = self._at_wall(wall, along, d + 0.04, 0.0)
            rows.append((x, y, w / 2, d / 2, yaw))
            spots.append((wall, along, ((x, y, z), yaw)))
        clash = Footprints.of(rows).touch_any(self._taken(items), gap_m=0.1)
        for (wall, along, spot), clashes in zip(spots, clash, strict=True):
            if not clashes and self._wall_is_free(wall, along, w, 0.0, h):
                self._on_walls.append((wall, along, w, 0.0, h))
                return spot
        return None

    def _standing_free(self, kind: Kind, size: Size, items: Sequence[_Placed]) -> Spot | None:
        w, d, _ = size
        half = (self._room[0] / 2, self._room[1] / 2)
        at = self._rng.uniform(-1, 1, (_TRIES, 2)) * half
        if kind.name in ("table", "rug"):
            at *= 0.5
        yaws = self._rng.uniform(-np.pi, np.pi, _TRIES)
        if kind.name in ("table", "rug"):
            yaws = self._rng.integers(4, size=_TRIES) * np.pi / 2 + self._rng.normal(0, 0.1, _TRIES)
        tries = Footprints(at, np.full((_TRIES, 2), (w / 2, d / 2)), yaws)
        good = tries.inside(half, margin_m=0.06)
        if kind.name != "rug":
            good &= ~tries.touch_any(self._taken(items), gap_m=0.07)
        return self._first(at, yaws, good)

    def _at_table(self, size: Size, items: Sequence[_Placed]) -> Spot | None:
        """A place for a chair that faces a table or desk."""
        tables = [item for item in items if item.kind.name in ("table", "desk")]
        if not tables:
            return None
        table = tables[int(self._rng.integers(len(tables)))]
        sides = np.array([0]) if table.kind.name == "desk" else np.arange(4)
        side = self._rng.choice(sides, size=12)
        across = np.where(side % 2 == 0, table.size[1], table.size[0]) / 2 + size[1] * 0.62
        along = self._rng.uniform(-0.3, 0.3, 12) * np.where(side % 2 == 0, *table.size[:2])
        # Side 0 is the front (-y) of the table; the others follow counter-clockwise.
        angle = side * np.pi / 2
        local = np.stack([along, -across], axis=1)
        local = _turned(local, angle)
        at = _turned(local, np.full(12, table.yaw_rad)) + np.array(table.position[:2])
        yaws = angle + table.yaw_rad + np.pi + self._rng.normal(0, 0.15, 12)
        tries = Footprints(at, np.full((12, 2), (size[0] / 2, size[1] / 2)), yaws)
        good = tries.inside((self._room[0] / 2, self._room[1] / 2), margin_m=0.06)
        good &= ~tries.touch_any(self._taken(items), gap_m=0.02)
        return self._first(at, yaws, good)

    def _on_surface(
        self, kind: Kind, size: Size, items: Sequence[_Placed], support: int
    ) -> Spot | None:
        carrier = items[support]
        low, high = surface_area(carrier.kind, carrier.size)
        tries = 16
        inner = np.maximum((high - low) / 2 - np.array([size[0], size[1]]) * 0.5, 0.0)
        local = (low + high) / 2 + self._rng.uniform(-1, 1, (tries, 2)) * inner
        yaws = carrier.yaw_rad + self._rng.normal(0, 0.35, tries)
        if kind.name in ("monitor", "laptop"):
            yaws = carrier.yaw_rad + self._rng.normal(0, 0.12, tries)
        at = _turned(local, np.full(tries, carrier.yaw_rad)) + np.array(carrier.position[:2])
        z = carrier.size[2] if carrier.kind.surface == "top" else float(carrier.kind.surface or 0)
        boxes = Footprints(at, np.full((tries, 2), (size[0] / 2, size[1] / 2)), yaws)
        others = [item for item in items if item.support == support]
        good = ~boxes.touch_any(_footprints(others), gap_m=0.015)
        return self._first(at, yaws, good, z=carrier.position[2] + z)

    def _first(
        self, at: np.ndarray, yaws: np.ndarray, good: np.ndarray, *, z: float = 0.0
    ) -> Spot | None:
        index = int(np.argmax(good))
        if not good[index]:
            return None
        return (float(at[index, 0]), float(at[index, 1]), z), float(yaws[index])

    def _taken(self, items: Sequence[_Placed]) -> Footprints:
        standing = [
            item
            for item in items
            if item.support is None and item.kind.name not in ("rug",) and item.kind.place != "hung"
        ]
        rows = [_row(item) for item in standing]
        return Footprints.of(rows + self._keep_clear)

    def _wall_length(self, wall: int) -> float:
        return self._room[0] if wall % 2 == 0 else self._room[1]

    def _wall_is_free(self, wall: int, along: float, w: float, low: float, high: float) -> bool:
        return not any(
            other == wall
            and abs(along - at) < (w + wide) / 2 + 0.06
            and low < top - 0.02
            and bottom < high - 0.02
            for other, at, wide, bottom, top in self._on_walls
        )

    def _at_wall(self, wall: int, along: float, depth: float, z: float) -> Spot:
        """The spot of a piece whose back touches the wall, `along` to the right of its middle."""
        yaw = wall * np.pi / 2
        out = (self._room[1] if wall % 2 == 0 else self._room[0]) / 2 - depth / 2
        cos, sin = float(np.cos(yaw)), float(np.sin(yaw))
        return (along * cos - out * sin, along * sin + out * cos, z), float(yaw)


def surface_area(kind: Kind, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """The corners (2,) and (2,) of what can be stood on, in the carrier's own x and y."""
    w, d, _ = size
    low, high = np.array([-w / 2, -d / 2]), np.array([w / 2, d / 2])
    if kind.name == "sofa":
        return low + [0.2, 0.02], high - [0.2, 0.34]
    if kind.name == "bed":
        return low + [0.05, 0.1], high - [0.05, 0.6]
    return low, high


def _row(item: _Placed) -> tuple[float, float, float, float, float]:
    x, y, _ = item.position
    return x, y, item.size[0] / 2, item.size[1] / 2, item.yaw_rad


def _footprints(items: Sequence[_Placed]) -> Footprints:
    return Footprints.of([_row(item) for item in items])


def _turned(points: np.ndarray, angle_rad: np.ndarray) -> np.ndarray:
    """(N, 2) points, each turned counter-clockwise by its own angle."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    x, y = points[:, 0], points[:, 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=1)
