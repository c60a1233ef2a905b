"""Rigid 4x4 transforms, named `to_from` (`world_from_camera`), and whether one is usable."""

import numpy as np
from numpy.typing import NDArray

Matrix4 = NDArray[np.float64]
"""(4, 4), row-major, applied to column vectors."""


def transform(points: NDArray[np.floating], to_from: Matrix4) -> NDArray[np.float64]:
    """(..., 3) points carried from one frame to the other; metres stay metres."""
    # Not `@`: for three columns BLAS wakes its threads, which takes ten times as long as the sums.
    turned = np.einsum("...j,ij->...i", points, to_from[:3, :3])
    return np.asarray(turned + to_from[:3, 3])


def invert(to_from: Matrix4) -> Matrix4:
    """The inverse of a rigid transform, exact up to rounding."""
    rotation = to_from[:3, :3].T
    inverse = np.eye(4)
    inverse[:3, :3] = rotation
    inverse[:3, 3] = -rotation @ to_from[:3, 3]
    return inverse


def rigid_fault(matrix: Matrix4, *, tolerance: float = 1e-3) -> str | None:
    """Why a 4x4 is not a rigid transform, or None when it is.

    ScanNet marks frames that lost tracking by filling the pose with -inf; some dumps hold NaN.
    """
    if not np.isfinite(matrix).all():
        return "the pose is not finite (tracking was lost)"
    if np.abs(matrix[3] - [0, 0, 0, 1]).max() > tolerance:
        return "the last row of the pose is not 0 0 0 1"
    rotation = matrix[:3, :3]
    if np.abs(rotation.T @ rotation - np.eye(3)).max() > 10 * tolerance:
        return "the rotation of the pose is not orthonormal"
    if np.linalg.det(rotation) < 0:
        return "the rotation of the pose is a mirror"
    return None


def rotation_z(angle_rad: float) -> Matrix4:
    """A turn about the vertical axis, counter-clockwise seen from above."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    matrix = np.eye(4)
    matrix[:2, :2] = [[cos, -sin], [sin, cos]]
    return matrix
