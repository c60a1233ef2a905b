"""Marks of points, stamped into an image that is one row of pixels after the other."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Mark = Literal["disc", "ring", "square", "cross"]

_DEAR = 32
"""How many times as long it takes to paint a pixel by its number as to shift it with all others."""


def mark_offsets(mark: Mark, radius: float, wide: int) -> list[int]:
    """Offsets of the pixels of one mark from its centre, in an image of this width."""
    reach = int(np.ceil(radius))
    offsets = []
    for row in range(-reach, reach + 1):
        for column in range(-reach, reach + 1):
            distance = float(np.hypot(row, column))
            is_in = {
                "disc": distance <= radius,
                "ring": radius - max(1.0, radius / 3) - 0.3 < distance <= radius,
                "square": max(abs(row), abs(column)) <= radius * 0.8,
                "cross": abs(abs(row) - abs(column)) <= radius / 5 and distance <= 1.35 * radius,
            }[mark]
            if is_in:
                offsets.append(row * wide + column)
    return offsets


def stamp(
    pixels: NDArray[np.uint32], taken: NDArray[np.bool_], offsets: Sequence[int], color: int
) -> None:
    """Paint a mark around every pixel that is taken.

    Args:
        pixels: (P,) of the image; changed.
        taken: (P,) the centres; none is nearer to an end than a mark reaches.
        offsets: of the mark.
        color: it is painted in.
    """
    centres = np.flatnonzero(taken)
    if len(centres) * _DEAR < len(pixels):
        for offset in offsets:
            pixels[centres + offset] = color
        return
    # So many that it is cheaper to shift the whole image.
    marked = np.zeros(len(pixels), np.bool_)
    for offset in offsets:
        moved, from_ = marked[max(offset, 0) :], taken[max(-offset, 0) :]
        count = len(pixels) - abs(offset)
        np.logical_or(moved[:count], from_[:count], out=moved[:count])
    pixels[marked] = color
