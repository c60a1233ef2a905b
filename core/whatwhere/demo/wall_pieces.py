"""What hangs on a wall; its back is at y = +d/2.

A builder gets an empty `Shape`, the outer size (width x, depth y, height z; metres) and the
`Paint`, and fills that size, standing on z = 0 around the origin and facing -y.
"""

import numpy as np

from whatwhere.demo.palette import Paint, Rgb, linear
from whatwhere.demo.solids import Finish, Shape, Size

_DARK = linear((0.09, 0.09, 0.10))
_CREAM = linear((0.93, 0.91, 0.86))
_WHITE = linear((0.95, 0.95, 0.94))
_SUN = linear((0.95, 0.75, 0.4))
_PAINTINGS: tuple[tuple[Rgb, Rgb, Rgb], ...] = (
    ((0.65, 0.8, 0.9), (0.35, 0.55, 0.35), (0.5, 0.35, 0.2)),
    ((0.9, 0.75, 0.6), (0.55, 0.3, 0.35), (0.25, 0.2, 0.3)),
    ((0.5, 0.65, 0.8), (0.2, 0.35, 0.55), (0.85, 0.8, 0.65)),
    ((0.85, 0.85, 0.75), (0.75, 0.6, 0.3), (0.3, 0.4, 0.3)),
)


def door(s: Shape, size: Size, p: Paint) -> None:
    """Frame, leaf with four panels, handle; hangs flat on its wall."""
    w, d, h = size
    for x in (-1, 1):
        s.box((x * (w / 2 - 0.045), 0, 0), (0.09, d, h), _CREAM)
    s.box((0, 0, h - 0.09), (w - 0.18, d, 0.09), _CREAM)
    s.box((0, d * 0.15, 0.005), (w - 0.18, d * 0.6, h - 0.095), p.main)
    for x in (-1, 1):
        for z, tall in ((0.12, 0.36 * h), (0.12 + 0.44 * h, 0.4 * h)):
            s.box(
                (x * (w - 0.18) / 4, -d * 0.2, z), ((w - 0.18) / 2 - 0.14, d * 0.2, tall), p.shade
            )
    s.box((w / 2 - 0.17, -d * 0.35, 0.98), (0.035, d * 0.3, 0.12), p.metal)
    s.box((w / 2 - 0.21, -d * 0.42, 1.02), (0.12, d * 0.16, 0.03), p.metal)


def window(s: Shape, size: Size, p: Paint) -> None:
    """A bright view behind a white cross, between two curtains under a rail."""
    w, d, h = size
    back = d / 2
    s.box((0, back - 0.01, 0.02), (w * 0.86, 0.02, h - 0.06), linear((0.7, 0.85, 1.0)), Finish.SKY)
    for x in (-0.4, 0.0, 0.4):
        s.box((x * w, back - 0.03, 0.02), (0.05, 0.04, h - 0.06), _WHITE)
    for z in (0.02, 0.5 * h, h - 0.09):
        s.box((0, back - 0.03, z), (w * 0.84, 0.04, 0.05), _WHITE)
    s.box((0, back - 0.05, 0), (w * 0.9, 0.1, 0.03), _WHITE)
    s.box((0, 0, h - 0.04), (w, 0.03, 0.03), p.metal)
    folds = 4
    for x in (-1, 1):
        for i in range(folds):
            at = x * (w / 2 - (i + 0.5) * 0.075)
            colour = p.main if i % 2 else p.shade
            s.box(
                (at, (i % 2) * 0.025 - 0.012, 0.0), (0.075, 0.035, h - 0.03), colour, Finish.FABRIC
            )
    s.box((0, -back + 0.002, h - 0.035), (0.04, 0.004, 0.02), p.metal)


def picture(s: Shape, size: Size, p: Paint) -> None:
    """A painting in a broad coloured frame."""
    w, d, h = size
    s.box((0, 0.005, 0), (w, d - 0.01, h), p.main)
    s.box((0, 0, 0.06), (w - 0.12, d, h - 0.12), _CREAM)
    front = -d / 2 + 0.001
    left, low = -(w - 0.22) / 2, 0.11
    wide, tall = w - 0.22, h - 0.22
    sky, hill, near = _PAINTINGS[int(p.style.integers(len(_PAINTINGS)))]
    s.box((0, front, low), (wide, 0.006, tall), linear(sky))
    s.box((0, front, low), (wide, 0.009, tall * 0.45), linear(hill))
    s.box((left + wide * 0.35, front, low), (wide * 0.7, 0.012, tall * 0.22), linear(near))
    s.box((left + wide * 0.72, front, low + tall * 0.62), (wide * 0.16, 0.012, tall * 0.16), _SUN)


def clock(s: Shape, size: Size, p: Paint) -> None:
    """A round wall clock: thick rim, pale face, hands, four marks."""
    w, d, h = size
    sides = 16
    angle = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    for radius, depth, colour in ((w / 2, d * 0.8, p.main), (w * 0.4, d * 0.9, _CREAM)):
        _disc(s, (0.0, h / 2), radius, d / 2, depth, angle, colour)
    front = -d / 2 + 0.003
    s.box((0, front, h / 2), (0.022, 0.006, h * 0.3), _DARK)
    s.box((w * 0.1, front, h / 2 - 0.01), (w * 0.22, 0.006, 0.022), _DARK)
    for x, z in ((0, 0.34), (0, -0.34), (0.34, 0), (-0.34, 0)):
        s.box((x * w, front, h / 2 + z * h - 0.012), (0.024, 0.006, 0.024), _DARK)


def _disc(
    s: Shape,
    centre: tuple[float, float],
    radius: float,
    back: float,
    depth: float,
    angle: np.ndarray,
    colour: Rgb,
) -> None:
    """An upright disc that faces -y: face quads and rim quads, back at y = `back`."""
    x = centre[0] + radius * np.cos(angle)
    z = centre[1] + radius * np.sin(angle)
    front = np.stack([x, np.full_like(x, back - depth), z], axis=1)
    rear = np.stack([x, np.full_like(x, back), z], axis=1)
    faces = [front[[0, i, i + 1, i + 2]] for i in range(1, len(x) - 2, 2)]
    rim = np.stack([front, rear, np.roll(rear, -1, 0), np.roll(front, -1, 0)], axis=1)
    s.solid(np.concatenate([np.stack(faces), rim]), colour)
