"""Furniture that stands on the floor, each piece built from several parts.

A builder gets an empty `Shape`, the outer size (width x, depth y, height z; metres) and the
`Paint`, and fills exactly that size, standing on z = 0 and facing -y.
"""

import numpy as np

from whatwhere.demo.palette import Paint, linear
from whatwhere.demo.solids import Finish, Shape

Size = tuple[float, float, float]

_DARK = linear((0.10, 0.10, 0.11))
_CREAM = linear((0.93, 0.91, 0.86))


def chair(s: Shape, size: Size, p: Paint) -> None:
    """Four legs, a seat and a slatted or solid back."""
    w, d, h = size
    seat, leg = 0.5 * h, 0.05
    legs = p.wood if p.style.random() < 0.5 else p.shade
    _legs(s, w, d, seat, leg, legs)
    s.box((0, 0, seat - 0.03), (w, d, 0.07), p.main, Finish.FABRIC)
    for x in (-1, 1):
        s.box((x * (w - leg) / 2, (d - leg) / 2, seat), (leg, leg, h - seat), legs)
    if p.style.random() < 0.5:
        s.box((0, d / 2 - 0.03, seat + 0.14), (w - leg, 0.045, h - seat - 0.14), p.main)
    else:
        for z in (0.4, 0.72):
            s.box(
                (0, d / 2 - 0.03, seat + z * (h - seat)),
                (w - leg, 0.04, 0.28 * (h - seat)),
                p.main,
            )


def stool(s: Shape, size: Size, p: Paint) -> None:
    """A thick round seat on four splayed legs, no back."""
    w, _, h = size
    radius = w / 2
    for x, y in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        s.box(
            (x * radius * 0.62, y * radius * 0.62, 0),
            (0.055, 0.055, h - 0.08),
            p.wood,
            Finish.WOOD,
            lean=(-x * radius * 0.2, -y * radius * 0.2),
        )
    s.rod((0, 0, h * 0.35), radius * 0.62, 0.025, p.metal, sides=10)
    s.rod((0, 0, h - 0.12), radius * 0.94, 0.09, p.main, Finish.FABRIC, top_radius=radius, sides=14)
    s.rod((0, 0, h - 0.03), radius, 0.03, p.main, Finish.FABRIC, top_radius=radius * 0.9, sides=14)


def sofa(s: Shape, size: Size, p: Paint) -> None:
    """Arms, back and separate cushions."""
    w, d, h = size
    arm, seat = 0.2, 0.44
    for x in (-1, 1):
        for y in (-1, 1):
            s.box((x * (w / 2 - 0.1), y * (d / 2 - 0.1), 0), (0.06, 0.06, 0.09), p.wood)
        s.box(
            (x * (w - arm) / 2, 0, 0.08),
            (arm, d, 0.52),
            p.main,
            Finish.FABRIC,
            top=(0.9, 0.98),
        )
    s.box((0, 0, 0.08), (w - 2 * arm, d, 0.22), p.shade, Finish.FABRIC)
    s.box(
        (0, d / 2 - 0.13, 0.08), (w - 2 * arm, 0.26, h - 0.08), p.main, Finish.FABRIC, top=(1, 0.75)
    )
    count = 3 if w > 1.75 else 2
    width = (w - 2 * arm) / count
    for i in range(count):
        x = -w / 2 + arm + (i + 0.5) * width
        s.box((x, -0.11, 0.3), (width - 0.02, d - 0.24, seat - 0.3), p.main, Finish.FABRIC)
        s.box(
            (x, d / 2 - 0.33, seat),
            (width - 0.03, 0.17, h - seat - 0.06),
            p.tint,
            Finish.FABRIC,
            top=(0.94, 0.6),
            lean=(0, 0.05),
        )


def armchair(s: Shape, size: Size, p: Paint) -> None:
    """One deep seat between two thick arms."""
    w, d, h = size
    for x in (-1, 1):
        for y in (-1, 1):
            s.box((x * (w / 2 - 0.08), y * (d / 2 - 0.08), 0), (0.05, 0.05, 0.12), p.wood)
        s.box(
            (x * (w / 2 - 0.09), 0, 0.11), (0.18, d, 0.48), p.main, Finish.FABRIC, top=(0.8, 0.97)
        )
    s.box((0, 0, 0.11), (w - 0.34, d, 0.2), p.shade, Finish.FABRIC)
    s.box((0, -0.08, 0.31), (w - 0.38, d - 0.2, 0.15), p.tint, Finish.FABRIC)
    s.box(
        (0, d / 2 - 0.11, 0.12), (w - 0.1, 0.22, h - 0.12), p.main, Finish.FABRIC, top=(0.78, 0.7)
    )


