"""Does a scan's geometry agree with itself? Alignment, camera places, depth against the mesh."""

import numpy as np

from whatwhere.geometry.poses import Matrix4


def alignment_faults(aligned_from_mesh: Matrix4, *, tolerance: float = 1e-3) -> list[str]:
    """What is odd about an axisAlignment, as sentences; none when it turns about z only."""
    up = np.concatenate([aligned_from_mesh[2, :3], aligned_from_mesh[:3, 2]])
    if np.abs(up - [0, 0, 1, 0, 0, 1]).max() > tolerance:
        return ["The axisAlignment turns about more than the vertical axis: floors may be tilted."]
    return []
