"""Things with a lit screen.

A builder gets an empty `Shape`, the outer size (width x, depth y, height z; metres) and the
`Paint`, and fills that size, standing on z = 0 around the origin and facing -y.
"""

import numpy as np

from whatwhere.demo.palette import Paint, linear
from whatwhere.demo.solids import Finish, Shape, Size

_DARK = linear((0.09, 0.09, 0.10))


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


def tv(s: Shape, size: Size, p: Paint) -> None:
    """A wide flat screen on the wall, in a thin coloured frame."""
    w, d, h = size
    s.box((0, d * 0.2, h * 0.25), (w * 0.4, d * 0.6, h * 0.5), _DARK)
    s.box((0, -d * 0.1, 0), (w, d * 0.8, h), p.main)
    _screen(s, (0, -d / 2 + 0.002, 0.05), (w - 0.1, h - 0.1), p.style)


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
