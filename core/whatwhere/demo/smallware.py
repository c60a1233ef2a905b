"""Things that stand about, on the floor or on furniture.

A builder gets an empty `Shape`, the outer size (width x, depth y, height z; metres) and the
`Paint`, and fills that size, standing on z = 0 around the origin and facing -y.
"""

from itertools import pairwise

import numpy as np

from whatwhere.demo.palette import Paint, Rgb, linear
from whatwhere.demo.solids import Finish, Shape, Size

_DARK = linear((0.09, 0.09, 0.10))
_STEM = linear((0.2, 0.45, 0.2))
_PALE, _VIOLET = linear((0.93, 0.9, 0.95)), linear((0.62, 0.16, 0.78))
_TAPE = linear((0.85, 0.8, 0.65))


def lamp(s: Shape, size: Size, p: Paint) -> None:
    """A round foot, a thin pole and a wide conical shade that glows."""
    w, _, h = size
    shade = min(0.42 * h, 0.36)
    s.rod((0, 0, 0), w * 0.36, 0.03, p.metal, sides=12)
    s.rod((0, 0, 0.03), 0.022, h - shade, p.metal, sides=6)
    s.rod((0, 0, h - shade), w / 2, shade, p.main, Finish.GLOW, top_radius=w * 0.28, sides=16)
    s.rod((0, 0, h - shade + 0.001), w / 2 * 0.98, 0.01, linear((1.0, 0.95, 0.8)), Finish.GLOW)


def plant(s: Shape, size: Size, p: Paint) -> None:
    """A tapered pot and a spray of leaves."""
    w, _, h = size
    pot = min(0.45 * h, 0.42)
    s.rod((0, 0, 0), w * 0.27, pot - 0.05, p.main, top_radius=w * 0.36, sides=12)
    s.rod((0, 0, pot - 0.06), w * 0.4, 0.06, p.tint, sides=12)
    s.rod((0, 0, pot - 0.005), w * 0.36, 0.01, linear((0.2, 0.14, 0.1)), sides=12)
    greens = [linear((0.16, 0.42, 0.15)), linear((0.24, 0.52, 0.20)), linear((0.12, 0.34, 0.14))]
    count = 13
    for i in range(count):
        angle = 2.4 * i + float(p.style.uniform(-0.2, 0.2))
        rise = 0.25 + 0.75 * (i + 0.5) / count
        reach = (w / 2) * (1.0 if i < 4 else 1.15 - 0.75 * rise)
        tip = (h - pot) * rise
        _leaf(s, (0, 0, pot), angle, reach, tip, w * 0.2, greens[i % 3])


def trash_can(s: Shape, size: Size, p: Paint) -> None:
    """A tapered bucket with a rim and a dark opening."""
    w, _, h = size
    s.rod((0, 0, 0), w * 0.36, h - 0.04, p.main, top_radius=w * 0.47, sides=14)
    s.rod((0, 0, h - 0.05), w / 2, 0.05, p.tint, sides=14)
    s.rod((0, 0, h - 0.049), w * 0.43, 0.05, _DARK, sides=14)


def vase(s: Shape, size: Size, p: Paint) -> None:
    """A bulging vase with a narrow neck and a few flowers."""
    w, _, h = size
    body = h * 0.62
    profile = ((0.0, 0.28), (0.3, 0.5), (0.55, 0.46), (0.8, 0.2), (1.0, 0.27))
    for (z0, r0), (z1, r1) in pairwise(profile):
        s.rod((0, 0, z0 * body), r0 * w, (z1 - z0) * body, p.main, top_radius=r1 * w, sides=12)
    for i, colour in enumerate(((0.93, 0.6, 0.68), (0.96, 0.9, 0.86), (0.86, 0.55, 0.75))):
        angle = 2.1 * i + 0.4
        x, y = 0.26 * w * float(np.cos(angle)), 0.26 * w * float(np.sin(angle))
        s.box((x * 0.4, y * 0.4, body), (0.014, 0.014, h * 0.26), _STEM, lean=(x * 0.6, y * 0.6))
        s.ball((x, y, h * (0.84 - 0.03 * i)), 0.2 * w, linear(colour), height=h * 0.16, sides=8)


def box(s: Shape, size: Size, p: Paint) -> None:
    """A carton with tape and two open flaps."""
    w, d, h = size
    lid = h - 0.07
    s.box((0, 0, 0), (w - 0.1, d, lid), p.main)
    s.box((0, 0, 0.0), (w - 0.098, 0.06, lid + 0.001), _TAPE)
    s.box((0, 0, lid), (w - 0.13, d - 0.03, 0.002), _DARK)
    for x in (-1, 1):
        s.box(
            (x * (w / 2 - 0.06), 0, lid - 0.01),
            (0.012, d, 0.08),
            p.tint,
            lean=(x * 0.054, 0),
        )


