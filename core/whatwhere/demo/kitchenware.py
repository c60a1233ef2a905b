"""What belongs in a kitchen, the crockery included.

A builder gets an empty `Shape`, the outer size (width x, depth y, height z; metres) and the
`Paint`, and fills that size, standing on z = 0 around the origin and facing -y.
"""

from whatwhere.demo.palette import Paint, linear
from whatwhere.demo.solids import Shape, Size

_DARK = linear((0.10, 0.10, 0.11))
_COFFEE = linear((0.09, 0.09, 0.10))
_WHITE = linear((0.95, 0.95, 0.94))


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


def cup(s: Shape, size: Size, p: Paint) -> None:
    """Clutter: a mug."""
    w, _, h = size
    s.rod((0, 0, 0), w * 0.38, h, p.main, top_radius=w * 0.42, sides=10)
    s.rod((0, 0, h - 0.004), w * 0.34, 0.005, _COFFEE, sides=10)
    s.box((w * 0.44, 0, h * 0.25), (w * 0.12, 0.02, h * 0.5), p.main)


def plate(s: Shape, size: Size, p: Paint) -> None:
    """Clutter: a plate with something on it."""
    w, _, h = size
    s.rod((0, 0, 0), w * 0.3, h * 0.3, _WHITE, top_radius=w / 2, sides=14)
    s.ball((0.02, 0, h * 0.25), w * 0.2, linear((0.72, 0.42, 0.2)), height=h * 0.7, sides=8)