def table(s: Shape, size: Size, p: Paint) -> None:
    """A top on four legs with an apron; round on a pedestal when it is square."""
    w, d, h = size
    if abs(w - d) < 0.02:
        s.rod((0, 0, 0), w * 0.28, 0.04, p.shade, sides=12)
        s.rod((0, 0, 0.04), 0.07, h - 0.08, p.shade, sides=8)
        s.rod((0, 0, h - 0.05), w / 2, 0.05, p.main, Finish.WOOD, sides=20)
        return
    _legs(s, w - 0.06, d - 0.06, h - 0.05, 0.07, p.shade)
    for y in (-1, 1):
        s.box((0, y * (d / 2 - 0.07), h - 0.14), (w - 0.2, 0.025, 0.1), p.shade)
    for x in (-1, 1):
        s.box((x * (w / 2 - 0.07), 0, h - 0.14), (0.025, d - 0.2, 0.1), p.shade)
    s.box((0, 0, h - 0.05), (w, d, 0.05), p.main, Finish.WOOD)


def desk(s: Shape, size: Size, p: Paint) -> None:
    """A top over a drawer pedestal on the right and a panel on the left."""
    w, d, h = size
    s.box((0, 0, h - 0.045), (w, d, 0.045), p.main, Finish.WOOD)
    s.box((-w / 2 + 0.025, 0, 0), (0.05, d - 0.06, h - 0.045), p.shade)
    s.box((0, d / 2 - 0.06, 0.25), (w - 0.1, 0.03, h - 0.3), p.shade)
    x = w / 2 - 0.24
    s.box((x, 0.01, 0), (0.44, d - 0.06, h - 0.045), p.shade)
    for i in range(3):
        z = 0.06 + i * (h - 0.12) / 3
        s.box((x, -d / 2 + 0.035, z), (0.4, 0.03, (h - 0.12) / 3 - 0.025), p.main)
        s.box((x, -d / 2 + 0.012, z + 0.09), (0.14, 0.02, 0.02), p.metal)


def bed(s: Shape, size: Size, p: Paint) -> None:
    """Frame, headboard, mattress, blanket and pillows; the head is at the back."""
    w, d, h = size
    s.box((0, d / 2 - 0.04, 0), (w, 0.08, h), p.wood, Finish.WOOD)
    s.box((0, -d / 2 + 0.03, 0), (w, 0.06, 0.42), p.wood, Finish.WOOD)
    s.box((0, 0, 0.1), (w - 0.02, d - 0.1, 0.18), p.wood, Finish.WOOD)
    s.box((0, 0, 0.28), (w - 0.06, d - 0.12, 0.2), _CREAM, Finish.FABRIC)
    s.box((0, -0.14 * d, 0.3), (w, 0.66 * d, 0.22), p.main, Finish.FABRIC, top=(0.97, 1))
    s.box((0, 0.16 * d, 0.5), (w - 0.02, 0.14 * d, 0.035), p.tint, Finish.FABRIC)
    count = 2 if w > 1.2 else 1
    for i in range(count):
        x = (i - (count - 1) / 2) * w * 0.48
        s.box(
            (x, d / 2 - 0.32, 0.48), (w / count * 0.78, 0.38, 0.13), _CREAM, Finish.FABRIC, top=0.8
        )


def cabinet(s: Shape, size: Size, p: Paint) -> None:
    """A waist-high cupboard: plinth, overhanging top, two panelled doors with knobs."""
    w, d, h = size
    s.box((0, 0.01, 0), (w - 0.08, d - 0.06, 0.07), _DARK)
    s.box((0, 0.01, 0.07), (w - 0.02, d - 0.04, h - 0.11), p.main)
    s.box((0, 0, h - 0.04), (w, d, 0.04), p.wood, Finish.WOOD)
    drawer = 0.18
    for x in (-1, 1):
        at = x * w / 4
        s.box((at, -d / 2 + 0.022, h - 0.06 - drawer), (w / 2 - 0.05, 0.02, drawer - 0.02), p.tint)
        s.box((at, -d / 2 + 0.022, 0.1), (w / 2 - 0.05, 0.02, h - 0.2 - drawer), p.tint)
        s.box((at, -d / 2 + 0.016, 0.16), (w / 2 - 0.15, 0.02, h - 0.32 - drawer), p.shade)
        s.box((at, -d / 2 + 0.01, h - 0.06 - drawer / 2), (0.1, 0.02, 0.025), p.metal)
        s.box((x * 0.05, -d / 2 + 0.01, h * 0.45), (0.025, 0.02, 0.1), p.metal)


