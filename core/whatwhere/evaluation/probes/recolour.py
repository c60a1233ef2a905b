"""Pixels in other colours: grey, another hue, or the colours of another object.

Shapes: H x W pixels, N pixels of one object.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.visibility import membership
from whatwhere.scenes.scene import Frame

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# ITU-R BT.601, full range: brightness, and two differences of colour around 0.
_YCC_FROM_RGB = np.array(
    [_LUMA, [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)
_RGB_FROM_YCC = np.linalg.inv(_YCC_FROM_RGB).astype(np.float32)
_HUE_RAD = 2 * np.pi / 3
# What touches the floor shares its lowest centimetres with it.
_FOOT_M = 0.04
_MOST_STRETCH = 2.0
_LEAST_STD = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """The colours of one object over many pixels.

    Attributes:
        mean: (3,) brightness and two differences, 0..255.
        std: (3,) likewise.
        num_pixels: they were taken from.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    num_pixels: int


def in_grey(color: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) with brightness alone."""
    luma = (color.astype(np.float32) @ _LUMA).round().clip(0, 255).astype(np.uint8)
    return np.repeat(luma[..., None], 3, axis=-1)


def in_another_hue(color: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) with every colour turned a third round the circle; brightness stays."""
    ycc = color.astype(np.float32) @ _YCC_FROM_RGB.T
    cos, sin = np.float32(np.cos(_HUE_RAD)), np.float32(np.sin(_HUE_RAD))
    turned = np.stack(
        [ycc[..., 0], cos * ycc[..., 1] - sin * ycc[..., 2], sin * ycc[..., 1] + cos * ycc[..., 2]],
        axis=-1,
    )
    return _bytes(turned @ _RGB_FROM_YCC.T)


def pixels_of(frame: Frame, box: Box, others: tuple[Box, ...] = ()) -> NDArray[np.bool_]:
    """(H, W) pixels of the colour image whose measured points lie in a box.

    Args:
        frame: colour and depth; they may differ in size.
        box: of the object; its lowest centimetres are left to the floor.
        others: boxes whose pixels are not the object's, of what stands on it or before it.
    """
    lower, upper = box.lower, box.upper
    lower[2] = min(lower[2] + _FOOT_M, upper[2])
    found = membership(
        frame.depth_m,
        frame.depth_valid,
        frame.depth_camera,
        frame.world_from_camera,
        [Box.from_bounds(lower, upper), *others],
    )
    own = found[0] & ~found[1:].any(axis=0)
    height, width = frame.color.shape[:2]
    color, depth = frame.color_camera, frame.depth_camera
    x = (np.arange(width) - color.cx) / color.fx * depth.fx + depth.cx
    y = (np.arange(height) - color.cy) / color.fy * depth.fy + depth.cy
    column, row = np.rint(x).astype(int), np.rint(y).astype(int)
    inside = np.outer((row >= 0) & (row < own.shape[0]), (column >= 0) & (column < own.shape[1]))
    picked = own[np.ix_(row.clip(0, own.shape[0] - 1), column.clip(0, own.shape[1] - 1))]
    return np.asarray(picked & inside)


def colours_of(pixels: NDArray[np.uint8]) -> Colours:
    """Of (N, 3) pixels, N >= 1."""
    ycc = pixels.astype(np.float32) @ _YCC_FROM_RGB.T
    return Colours(ycc.mean(axis=0), ycc.std(axis=0), len(pixels))


def recoloured(pixels: NDArray[np.uint8], own: Colours, wanted: Colours) -> NDArray[np.uint8]:
    """(N, 3) pixels of an object in the colours of another: same mean, like spread."""
    ycc = pixels.astype(np.float32) @ _YCC_FROM_RGB.T
    stretch = (wanted.std + _LEAST_STD) / (own.std + _LEAST_STD)
    stretch = stretch.clip(1 / _MOST_STRETCH, _MOST_STRETCH)
    return _bytes(((ycc - own.mean) * stretch + wanted.mean) @ _RGB_FROM_YCC.T)


def difference(one: Colours, other: Colours) -> float:
    """How far apart two objects' mean colours are, 0..255 and more."""
    return float(np.linalg.norm(one.mean - other.mean))


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(values.round().clip(0, 255).astype(np.uint8))
