"""Points about a box as a picture, the nearest on top."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

_SPLAT_M = 0.04
"""How large a vertex is drawn, so that a coarse mesh shows no holes."""
_MOST_SPLAT_PX = 8


def drawn_points(
    own_N3: NDArray[np.floating],
    colors: NDArray[np.uint8],
    *,
    size_px: tuple[int, int],
    scale: float,
    pixel_ratio: float,
    depth_m: float,
    background: tuple[int, int, int],
) -> QImage:
    """A picture of the points within a slab.

    Args:
        own_N3: (N, 3) metres to the right, up and towards the eye, from the middle of the picture.
        colors: RGB, (N, 3) uint8, or (3,) for all of them.
        size_px: width and height of the picture.
        scale: pixels per metre.
        pixel_ratio: of these pixels to logical ones.
        depth_m: what lies farther than this from the middle, before or behind it, is left out.
        background: RGB.
    """
    width, height = size_px
    picture = np.empty((height, width, 4), np.uint8)
    picture[:] = (*background[::-1], 255)
    x = np.rint(width / 2 + scale * own_N3[:, 0]).astype(int)
    y = np.rint(height / 2 - scale * own_N3[:, 1]).astype(int)
    size = round(min(max(scale * _SPLAT_M, 2 * pixel_ratio), _MOST_SPLAT_PX * pixel_ratio))
    shown = np.abs(own_N3[:, 2]) <= depth_m
    shown &= (x > -size) & (x < width) & (y > -size) & (y < height)
    near = np.flatnonzero(shown)
    near = near[np.argsort(own_N3[near, 2], kind="stable")]
    x, y = x[near], y[near]
    colors_N3 = np.broadcast_to(colors, own_N3.shape)[near]
    for right in range(size):
        for down in range(size):
            inside = (x + right >= 0) & (x + right < width) & (y + down >= 0) & (y + down < height)
            picture[y[inside] + down, x[inside] + right, :3] = colors_N3[inside, ::-1]
    return QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
