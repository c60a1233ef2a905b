"""From arrays of colour to what Qt paints."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def image_from(color: NDArray[np.uint8]) -> QImage:
    """(H, W, 3) uint8 RGB as a picture that owns its pixels."""
    height, width, _ = color.shape
    pixels = np.ascontiguousarray(color)
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
