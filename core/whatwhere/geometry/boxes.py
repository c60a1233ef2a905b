"""Axis-aligned boxes in aligned metres, and their overlap."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

# The corner order: x fastest, then y, then z; so corner i has x high when i & 1, y when i & 2, ...
_CORNER_SIGNS = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], float)
BOX_EDGES: tuple[tuple[int, int], ...] = tuple(
    (i, i | bit) for bit in (1, 2, 4) for i in range(8) if not i & bit
)
"""The 12 edges as pairs of indices into `Box.corners()`."""


class BoxJson(TypedDict):
    """A box as it travels in JSON and between processes."""

    center: list[float]
    size: list[float]


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box.

    Attributes:
        center: x, y, z in aligned metres.
        size: full edge lengths dx, dy, dz in metres, none negative.
    """

    center: tuple[float, float, float]
    size: tuple[float, float, float]

    @classmethod
    def from_bounds(cls, lower: ArrayLike, upper: ArrayLike) -> Self:
        """The box between two corners, each (3,) in aligned metres."""
        low, high = np.asarray(lower, float), np.asarray(upper, float)
        return cls.from_row(np.concatenate([(low + high) / 2, high - low]))

    @classmethod
    def from_points(cls, points: NDArray[np.floating]) -> Self:
        """The tightest box around (N, 3) points, N >= 1."""
        return cls.from_bounds(points.min(axis=0), points.max(axis=0))

    @classmethod
    def from_row(cls, row: ArrayLike) -> Self:
        """From (6,): cx, cy, cz, dx, dy, dz."""
        cx, cy, cz, dx, dy, dz = (float(value) for value in np.asarray(row, float))
        return cls((cx, cy, cz), (dx, dy, dz))

    @classmethod
    def from_json(cls, value: BoxJson) -> Self:
        """The inverse of `as_json`."""
        return cls.from_row([*value["center"], *value["size"]])

    def as_row(self) -> NDArray[np.float64]:
        """(6,): cx, cy, cz, dx, dy, dz."""
        return np.array([*self.center, *self.size])

    def as_json(self) -> BoxJson:
        """Plain lists of floats."""
        return {"center": list(self.center), "size": list(self.size)}

    @property
    def lower(self) -> NDArray[np.float64]:
        """(3,): the corner with the smallest coordinates."""
        return np.array(self.center) - np.array(self.size) / 2

    @property
    def upper(self) -> NDArray[np.float64]:
        """(3,): the corner with the largest coordinates."""
        return np.array(self.center) + np.array(self.size) / 2

    def corners(self) -> NDArray[np.float64]:
        """(8, 3), in the order that `BOX_EDGES` indexes."""
        return np.asarray(np.array(self.center) + _CORNER_SIGNS * np.array(self.size) / 2)

    def contains(self, points: NDArray[np.floating], *, margin_m: float = 0.0) -> NDArray[np.bool_]:
        """Which of (..., 3) points lie inside, the box grown by `margin_m` on every side."""
        distance = np.abs(points - np.array(self.center))
        return np.asarray((distance <= np.array(self.size) / 2 + margin_m).all(axis=-1))


def box_rows(boxes: Iterable[Box]) -> NDArray[np.float64]:
    """(K, 6): one row per box; (0, 6) for none."""
    return np.array([(*box.center, *box.size) for box in boxes], float).reshape(-1, 6)


def box_edges(boxes: Iterable[Box]) -> NDArray[np.float64]:
    """(K, 12, 2, 3): both ends of the edges of each box, in the order of `BOX_EDGES`."""
    return edges_of(box_rows(boxes))


def edges_of(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """As `box_edges`, from rows (K, 6)."""
    corners = rows[:, None, :3] + _CORNER_SIGNS * rows[:, None, 3:] / 2
    return np.asarray(corners[:, np.array(BOX_EDGES)])


def iou(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Pairwise intersection over union of (N, 6) and (M, 6) rows -> (N, M).

    Two boxes without volume give 0, as in the official ScanRefer evaluation
    (daveredrum/ScanRefer, utils/box_util.py), whose 1e-8 keeps the ratio finite.
    """
    half_a, half_b = a[:, None, 3:] / 2, b[None, :, 3:] / 2
    lower = np.maximum(a[:, None, :3] - half_a, b[None, :, :3] - half_b)
    upper = np.minimum(a[:, None, :3] + half_a, b[None, :, :3] + half_b)
    shared = np.clip(upper - lower, 0, None).prod(axis=-1)
    volume_a, volume_b = a[:, None, 3:].prod(axis=-1), b[None, :, 3:].prod(axis=-1)
    return np.asarray(shared / (volume_a + volume_b - shared + 1e-8), np.float64)


def paired_iou(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of (N, 6) and (N, 6) rows, each with its own -> (N,)."""
    lower = np.maximum(a[:, :3] - a[:, 3:] / 2, b[:, :3] - b[:, 3:] / 2)
    upper = np.minimum(a[:, :3] + a[:, 3:] / 2, b[:, :3] + b[:, 3:] / 2)
    shared = np.clip(upper - lower, 0, None).prod(axis=-1)
    volumes = a[:, 3:].prod(axis=-1) + b[:, 3:].prod(axis=-1)
    return np.asarray(shared / (volumes - shared + 1e-8), np.float64)


def box_iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    return float(paired_iou(a.as_row()[None], b.as_row()[None])[0])