def wardrobe(s: Shape, size: Size, p: Paint) -> None:
    """A tall cupboard with two long doors and a cornice."""
    w, d, h = size
    s.box((0, 0.01, 0), (w - 0.06, d - 0.06, 0.08), _DARK)
    s.box((0, 0.01, 0.08), (w - 0.04, d - 0.04, h - 0.14), p.main)
    s.box((0, 0, h - 0.06), (w, d, 0.06), p.shade)
    for x in (-1, 1):
        at = x * (w / 4 - 0.01)
        s.box((at, -d / 2 + 0.025, 0.12), (w / 2 - 0.06, 0.02, h - 0.22), p.tint)
        for z, share in ((0.18, 0.42), (0.18 + 0.46 * h, 0.36)):
            s.box((at, -d / 2 + 0.018, z), (w / 2 - 0.2, 0.02, share * h), p.main)
        s.box((x * 0.05, -d / 2 + 0.01, h * 0.42), (0.03, 0.02, 0.22), p.metal)


def bookshelf(s: Shape, size: Size, p: Paint) -> None:
    """Open boards, a thin back, and rows of books in many colours."""
    w, d, h = size
    board = 0.03
    s.box((0, d / 2 - 0.01, 0), (w, 0.02, h), p.shade)
    for x in (-1, 1):
        s.box((x * (w - board) / 2, 0, 0), (board, d, h), p.main)
    rows = max(2, round(h / 0.38))
    gap = (h - board) / rows
    for row in range(rows + 1):
        s.box((0, 0, row * gap), (w - board, d, board), p.main)
    for row in range(rows):
        _books(s, w - 2 * board, d, row * gap + board, gap - board, p.style)


def piano(s: Shape, size: Size, p: Paint) -> None:
    """An upright piano: case, key shelf, white and black keys, pedals, music stand."""
    w, d, h = size
    back = 0.34
    s.box((0, d / 2 - back / 2, 0), (w, back, h - 0.03), p.main)
    s.box((0, d / 2 - back / 2 - 0.01, h - 0.03), (w, back + 0.02, 0.03), p.shade)
    keys_z = 0.62
    s.box((0, -0.05, keys_z), (w, d - 0.1, 0.08), p.main)
    for x in (-1, 1):
        s.box((x * (w / 2 - 0.04), -d / 2 + 0.06, 0), (0.08, 0.08, keys_z), p.main)
        s.box((x * (w / 2 - 0.04), -0.05, keys_z + 0.08), (0.08, d - 0.1, 0.1), p.main)
    front = -d / 2 + 0.11
    s.box((0, front, keys_z + 0.08), (w - 0.18, 0.15, 0.025), _CREAM)
    count = 16
    for i in range(count):
        if i % 7 in (2, 6):
            continue
        x = -w / 2 + 0.12 + (i + 0.5) * (w - 0.24) / count
        s.box((x, front + 0.03, keys_z + 0.1), (0.032, 0.09, 0.02), _DARK)
    s.box((0, d / 2 - back - 0.02, keys_z + 0.24), (w * 0.5, 0.02, 0.24), p.shade, tilt_rad=0.2)
    s.box((0, d / 2 - back - 0.045, keys_z + 0.26), (0.34, 0.01, 0.2), _CREAM, tilt_rad=0.2)


def refrigerator(s: Shape, size: Size, p: Paint) -> None:
    """Two doors, the freezer below, and long handles."""
    w, d, h = size
    split = 0.36 * h
    s.box((0, 0.03, 0.04), (w, d - 0.06, h - 0.04), p.shade)
    s.box((0, 0.03, 0), (w - 0.06, d - 0.1, 0.04), _DARK)
    s.box((0, -d / 2 + 0.045, 0.06), (w - 0.01, 0.05, split - 0.08), p.main)
    s.box((0, -d / 2 + 0.045, split), (w - 0.01, 0.05, h - split), p.main)
    for z, length in ((split - 0.32, 0.24), (split + 0.06, 0.5)):
        s.box((-w / 2 + 0.08, -d / 2 + 0.01, z), (0.03, 0.02, length), p.metal)
    s.box((w * 0.2, -d / 2 + 0.016, h - 0.24), (0.1, 0.01, 0.1), linear((0.95, 0.8, 0.3)))


