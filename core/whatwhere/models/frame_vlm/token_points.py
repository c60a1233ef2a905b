"""Where in the room each patch of a frame looks, from depth and pose.

Shapes: F frames, H x W pixels, h x w patches.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import transform


def floor_center(
    room_lower_m: NDArray[np.float32], room_upper_m: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(3,): the origin of the canonical frame, in the aligned world."""
    low, high = room_lower_m, room_upper_m
    return np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]], np.float32)


def patch_points(
    depths: Sequence[PosedDepth], *, grid: tuple[int, int], origin_m: NDArray[np.floating]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean point of the measured pixels of every patch.

    Pixels without a depth count for nothing: back-projected they would all lie in the camera.

    Args:
        depths: one per frame, at the size of the images.
        grid: (h, w).
        origin_m: (3,) of the canonical frame, aligned world.

    Returns:
        (F, h, w, 3) canonical metres, zero where nothing was measured, and (F, h, w) the share of
        pixels with a measurement.
    """
    height, width = grid
    points = np.zeros((len(depths), height, width, 3), np.float32)
    shares = np.zeros((len(depths), height, width), np.float32)
    for index, depth in enumerate(depths):
        world = transform(backproject(depth.depth_m, depth.camera), depth.world_from_camera)
        world = np.where(depth.valid[..., None], world - origin_m, 0)
        rows, columns = depth.valid.shape[0] // height, depth.valid.shape[1] // width
        whole = np.s_[: rows * height, : columns * width]
        blocks = (height, rows, width, columns)
        shares[index] = depth.valid[whole].reshape(blocks).mean((1, 3))
        mean = world[whole].reshape(*blocks, 3).mean((1, 3))
        points[index] = mean / np.maximum(shares[index], 1e-6)[..., None]
    return points, shares
