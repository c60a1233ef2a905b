"""Tables, cupboards, shelves and the piano.

A builder gets an empty `Shape`, the outer size (width x, depth y, height z; metres) and the
`Paint`, and fills that size, standing on z = 0 around the origin and facing -y.
"""

import numpy as np

from whatwhere.demo.palette import Paint, linear
from whatwhere.demo.solids import Finish, Shape, Size

_DARK = linear((0.10, 0.10, 0.11))
_CREAM = linear((0.93, 0.91, 0.86))


def table(s: Shape, size: Size, p: Paint) -> None:
    """A top on four legs with an apron; round on a pedestal when it is square."""
    w, d, h = size
    if abs(w - d) < 0.02:
        s.rod((0, 0, 0), w * 0.28, 0.04, p.shade, sides=12)
        s.rod((0, 0, 0.04), 0.07, h - 0.08, p.shade, sides=8)
        s.rod((0, 0, h - 0.05), w / 2, 0.05, p.main, Finish.WOOD, sides=20)
        return
    s.legs(w - 0.06, d - 0.06, h - 0.05, 0.07, p.shade)
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
        key = -w / 2 + 0.12 + (i + 0.5) * (w - 0.24) / count
        s.box((key, front + 0.03, keys_z + 0.1), (0.032, 0.09, 0.02), _DARK)
    s.box((0, d / 2 - back - 0.02, keys_z + 0.24), (w * 0.5, 0.02, 0.24), p.shade, tilt_rad=0.2)
    s.box((0, d / 2 - back - 0.045, keys_z + 0.26), (0.34, 0.01, 0.2), _CREAM, tilt_rad=0.2)


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
