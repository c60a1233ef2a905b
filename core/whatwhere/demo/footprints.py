"""Rectangles on the floor, turned freely, and whether they overlap."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """N rectangles: `centers` (N, 2) and `halves` (N, 2) in metres, `yaws_rad` (N,)."""

    centers: Floats
    halves: Floats
    yaws_rad: Floats

    @classmethod
    def of(cls, rows: list[tuple[float, float, float, float, float]]) -> "Footprints":
        """From rows of x, y, half width, half depth, yaw."""
        table = np.array(rows, float).reshape(-1, 5)
        return cls(table[:, :2], table[:, 2:4], table[:, 4])

    def axes(self) -> Floats:
        """(N, 2, 2): the unit vectors along width and depth."""
        cos, sin = np.cos(self.yaws_rad), np.sin(self.yaws_rad)
        return np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], axis=1)

    def touch_any(self, other: "Footprints", *, gap_m: float) -> NDArray[np.bool_]:
        """(N,): which come closer than about `gap_m` to any of `other` (separating axis test)."""
        mine, theirs = self.axes(), other.axes()
        between = other.centers[None] - self.centers[:, None]
        cross = np.abs(np.einsum("nad,mbd->nmab", mine, theirs))
        apart = np.zeros(between.shape[:2], bool)
        for axis in range(2):
            reach = self.halves[:, None, axis] + (cross[:, :, axis] * other.halves[None]).sum(-1)
            along = np.abs(np.einsum("nmd,nd->nm", between, mine[:, axis]))
            apart |= along > reach + gap_m
            reach = other.halves[None, :, axis] + (cross[:, :, :, axis] * self.halves[:, None]).sum(
                -1
            )
            along = np.abs(np.einsum("nmd,md->nm", between, theirs[:, axis]))
            apart |= along > reach + gap_m
        clear: NDArray[np.bool_] = np.logical_and.reduce(apart, axis=1)
        return ~clear

    def inside(self, half_room: tuple[float, float], *, margin_m: float) -> NDArray[np.bool_]:
        """(N,): which lie wholly within a room centred on the origin."""
        reach = (np.abs(self.axes()) * self.halves[:, :, None]).sum(axis=1)
        limit = np.array(half_room) - margin_m
        within: NDArray[np.bool_] = (np.abs(self.centers) + reach <= limit).all(axis=1)
        return within
