"""Pinhole cameras in OpenCV axes: x right, y down, z forward; pixel centres at integers."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.poses import Matrix4, invert, transform


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """Focal lengths and principal point in pixels of an image of `width` x `height`."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    @classmethod
    def from_matrix(cls, matrix: NDArray[np.floating], *, width: int, height: int) -> Self:
        """From a 3x3 or 4x4 camera matrix that belongs to an image of this size."""
        fx, fy, cx, cy = (float(matrix[i]) for i in ((0, 0), (1, 1), (0, 2), (1, 2)))
        return cls(fx, fy, cx, cy, width, height)

    def resized(self, *, width: int, height: int) -> "Intrinsics":
        """The same camera for an image scaled to another size, each axis by its own factor."""
        x, y = width / self.width, height / self.height
        return Intrinsics(self.fx * x, self.fy * y, self.cx * x, self.cy * y, width, height)


def backproject(depth_m: NDArray[np.floating], camera: Intrinsics) -> NDArray[np.float32]:
    """(H, W) depth along z -> (H, W, 3) float32 points in the camera frame, metres.

    Pixels without a measurement (0) come out at the origin: carry the validity mask beside them.
    """
    height, width = depth_m.shape
    x = (np.arange(width, dtype=np.float32) - camera.cx) / camera.fx
    y = (np.arange(height, dtype=np.float32) - camera.cy) / camera.fy
    depth = depth_m.astype(np.float32, copy=False)
    return np.stack([depth * x[None, :], depth * y[:, None], depth], axis=-1)


def project(
    points: NDArray[np.floating], camera: Intrinsics, world_from_camera: Matrix4
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """World points (..., 3) -> pixels (..., 2) as x, y and depth (...) in metres.

    Points at or behind the camera have depth <= 0 and meaningless pixels; test the depth first.
    """
    local = transform(points, invert(world_from_camera))
    depth_m = local[..., 2]
    safe = np.where(depth_m > 1e-9, depth_m, 1.0)
    pixels = np.stack(
        [
            local[..., 0] / safe * camera.fx + camera.cx,
            local[..., 1] / safe * camera.fy + camera.cy,
        ],
        axis=-1,
    )
    return pixels, depth_m
