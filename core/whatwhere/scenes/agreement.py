"""Whether frames agree with each other: what one measured, seen from another's place.

A wrong pose convention, depth unit or camera shows here even where there is no mesh to compare.
"""

import numpy as np

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import backproject, project
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import transform
from whatwhere.scenes.scene import Scene

GOOD_M = 0.1
"""Neighbouring frames of a sound scan agree better than this, drift included."""

_MAX_PAIRS = 12
_ENOUGH_POINTS = 200


def frame_agreement_m(scene: Scene) -> float | None:
    """Median |z - depth| in metres of points of one frame in the next one that sees them.

    None where no two neighbours see the same: there is one frame, or they look elsewhere, which
    wrong poses may be the reason for, too.
    """
    usable = scene.frames
    step = max(1, (len(usable) - 1) // _MAX_PAIRS)
    errors = []
    for index in range(0, len(usable) - 1, step):
        try:
            one = scene.read_coarse_depth(usable[index])
            other = scene.read_coarse_depth(usable[index + 1])
        except BrokenFileError:
            continue
        error = _median_error_m(one, other)
        if error is not None:
            errors.append(error)
    return float(np.median(errors)) if errors else None


def _median_error_m(one: PosedDepth, other: PosedDepth) -> float | None:
    seen = backproject(one.depth_m, one.camera)[one.valid]
    points = transform(seen, one.world_from_camera)
    pixels, z_m = project(points, other.camera, other.world_from_camera)
    depth_m, valid = other.at(pixels[:, 0], pixels[:, 1])
    errors_m = np.abs(z_m - depth_m)[valid & (z_m > 0)]
    return float(np.median(errors_m)) if len(errors_m) >= _ENOUGH_POINTS else None
