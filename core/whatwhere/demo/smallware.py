"""Things that stand on furniture or on the floor, and things that hang on walls.

The builders follow the rules of the floor furniture: fill exactly the given size, stand on z = 0
around the origin, face -y. Wall pieces have their back at y = +d/2.
"""

import numpy as np

from whatwhere.demo.furniture import Size
from whatwhere.demo.palette import Paint, Rgb, linear
from whatwhere.demo.solids import Finish, Shape

_DARK = linear((0.09, 0.09, 0.10))
_CREAM = linear((0.93, 0.91, 0.86))
_WHITE = linear((0.95, 0.95, 0.94))


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


def monitor(s: Shape, size: Size, p: Paint) -> None:
    """A screen in a coloured frame, on a foot."""
    w, d, h = size
    s.box((0, 0, 0), (w * 0.42, d, 0.02), p.main)
    s.box((0, d * 0.12, 0.02), (0.07, 0.04, h * 0.4), p.main)
    s.box((0, 0, h * 0.26), (w, 0.05, h * 0.74), p.main)
    _screen(s, (0, -0.026, h * 0.3), (w - 0.07, h * 0.74 - 0.09), p.style)


def laptop(s: Shape, size: Size, p: Paint) -> None:
    """A flat base with keys and a screen that leans back."""
    w, d, h = size
    lean = 0.3
    base = d - h * float(np.sin(lean))
    front = -d / 2 + base / 2
    s.box((0, front, 0), (w, base, 0.025), p.main)
    s.box((0, front + 0.02, 0.025), (w * 0.86, base * 0.5, 0.004), _DARK)
    s.box((0, front - base * 0.34, 0.025), (w * 0.3, base * 0.2, 0.003), p.shade)
    length = (h - 0.02) / float(np.cos(lean))
    back = -d / 2 + base - 0.012
    s.box((0, back, 0.02), (w, 0.018, length - 0.006), p.main, tilt_rad=lean)
    s.box(
        (0, back - 0.012, 0.032),
        (w * 0.92, 0.006, length - 0.04),
        linear((0.45, 0.62, 0.85)),
        Finish.GLOW,
        tilt_rad=lean,
    )


def vase(s: Shape, size: Size, p: Paint) -> None:
    """A bulging vase with a narrow neck and a few flowers."""
    w, _, h = size
    body = h * 0.62
    profile = ((0.0, 0.28), (0.3, 0.5), (0.55, 0.46), (0.8, 0.2), (1.0, 0.27))
    for (z0, r0), (z1, r1) in zip(profile[:-1], profile[1:], strict=True):
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
        x = (i - 1.5) * w * 0.22
        s.box((x, 0, 0.09), (w * 0.1, d, body - 0.12), p.shade)
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


def pillow(s: Shape, size: Size, p: Paint) -> None:
    """A plump cushion lying flat."""
    w, d, h = size
    s.box((0, 0, h / 2), (w, d, h / 2), p.main, Finish.FABRIC, top=0.72)
    s.box((0, 0, 0), (w * 0.76, d * 0.76, h / 2), p.main, Finish.FABRIC, top=1 / 0.76)
    s.box((0, 0, h - 0.012), (w * 0.3, d * 0.3, 0.012), p.tint, Finish.FABRIC)


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


def tv(s: Shape, size: Size, p: Paint) -> None:
    """A wide flat screen on the wall, in a thin coloured frame."""
    w, d, h = size
    s.box((0, d * 0.2, h * 0.25), (w * 0.4, d * 0.6, h * 0.5), _DARK)
    s.box((0, -d * 0.1, 0), (w, d * 0.8, h), p.main)
    _screen(s, (0, -d / 2 + 0.002, 0.05), (w - 0.1, h - 0.1), p.style)


def book_pile(s: Shape, size: Size, p: Paint) -> None:
    """Clutter: three books, turned a little against each other."""
    w, d, h = size
    for i in range(3):
        hue = p.style.uniform(0.25, 0.8, 3)
        colour = linear((float(hue[0]), float(hue[1]) * 0.9, float(hue[2]) * 0.8))
        share = 0.9 - 0.12 * i
        turn = float(p.style.uniform(-0.12, 0.12))
        s.box((0, 0, i * h / 3), (w * share, d * share, h / 3), colour, yaw_rad=turn)


def cup(s: Shape, size: Size, p: Paint) -> None:
    """Clutter: a mug."""
    w, _, h = size
    s.rod((0, 0, 0), w * 0.38, h, p.main, top_radius=w * 0.42, sides=10)
    s.rod((0, 0, h - 0.004), w * 0.34, 0.005, _DARK, sides=10)
    s.box((w * 0.44, 0, h * 0.25), (w * 0.12, 0.02, h * 0.5), p.main)


def plate(s: Shape, size: Size, p: Paint) -> None:
    """Clutter: a plate with something on it."""
    w, _, h = size
    s.rod((0, 0, 0), w * 0.3, h * 0.3, _WHITE, top_radius=w / 2, sides=14)
    s.ball((0.02, 0, h * 0.25), w * 0.2, linear((0.72, 0.42, 0.2)), height=h * 0.7, sides=8)


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


def _screen(
    s: Shape,
    at: tuple[float, float, float],
    size: tuple[float, float],
    style: np.random.Generator,
) -> None:
    """A lit screen with a few windows on it; `at` is the middle of its lower edge."""
    x, y, z = at
    w, h = size
    s.box((x, y, z), (w, 0.004, h), linear((0.10, 0.14, 0.22)), Finish.GLOW)
    bright = ((0.55, 0.75, 0.95), (0.9, 0.92, 0.95), (0.95, 0.7, 0.45), (0.5, 0.85, 0.65))
    for i in range(3):
        colour = linear(bright[int(style.integers(len(bright)))])
        left = -w / 2 + 0.06 * w + i * 0.3 * w
        tall = float(style.uniform(0.3, 0.75)) * h
        s.box((x + left + 0.13 * w, y, z + 0.12 * h), (0.26 * w, 0.008, tall), colour, Finish.GLOW)


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


_STEM = linear((0.2, 0.45, 0.2))
_TAPE = linear((0.85, 0.8, 0.65))
_SUN = linear((0.95, 0.75, 0.4))
_PAINTINGS: tuple[tuple[Rgb, Rgb, Rgb], ...] = (
    ((0.65, 0.8, 0.9), (0.35, 0.55, 0.35), (0.5, 0.35, 0.2)),
    ((0.9, 0.75, 0.6), (0.55, 0.3, 0.35), (0.25, 0.2, 0.3)),
    ((0.5, 0.65, 0.8), (0.2, 0.35, 0.55), (0.85, 0.8, 0.65)),
    ((0.85, 0.85, 0.75), (0.75, 0.6, 0.3), (0.3, 0.4, 0.3)),
)
