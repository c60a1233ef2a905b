"""Things to sit and lie on, and the rug.

A builder gets an empty `Shape`, the outer size (width x, depth y, height z; metres) and the
`Paint`, and fills that size, standing on z = 0 around the origin and facing -y.
"""

import numpy as np

from whatwhere.demo.palette import Paint, linear
from whatwhere.demo.solids import Finish, Shape, Size

_CREAM = linear((0.93, 0.91, 0.86))


def chair(s: Shape, size: Size, p: Paint) -> None:
    """Four legs, a seat and a slatted or solid back."""
    w, d, h = size
    seat, leg = 0.5 * h, 0.05
    legs = p.wood if p.style.random() < 0.5 else p.shade
    s.legs(w, d, seat, leg, legs)
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
        middle = -w / 2 + arm + (i + 0.5) * width
        s.box((middle, -0.11, 0.3), (width - 0.02, d - 0.24, seat - 0.3), p.main, Finish.FABRIC)
        s.box(
            (middle, d / 2 - 0.33, seat),
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


def pillow(s: Shape, size: Size, p: Paint) -> None:
    """A plump cushion lying flat."""
    w, d, h = size
    s.box((0, 0, h / 2), (w, d, h / 2), p.main, Finish.FABRIC, top=0.72)
    s.box((0, 0, 0), (w * 0.76, d * 0.76, h / 2), p.main, Finish.FABRIC, top=1 / 0.76)
    s.box((0, 0, h - 0.012), (w * 0.3, d * 0.3, 0.012), p.tint, Finish.FABRIC)


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