def stove(s: Shape, size: Size, p: Paint) -> None:
    """An oven with a dark window, knobs, and four hot plates on top."""
    w, d, h = size
    s.box((0, 0.01, 0), (w, d - 0.02, h - 0.1), p.main)
    s.box((0, 0, h - 0.1), (w, d, 0.04), _DARK)
    s.box((0, d / 2 - 0.02, h - 0.06), (w, 0.04, 0.06), p.main)
    for x in (-1, 1):
        for y in (-1, 1):
            s.rod((x * w * 0.24, y * d * 0.22, h - 0.06), 0.09, 0.012, p.metal, sides=12)
            s.rod((x * w * 0.24, y * d * 0.22, h - 0.048), 0.06, 0.006, _DARK, sides=12)
    s.box((0, -d / 2 + 0.008, 0.2), (w * 0.78, 0.012, 0.34), _DARK)
    s.box((0, -d / 2 + 0.006, 0.58), (w * 0.7, 0.012, 0.025), p.metal)
    for i in range(5):
        s.box(((i - 2) * w * 0.16, -d / 2 + 0.006, h - 0.19), (0.05, 0.012, 0.05), _DARK)


def sink(s: Shape, size: Size, p: Paint) -> None:
    """A kitchen unit with a steel basin and a high tap."""
    w, d, h = size
    top = h - 0.28
    s.box((0, 0.02, 0), (w - 0.02, d - 0.06, top - 0.04), p.main)
    for x in (-1, 1):
        s.box((x * w / 4, -d / 2 + 0.035, 0.1), (w / 2 - 0.05, 0.02, top - 0.2), p.tint)
        s.box((x * 0.05, -d / 2 + 0.015, top - 0.3), (0.025, 0.02, 0.12), p.metal)
    stone = linear((0.82, 0.81, 0.78))
    bowl_w, bowl_d = w * 0.5, d * 0.62
    for x in (-1, 1):
        side = (w - bowl_w) / 2
        s.box((x * (bowl_w + side) / 2, 0, top - 0.04), (side, d, 0.04), stone)
    for y in (-1, 1):
        side = (d - bowl_d) / 2
        s.box((0, y * (bowl_d + side) / 2, top - 0.04), (bowl_w, side, 0.04), stone)
    s.box((0, 0, top - 0.039), (bowl_w, bowl_d, 0.004), linear((0.42, 0.45, 0.48)))
    s.box((0, 0, top - 0.035), (bowl_w * 0.86, bowl_d * 0.84, 0.004), linear((0.6, 0.63, 0.66)))
    s.rod((0, d / 2 - 0.07, top), 0.025, h - top, p.metal, sides=8)
    s.box((0, d / 2 - 0.16, h - 0.03), (0.035, 0.2, 0.03), p.metal)
    s.box((0, d / 2 - 0.245, h - 0.08), (0.03, 0.03, 0.06), p.metal)


def rug(s: Shape, size: Size, p: Paint) -> None:
    """A flat woven rectangle (or circle) with a border and a pattern inside."""
    w, d, h = size
    if abs(w - d) < 0.02:
        for i, (share, colour) in enumerate(
            ((1.0, p.main), (0.82, _CREAM), (0.74, p.main), (0.4, p.shade))
        ):
            s.rod((0, 0, 0), w / 2 * share, h - 0.009 + 0.003 * i, colour, Finish.CARPET, sides=28)
        return
    s.box((0, 0, 0), (w, d, h - 0.006), p.main, Finish.CARPET)
    s.box((0, 0, 0), (w - 0.2, d - 0.2, h - 0.004), _CREAM, Finish.CARPET)
    s.box((0, 0, 0), (w - 0.32, d - 0.32, h - 0.002), p.main, Finish.CARPET)
    count = 3
    for i in range(count):
        x = (i - 1) * (w - 0.5) / count
        s.box(
            (x, 0, 0),
            ((d - 0.5) * 0.5, (d - 0.5) * 0.5, h),
            p.shade,
            Finish.CARPET,
            yaw_rad=float(np.pi / 4),
        )


def _legs(
    s: Shape, w: float, d: float, height: float, thick: float, colour: tuple[float, float, float]
) -> None:
    for x in (-1, 1):
        for y in (-1, 1):
            s.box((x * (w - thick) / 2, y * (d - thick) / 2, 0), (thick, thick, height), colour)


def _books(
    s: Shape, width: float, depth: float, z: float, gap: float, style: np.random.Generator
) -> None:
    """Blocks of books along one board, leaving a random gap."""
    x = -width / 2 + 0.01
    end = width / 2 - float(style.uniform(0.05, 0.5)) * width
    while x < end - 0.05:
        block = min(float(style.uniform(0.05, 0.13)), end - x)
        tall = gap * float(style.uniform(0.6, 0.9))
        hue = style.uniform(0.25, 0.75, 3)
        colour = linear((float(hue[0]), float(hue[1]) * 0.9, float(hue[2]) * 0.8))
        s.box((x + block / 2, 0.02, z), (block - 0.006, depth * 0.7, tall), colour)
        x += block
