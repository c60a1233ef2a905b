"""A depth image together with the camera that took it, and what it says of pixels and points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.cameras import Intrinsics, project
from whatwhere.geometry.poses import Matrix4, transform

Vector = tuple[float, float, float]
Pixel = tuple[float, float]

_HIDDEN_M = 0.05
_HIDDEN_SHARE = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class PosedDepth:
    """The geometry of one frame.

    Attributes:
        depth_m: (h, w) float32 metres along z, 0 where there is no measurement.
        valid: (h, w) bool.
        camera: intrinsics for this size.
        world_from_camera: (4, 4), aligned world, OpenCV camera axes.
    """

    depth_m: NDArray[np.float32]
    valid: NDArray[np.bool_]
    camera: Intrinsics
    world_from_camera: Matrix4

    def at(
        self, x_px: NDArray[np.floating], y_px: NDArray[np.floating]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Depth and validity at pixels (...), the nearest ones; invalid outside the image."""
        height, width = self.depth_m.shape
        column = np.floor(np.clip(x_px, -2, width + 1) + 0.5).astype(np.intp)
        row = np.floor(np.clip(y_px, -2, height + 1) + 0.5).astype(np.intp)
        inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
        column, row = np.where(inside, column, 0), np.where(inside, row, 0)
        return self.depth_m[row, column], self.valid[row, column] & inside


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where one frame would see a point, and what its depth image says there.

    Attributes:
        pixel: (x, y) of the colour image, pixel centres at integers.
        depth_m: of the point, along z.
        measured_m: of what the depth image saw there; None without a measurement.
    """

    pixel: Pixel
    depth_m: float
    measured_m: float | None

    @property
    def is_hidden(self) -> bool:
        """Whether something that was measured stands clearly before the point."""
        if self.measured_m is None:
            return False
        return bool(self.depth_m > hidden_beyond_m(np.array(self.measured_m)))


def hidden_beyond_m(measured_m: NDArray[np.floating]) -> NDArray[np.floating]:
    """Depths in metres from which points count as hidden by what was measured, any shape.

    A depth camera's error grows with distance: 5 cm near by, 2 % far away.
    """
    return np.asarray(measured_m + np.maximum(_HIDDEN_M, _HIDDEN_SHARE * measured_m))


def pixel_point(
    pixel: Pixel, depth_m: float, camera: Intrinsics, world_from_camera: Matrix4
) -> Vector:
    """The world point at `depth_m` along z behind a pixel (x, y); metres."""
    x_m = (pixel[0] - camera.cx) / camera.fx * depth_m
    y_m = (pixel[1] - camera.cy) / camera.fy * depth_m
    x, y, z = transform(np.array([x_m, y_m, depth_m]), world_from_camera)
    return float(x), float(y), float(z)


def measured_behind(pixel: Pixel, camera: Intrinsics, depth: PosedDepth) -> float | None:
    """Depth in metres behind a pixel of another image from the same place; None without one.

    Colour and depth may differ in size and focal length: the same ray meets both.
    """
    x = (pixel[0] - camera.cx) / camera.fx * depth.camera.fx + depth.camera.cx
    y = (pixel[1] - camera.cy) / camera.fy * depth.camera.fy + depth.camera.cy
    depth_m, valid = depth.at(np.array(x), np.array(y))
    return float(depth_m) if valid else None


def sight(point: Vector, camera: Intrinsics, depth: PosedDepth) -> Sighting | None:
    """Where a frame sees a world point; None when it lies behind or beside the picture.

    Args:
        point: aligned world, metres.
        camera: of the colour image.
        depth: of the same frame.
    """
    pixels, depth_m = project(np.array(point), camera, depth.world_from_camera)
    x, y = float(pixels[0]), float(pixels[1])
    is_beside = not (-0.5 <= x < camera.width - 0.5 and -0.5 <= y < camera.height - 0.5)
    if depth_m <= 0 or is_beside:
        return None
    return Sighting((x, y), float(depth_m), measured_behind((x, y), camera, depth))
