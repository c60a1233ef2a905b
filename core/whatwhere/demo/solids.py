"""Quads: the one form in which everything in a demo room is drawn, shaded and meshed.

A quad is planar and convex, its corners counter-clockwise seen from outside, metres. A triangle
is a quad with two equal corners.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.palette import Rgb

Floats = NDArray[np.float64]
Size = tuple[float, float, float]
"""Width (x), depth (y) and height (z) in metres."""


class Finish(IntEnum):
    """What a surface does with light beyond its colour."""

    MATT = 0
    WOOD = 1
    GLOW = 2
    SKY = 3
    FABRIC = 4
    PLANKS = 5
    TILES = 6
    CARPET = 7
    LEAF = 8


@dataclass(frozen=True, slots=True, eq=False)
class Quads:
    """Q quads and what shading needs to know of them.

    The outward normal at point p is `flat + (p - pivot) * bend`, normalised: bend 0 on flat
    parts, and round parts look round although their facets are flat.

    Attributes:
        corners: (Q, 4, 3) metres.
        colours: (Q, 3) linear RGB.
        finishes: (Q,) int, `Finish`.
        flat: (Q, 3).
        pivot: (Q, 3) metres.
        bend: (Q, 3) per metre.
        parts: (Q,) int, which part of its object a quad belongs to.
        owners: (Q,) int, which item of the room; -1 before it is placed.
    """

    corners: Floats
    colours: Floats
    finishes: NDArray[np.int64]
    flat: Floats
    pivot: Floats
    bend: Floats
    parts: NDArray[np.int64]
    owners: NDArray[np.int64]

    def placed(self, position: Floats, yaw_rad: float, owner: int) -> "Quads":
        """The same shape turned about the vertical axis, moved, and given to an item."""
        cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
        turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
        return Quads(
            corners=self.corners @ turn + position,
            colours=self.colours,
            finishes=self.finishes,
            flat=self.flat @ turn,
            pivot=self.pivot @ turn + position,
            bend=self.bend,
            parts=self.parts,
            owners=np.full(len(self.corners), owner),
        )


def joined(pieces: list[Quads]) -> Quads:
    """All quads of several pieces, part numbers kept apart by their owners."""
    return Quads(
        *(
            np.concatenate([getattr(piece, name) for piece in pieces])
            for name in Quads.__dataclass_fields__
        )
    )


class Shape:
    """Collects the parts of one piece of furniture in its own frame.

    The frame: x to the right, y to the back, z up; the object stands on z = 0 around the origin
    and faces -y.
    """

    def __init__(self) -> None:
        self._corners: list[Floats] = []
        self._pivot: list[tuple[float, float, float]] = []
        self._bend: list[tuple[float, float, float]] = []
        self._colours: list[Rgb] = []
        self._finishes: list[int] = []
        self._slopes: list[float] = []

    def box(
        self,
        at: tuple[float, float, float],
        size: tuple[float, float, float],
        colour: Rgb,
        finish: Finish = Finish.MATT,
        *,
        top: float | tuple[float, float] = 1.0,
        lean: tuple[float, float] = (0.0, 0.0),
        tilt_rad: float = 0.0,
        yaw_rad: float = 0.0,
    ) -> None:
        """A block standing at `at` (centre of its underside).

        Args:
            at: x, y of the centre and z of the underside.
            size: width (x), depth (y), height (z).
            colour: linear RGB.
            finish: its surface.
            top: scale of the upper face against the lower one.
            lean: how far the upper face is moved in x, y.
            tilt_rad: turn about the x axis through the middle of the underside, top backwards.
            yaw_rad: turn about the vertical through `at`, after the tilt.
        """
        corners = _BLOCK * np.array(size)
        if top != 1.0:
            corners[:, :, :2] *= np.where(corners[:, :, 2:] > 1e-9, np.array(top), 1.0)
        if lean != (0.0, 0.0):
            corners[:, :, :2] += np.where(corners[:, :, 2:] > 1e-9, np.array(lean), 0.0)
        if tilt_rad:
            corners = corners @ _about_x(-tilt_rad)
        if yaw_rad:
            corners = corners @ _about_z(yaw_rad)
        self._add(corners + np.array(at), colour, finish)

    def rod(
        self,
        at: tuple[float, float, float],
        radius: float,
        height: float,
        colour: Rgb,
        finish: Finish = Finish.MATT,
        *,
        top_radius: float | None = None,
        sides: int = 12,
    ) -> None:
        """An upright cylinder, or a cone when `top_radius` differs; `at` as for `box`."""
        upper = radius if top_radius is None else top_radius
        ring = _ring(sides)
        low = np.concatenate([ring * radius, np.zeros((sides, 1))], axis=1) + np.array(at)
        high = np.concatenate([ring * upper, np.full((sides, 1), height)], axis=1) + np.array(at)
        wall = np.stack([low, np.roll(low, -1, 0), np.roll(high, -1, 0), high], axis=1)
        slope = (radius - upper) / height
        across = 2 / (radius + upper)
        self._add(wall, colour, finish, pivot=at, bend=(across, across, 0.0), slope=slope)
        caps = [_fan(high)] if upper > 1e-6 else []
        caps += [_fan(low[::-1])] if radius > 1e-6 else []
        self._add(np.concatenate(caps), colour, finish)

    def ball(
        self,
        at: tuple[float, float, float],
        radius: float,
        colour: Rgb,
        finish: Finish = Finish.MATT,
        *,
        height: float | None = None,
        sides: int = 10,
    ) -> None:
        """A ball (or spheroid of this height) resting on `at`."""
        half = radius if height is None else height / 2
        rings = max(4, sides // 2)
        angle = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
        # Exactly 0 at the poles: corners that only nearly coincide would cut the quad open.
        around = np.where(np.abs(angle) > 1.57, 0.0, np.cos(angle)) * radius
        ring = _ring(sides)
        centre = np.array(at) + [0.0, 0.0, half]
        levels = [
            np.concatenate([ring * r, np.full((sides, 1), half * np.sin(a))], axis=1) + centre
            for r, a in zip(around, angle, strict=True)
        ]
        wall = [
            np.stack([low, np.roll(low, -1, 0), np.roll(high, -1, 0), high], axis=1)
            for low, high in pairwise(levels)
        ]
        across, up = 1 / radius, radius / half**2
        self._add(
            np.concatenate(wall),
            colour,
            finish,
            pivot=(float(centre[0]), float(centre[1]), float(centre[2])),
            bend=(across, across, up),
        )

    def legs(self, w: float, d: float, height: float, thick: float, colour: Rgb) -> None:
        """Four square legs under the corners of a `w` x `d` rectangle."""
        for x in (-1, 1):
            for y in (-1, 1):
                at = (x * (w - thick) / 2, y * (d - thick) / 2, 0.0)
                self.box(at, (thick, thick, height), colour)

    def sheet(self, corners: Floats, colour: Rgb, finish: Finish = Finish.MATT) -> None:
        """One flat quad seen from both sides; `corners` (4, 3)."""
        self._add(np.stack([corners, corners[::-1]]), colour, finish)

    def solid(self, corners: Floats, colour: Rgb, finish: Finish = Finish.MATT) -> None:
        """Flat quads (k, 4, 3) given corner by corner, as one part."""
        self._add(corners, colour, finish)

    def quads(self) -> Quads:
        """Everything collected so far."""
        counts = [len(corners) for corners in self._corners]
        corners = np.concatenate(self._corners)
        bend = np.repeat(np.array(self._bend), counts, axis=0)
        slope = np.repeat(np.array(self._slopes), counts)
        upright = np.stack([np.zeros_like(slope), np.zeros_like(slope), slope], axis=1)
        is_round = bend.any(axis=1, keepdims=True)
        return Quads(
            corners=corners,
            colours=np.repeat(np.array(self._colours), counts, axis=0),
            finishes=np.repeat(np.array(self._finishes), counts),
            flat=np.where(is_round, upright, plane_normals(corners)),
            pivot=np.repeat(np.array(self._pivot), counts, axis=0),
            bend=bend,
            parts=np.repeat(np.arange(len(counts)), counts),
            owners=np.full(len(corners), -1),
        )

    def _add(
        self,
        corners: Floats,
        colour: Rgb,
        finish: Finish,
        *,
        pivot: tuple[float, float, float] = (0.0, 0.0, 0.0),
        bend: tuple[float, float, float] = (0.0, 0.0, 0.0),
        slope: float = 0.0,
    ) -> None:
        self._corners.append(corners)
        self._pivot.append(pivot)
        self._bend.append(bend)
        self._colours.append(colour)
        self._finishes.append(int(finish))
        self._slopes.append(slope)


def plane_normals(corners: Floats) -> Floats:
    """Unit outward normals (Q, 3) of (Q, 4, 3) corners, also where two corners coincide."""
    one, two = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    normals = np.stack(
        [
            one[:, 1] * two[:, 2] - one[:, 2] * two[:, 1],
            one[:, 2] * two[:, 0] - one[:, 0] * two[:, 2],
            one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0],
        ],
        axis=1,
    )
    length = np.sqrt((normals**2).sum(axis=1, keepdims=True))
    unit: Floats = normals / np.maximum(length, 1e-12)
    return unit


def _ring(sides: int) -> Floats:
    angle = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _fan(ring: Floats) -> Floats:
    """A convex polygon with an even number of corners as quads that share its first corner."""
    return np.stack([ring[[0, i, i + 1, i + 2]] for i in range(1, len(ring) - 2, 2)])


def _about_x(angle_rad: float) -> Floats:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]]).T


def _about_z(angle_rad: float) -> Floats:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _block() -> Floats:
    """The six faces of the block [-.5, .5] x [-.5, .5] x [0, 1]."""
    faces = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for side in (-0.5, 0.5):
            face = np.zeros((4, 3))
            face[:, axis] = side
            face[:, u] = [-0.5, 0.5, 0.5, -0.5]
            face[:, v] = [-0.5, -0.5, 0.5, 0.5]
            faces.append(face if side > 0 else face[::-1])
    return np.stack(faces) + [0.0, 0.0, 0.5]


_BLOCK = _block()
