"""From a part of a picture to a box in the room, for the eye: no score may depend on it."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import transform

_LEAST_POINTS = 4
_OUTERMOST_PERCENT = 10
"""Patches reach over the border of an object, so what lies nearest and farthest is left out."""


def lifted_box(mask: NDArray[np.bool_], depth: PosedDepth) -> Box | None:
    """Around the measured points of a mask, in aligned metres; None where too few are measured.

    Args:
        mask: (h, w) at the size of the depth image.
        depth: of the same frame.
    """
    chosen = mask & depth.valid
    if np.count_nonzero(chosen) < _LEAST_POINTS:
        return None
    z_m = depth.depth_m[chosen]
    near_m, far_m = np.percentile(z_m, [_OUTERMOST_PERCENT, 100 - _OUTERMOST_PERCENT])
    points = backproject(depth.depth_m, depth.camera)[chosen]
    kept = points[(z_m >= near_m) & (z_m <= far_m)]
    return Box.from_points(transform(kept, depth.world_from_camera))
