"""Which way a scan without an axisAlignment is set upright, and where its floor lies."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from whatwhere.geometry.poses import Matrix4

Up = Literal["+x", "-x", "+y", "-y", "+z", "-z"]


@dataclass(frozen=True, slots=True)
class Upright:
    """Which way a scan without an axisAlignment is set upright.

    Attributes:
        aligned_from_mesh: (4, 4), a rotation, and a shift along z where the floor is known.
        up: the axis of the files' world that points up then.
        is_guess: whether the cameras told, and nobody decided.
    """

    aligned_from_mesh: Matrix4
    up: Up
    is_guess: bool


def upright(up: Up, *, is_guess: bool, floor_m: float | None = None) -> Upright:
    """The rotation that brings an axis up and turns the others as little as possible.

    Args:
        up: the axis.
        is_guess: whether nobody decided.
        floor_m: how far along it the floor lies, which then comes to 0; None leaves it there.
    """
    source = _axis(up)
    target = np.array([0.0, 0.0, 1.0])
    matrix = np.eye(4)
    cosine = float(source @ target)
    if cosine < 0:
        matrix[:3, :3] = np.diag([1.0, -1.0, -1.0])
    elif cosine < 1:
        cross = np.cross(source, target)
        skew = np.array(
            [[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]]
        )
        matrix[:3, :3] += skew + skew @ skew
    matrix[2, 3] = -(floor_m or 0.0)
    return Upright(matrix, up, is_guess)


def upright_by_cameras(world_from_camera: Matrix4, *, floor_m: float | None = None) -> Upright:
    """As `upright`, by the axis nearest to where most cameras (N, 4, 4) have their upper side."""
    ups: tuple[Up, ...] = ("+z", "-z", "+y", "-y", "+x", "-x")
    mean_up = -world_from_camera[:, :3, 1].mean(axis=0)
    return upright(
        max(ups, key=lambda up: float(_axis(up) @ mean_up)), is_guess=True, floor_m=floor_m
    )


def _axis(up: Up) -> np.ndarray:
    axis = np.zeros(3)
    axis["xyz".index(up[1])] = 1.0 if up[0] == "+" else -1.0
    return axis
