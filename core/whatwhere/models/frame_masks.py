"""From the scores of patches to a part of the picture. Shapes: h x w patches."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # type: ignore[import-untyped]

from whatwhere.models.frame_grounding import best_patch

SHARE_OF_BEST = 0.01
"""A patch belongs to the answer from this share of the best patch's probability on: the mask that
overlapped targets most on validation rooms, of the shares .5 to .003."""


def answer_mask(log_probs: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(h, w): the best patch and those joined to it, side by side, that score nearly as high."""
    near = log_probs >= log_probs.max() + np.log(SHARE_OF_BEST)
    parts, _ = ndimage.label(near)
    return np.asarray(parts == parts[best_patch(log_probs)])
