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
    return rigid_faults(matrix[None], tolerance=tolerance)[0]


def rigid_faults(
    matrices: NDArray[np.floating], *, tolerance: float = 1e-3
) -> tuple[str | None, ...]:
    """As `rigid_fault`, for each of many (N, 4, 4)."""
    is_finite = np.isfinite(matrices).all(axis=(1, 2))
    known = np.where(is_finite[:, None, None], matrices, np.eye(4))
    # Beyond this nothing is rigid, and squares would overflow.
    rotation = known[:, :3, :3].clip(-1e6, 1e6)
    gram = np.einsum("nji,njk->nik", rotation, rotation)
    is_mirror = np.linalg.det(rotation) < 0
    is_bent = np.abs(gram - np.eye(3)).max(axis=(1, 2), initial=0) > 10 * tolerance
    is_open = np.abs(known[:, 3] - [0, 0, 0, 1]).max(axis=1, initial=0) > tolerance
    # The first fault is told, so it is written last.
    faults = np.full(len(matrices), None, object)
    faults[is_mirror] = "the rotation of the pose is a mirror"
    faults[is_bent] = "the rotation of the pose is not orthonormal"
    faults[is_open] = "the last row of the pose is not 0 0 0 1"
    faults[~is_finite] = "the pose is not finite (tracking was lost)"
    return tuple(faults)


def rotations(quaternions: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 3, 3) from (N, 4) quaternions x, y, z, w of any length but zero."""
    x, y, z, w = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows, np.float64), -1, 0)


def rotation_z(angle_rad: float) -> Matrix4:
    """A turn about the vertical axis, counter-clockwise seen from above."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    matrix = np.eye(4)
    matrix[:2, :2] = [[cos, -sin], [sin, cos]]
    return matrix
