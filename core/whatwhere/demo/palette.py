"""The eight named colours of the demo world, and the materials that have no name.

All colours in this package are linear-light RGB in [0, 1]; only the image and mesh writers
encode sRGB.
"""

import colorsys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[float, float, float]

VIVID = ("red", "blue", "green", "yellow")
DULL = ("white", "black", "grey", "brown")
COLOURS = (*VIVID, *DULL)

# Hue, saturation and value of each name, in display space, and how far an object may stray.
_HSV = {
    "red": (0.995, 0.86, 0.78),
    "blue": (0.600, 0.82, 0.76),
    "green": (0.375, 0.72, 0.60),
    "yellow": (0.130, 0.88, 0.93),
    "white": (0.110, 0.04, 0.93),
    "black": (0.620, 0.12, 0.16),
    "grey": (0.600, 0.04, 0.50),
    "brown": (0.070, 0.60, 0.42),
}
_STRAY = (0.012, 0.05, 0.035)

_WOODS: tuple[Rgb, ...] = ((0.50, 0.33, 0.18), (0.62, 0.45, 0.27), (0.36, 0.21, 0.11))
_WALLS: tuple[Rgb, ...] = (
    (0.80, 0.78, 0.72),
    (0.72, 0.77, 0.78),
    (0.78, 0.74, 0.66),
    (0.75, 0.78, 0.71),
    (0.80, 0.76, 0.76),
    (0.70, 0.72, 0.77),
)


@dataclass(frozen=True, slots=True)
class Paint:
    """What one piece of furniture is made of; every entry is linear RGB.

    Attributes:
        main: its named colour.
        shade: the same, darker: joints, cushions, door panels.
        tint: the same, lighter.
        wood: the room's wood.
        metal: handles, legs.
        style: draws the variant; equal for look-alikes, so that they keep one shape.
    """

    main: Rgb
    shade: Rgb
    tint: Rgb
    wood: Rgb
    metal: Rgb
    style: np.random.Generator


def linear(display: Rgb) -> Rgb:
    """Display (sRGB-like, gamma 2.2) to linear light."""
    r, g, b = (float(channel) ** 2.2 for channel in display)
    return r, g, b


def named_colour(name: str, rng: np.random.Generator) -> Rgb:
    """A linear RGB that people call by this name, a little different every time."""
    hue, saturation, value = (
        base + float(rng.uniform(-stray, stray))
        for base, stray in zip(_HSV[name], _STRAY, strict=True)
    )
    return linear(colorsys.hsv_to_rgb(hue % 1.0, _unit(saturation), _unit(value)))


def paint(name: str, wood: Rgb, rng: np.random.Generator, *, style_seed: int) -> Paint:
    """The materials of one object of the named colour."""
    main = named_colour(name, rng)
    return Paint(
        main=main,
        shade=_scaled(main, 0.62),
        tint=_towards_white(main, 0.07),
        wood=wood,
        metal=linear((0.62, 0.63, 0.65)),
        style=np.random.default_rng(style_seed),
    )


def room_wood(rng: np.random.Generator) -> Rgb:
    """The wood that the furniture of one room shares."""
    return linear(_WOODS[int(rng.integers(len(_WOODS)))])


def wall_paint(rng: np.random.Generator) -> Rgb:
    """A quiet wall colour."""
    return linear(_WALLS[int(rng.integers(len(_WALLS)))])


def encode_srgb(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Linear RGB (any shape) to 8-bit display values, clipped."""
    index = np.clip(light * (len(_SRGB) - 1), 0, len(_SRGB) - 1)
    return _SRGB[index.astype(np.int16)]


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _scaled(colour: Rgb, factor: float) -> Rgb:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def _towards_white(colour: Rgb, share: float) -> Rgb:
    r, g, b = (channel + (1.0 - channel) * share for channel in colour)
    return r, g, b


_SRGB = (np.linspace(0, 1, 4096) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)