def suitcase(s: Shape, size: Size, p: Paint) -> None:
    """An upright travel case: ribs, wheels and a pull-out handle."""
    w, d, h = size
    body = h * 0.74
    for x in (-1, 1):
        for y in (-1, 1):
            s.ball((x * (w / 2 - 0.06), y * (d / 2 - 0.05), 0), 0.035, _DARK, sides=6)
    s.box((0, 0, 0.06), (w, d * 0.94, body - 0.06), p.main)
    for i in range(4):
        rib = (i - 1.5) * w * 0.22
        s.box((rib, 0, 0.09), (w * 0.1, d, body - 0.12), p.shade)
    for x in (-1, 1):
        s.box((x * w * 0.2, d * 0.2, body), (0.025, 0.025, h - body), p.metal)
    s.box((0, d * 0.2, h - 0.04), (w * 0.5, 0.04, 0.04), _DARK)


def ball(s: Shape, size: Size, p: Paint) -> None:
    """A beach ball with a band."""
    w, _, h = size
    s.ball((0, 0, 0), w / 2, p.main, height=h, sides=14)
    s.rod((0, 0, h * 0.44), w / 2 * 1.0, h * 0.12, p.tint, sides=14)


def teddy_bear(s: Shape, size: Size, p: Paint) -> None:
    """A sitting bear: body, head, ears, muzzle, paws."""
    w, d, h = size
    s.ball((0, d * 0.12, 0), w * 0.34, p.main, Finish.FABRIC, height=h * 0.56)
    s.ball((0, d * 0.14, h * 0.02), w * 0.24, p.tint, Finish.FABRIC, height=h * 0.1, sides=8)
    s.ball((0, d * 0.08, h * 0.48), w * 0.3, p.main, Finish.FABRIC, height=h * 0.46)
    s.ball((0, d * 0.08 - w * 0.24, h * 0.55), w * 0.13, p.tint, height=h * 0.18, sides=8)
    s.ball((0, d * 0.08 - w * 0.35, h * 0.63), w * 0.045, _DARK, height=h * 0.06, sides=6)
    for x in (-1, 1):
        s.ball((x * w * 0.26, d * 0.1, h * 0.82), w * 0.12, p.shade, height=h * 0.18, sides=8)
        s.ball((x * w * 0.34, -d * 0.1, h * 0.28), w * 0.13, p.main, height=h * 0.2, sides=8)
        s.ball((x * w * 0.26, -d * 0.3, 0), w * 0.16, p.shade, height=h * 0.24, sides=8)
        s.ball((x * w * 0.11, d * 0.08 - w * 0.25, h * 0.74), w * 0.035, _DARK, sides=6)


def book_pile(s: Shape, size: Size, p: Paint) -> None:
    """Clutter: three books, turned a little against each other."""
    w, d, h = size
    for i in range(3):
        hue = p.style.uniform(0.25, 0.8, 3)
        colour = linear((float(hue[0]), float(hue[1]) * 0.9, float(hue[2]) * 0.8))
        share = 0.9 - 0.12 * i
        turn = float(p.style.uniform(-0.12, 0.12))
        s.box((0, 0, i * h / 3), (w * share, d * share, h / 3), colour, yaw_rad=turn)


def lantern(s: Shape, size: Size, p: Paint) -> None:
    """A violet paper lantern between two pale rims; it looks the same in every room."""
    w, _, h = size
    rim = 0.12 * h
    for z in (0.0, h - rim):
        s.rod((0, 0, z), w * 0.3, rim, _PALE, sides=10)
    middle = h - 2 * rim
    s.rod((0, 0, rim), w * 0.3, middle / 2, _VIOLET, Finish.GLOW, top_radius=w / 2, sides=12)
    s.rod((0, 0, rim + middle / 2), w / 2, middle / 2, _VIOLET, Finish.GLOW, top_radius=w * 0.3)


def _leaf(
    s: Shape,
    root: tuple[float, float, float],
    angle: float,
    reach: float,
    rise: float,
    width: float,
    colour: Rgb,
) -> None:
    """A folded leaf from the root up and out: two quads seen from both sides."""
    out = np.array([np.cos(angle), np.sin(angle), 0.0])
    side = np.array([-out[1], out[0], 0.0]) * width / 2
    base = np.array(root)
    middle = base + out * reach * 0.5 + [0, 0, rise * 0.72]
    tip = base + out * reach + [0, 0, rise]
    for sign in (-1, 1):
        edge = middle + sign * side - [0, 0, 0.02]
        corners = (
            np.stack([base, middle, edge, base])
            if sign < 0
            else np.stack([base, edge, middle, base])
        )
        s.sheet(corners, colour, Finish.LEAF)
        upper = np.stack([edge, middle, tip, tip])
        s.sheet(upper, colour, Finish.LEAF)
