"""Parts of a picture: masks, boxes in pixels, and their overlap.

Shapes: h x w pixels or patches of one view.
"""

import numpy as np
from numpy.typing import NDArray

PixelBox = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels, pixel centres at integers."""


def mask_iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Pixels in both over pixels in either, of two (h, w) masks; 0 where both are empty."""
    either = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / either) if either else 0.0


def pixel_box_iou(one: PixelBox, other: PixelBox) -> float:
    """Area in both over area in either, of two boxes in the same picture."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return float(shared / (_area(one) + _area(other) - shared))


def box_of_mask(mask: NDArray[np.bool_]) -> PixelBox | None:
    """Around the pixels of an (h, w) mask; None where it has none."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return None
    return (
        float(columns.min()) - 0.5,
        float(rows.min()) - 0.5,
        float(columns.max()) + 0.5,
        float(rows.max()) + 0.5,
    )


def on_grid(mask: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    """(h, w) -> (height, width): what lies under the middle of each pixel."""
    rows = ((np.arange(height) + 0.5) * mask.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * mask.shape[1] / width).astype(int)
    return np.asarray(mask[np.ix_(rows, columns)])


def _area(box: PixelBox) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
