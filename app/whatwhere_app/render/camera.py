"""Where the eye is, and the moves it makes: pure values, applied to a plotter at the end.

The world is z up. Orbits turn about the point under the cursor and stop short of the poles, so
the room never tips over.
"""

from dataclasses import dataclass, replace
from math import radians, tan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4

Vector = tuple[float, float, float]

VIEW_ANGLE_DEG = 40.0
_TILT_DEG = 35.0  # between the line of sight and the vertical, seen from above
_HEADING_DEG = -70.0
_STEEPEST_DEG = 89.0
_NEAREST_M = 0.05
_INNER_SHARE = 0.95
# An orthographic eye stands this far behind its pose, so that nothing lies at its back.
_RETREAT_M = 100.0


@dataclass(frozen=True, slots=True)
class CameraPose:
    """An eye.

    Attributes:
        position: aligned metres.
        focal_point: what it looks at, aligned metres; its distance sets the speed of pans.
        up: unit vector.
        view_angle_deg: full vertical field of view.
        is_parallel: orthographic; the picture then shows as much everywhere as a perspective one
            shows at the distance of the focal point.
    """

    position: Vector
    focal_point: Vector
    up: Vector = (0.0, 0.0, 1.0)
    view_angle_deg: float = VIEW_ANGLE_DEG
    is_parallel: bool = False

    @property
    def distance_m(self) -> float:
        """From the eye to the focal point."""
        return float(np.linalg.norm(np.subtract(self.focal_point, self.position)))

    @property
    def height_m(self) -> float:
        """What the picture spans from top to bottom at the distance of the focal point."""
        return 2 * tan(radians(self.view_angle_deg / 2)) * self.distance_m

    @property
    def forward(self) -> NDArray[np.float64]:
        """(3,) unit vector along the line of sight."""
        return np.subtract(self.focal_point, self.position) / max(self.distance_m, 1e-9)

    @property
    def right(self) -> NDArray[np.float64]:
        """(3,) unit vector to the right of the picture."""
        right = np.cross(self.forward, self.up)
        return np.asarray(right / max(float(np.linalg.norm(right)), 1e-9))


def overview(lower: NDArray[np.floating], upper: NDArray[np.floating], aspect: float) -> CameraPose:
    """The whole of a box from above, tilted by 35 degrees."""
    return _framing(lower, upper, aspect, heading_deg=_HEADING_DEG, tilt_deg=_TILT_DEG)


def seen_from(
    side: str, lower: NDArray[np.floating], upper: NDArray[np.floating], aspect: float
) -> CameraPose:
    """The whole of a box seen from "top", "front" or "side"."""
    heading_deg, tilt_deg = {"top": (-90.0, 1.0), "front": (-90.0, 88.0), "side": (0.0, 88.0)}[side]
    return _framing(lower, upper, aspect, heading_deg=heading_deg, tilt_deg=tilt_deg)


def framing(box: Box, pose: CameraPose, aspect: float, *, surround_m: float = 0.8) -> CameraPose:
    """The same line of sight as `pose`, with `box` and a little around it filling the picture."""
    centre = np.array(box.center)
    half = np.array(box.size) / 2 + surround_m
    radius = float(np.linalg.norm(half))
    distance = _fitting_distance(radius, aspect)
    forward = pose.forward
    if forward[2] > -0.35:  # too flat to look over other furniture
        flat = np.array([forward[0], forward[1], 0.0])
        flat = flat / max(float(np.linalg.norm(flat)), 1e-9)
        forward = np.array([*(flat[:2] * np.cos(0.7)), -np.sin(0.7)])
    return CameraPose(
        _vector(centre - forward * distance), _vector(centre), is_parallel=pose.is_parallel
    )


def shows(pose: CameraPose, point: Vector, aspect: float) -> bool:
    """Whether a point lies in the picture, and not at its very edge; what hides it is not asked."""
    way = np.subtract(point, pose.position)
    depth_m = float(way @ pose.forward)
    half_m = pose.height_m / 2
    if not pose.is_parallel:
        half_m *= depth_m / max(pose.distance_m, 1e-9)
    across_m = abs(float(way @ pose.right))
    upward_m = abs(float(way @ np.cross(pose.right, pose.forward)))
    reach_m = half_m * _INNER_SHARE
    is_ahead = pose.is_parallel or depth_m > 0
    return is_ahead and upward_m <= reach_m and across_m <= reach_m * aspect


def through(camera: Intrinsics, world_from_camera: Matrix4, *, depth_m: float = 2.0) -> CameraPose:
    """The eye of a frame: same place, direction and vertical field of view."""
    position = world_from_camera[:3, 3]
    forward, down = world_from_camera[:3, 2], world_from_camera[:3, 1]
    angle_deg = float(np.degrees(2 * np.arctan(camera.height / 2 / camera.fy)))
    return CameraPose(
        _vector(position), _vector(position + forward * depth_m), _vector(-down), angle_deg
    )


def orbited(pose: CameraPose, pivot: Vector, *, yaw_rad: float, pitch_rad: float) -> CameraPose:
    """Turned about a point: yaw about the vertical, pitch about the picture's horizontal."""
    upright = replace(pose, up=(0.0, 0.0, 1.0))
    steepness = float(np.arcsin(np.clip(upright.forward[2], -1, 1)))
    limit = np.radians(_STEEPEST_DEG)
    pitch = float(np.clip(steepness + pitch_rad, -limit, limit)) - steepness
    turn = _rotation(np.array([0.0, 0.0, 1.0]), yaw_rad) @ _rotation(upright.right, pitch)
    position = np.array(pivot) + turn @ np.subtract(upright.position, pivot)
    focal = np.array(pivot) + turn @ np.subtract(upright.focal_point, pivot)
    return replace(upright, position=_vector(position), focal_point=_vector(focal))


def panned(pose: CameraPose, *, right_m: float, up_m: float) -> CameraPose:
    """Moved sideways in the plane of the picture."""
    shift = pose.right * right_m + np.cross(pose.right, pose.forward) * up_m
    return replace(
        pose,
        position=_vector(np.array(pose.position) + shift),
        focal_point=_vector(np.array(pose.focal_point) + shift),
    )


def zoomed(pose: CameraPose, toward: Vector, factor: float) -> CameraPose:
    """Closer (factor > 1) to a point that keeps its place in the picture."""
    share = 1 - 1 / factor
    shift = np.subtract(toward, pose.position) * share
    position = np.array(pose.position) + shift
    focal = position + pose.forward * max(pose.distance_m / factor, _NEAREST_M)
    return replace(pose, position=_vector(position), focal_point=_vector(focal))


def focused(pose: CameraPose, point: Vector) -> CameraPose:
    """The same picture, with the focal point as far away as `point`: speeds and scale fit there.

    An orthographic picture stays as it is: there the focal point decides the scale.
    """
    depth_m = float(np.subtract(point, pose.position) @ pose.forward)
    if pose.is_parallel or depth_m < _NEAREST_M:
        return pose
    return replace(pose, focal_point=_vector(np.array(pose.position) + pose.forward * depth_m))


def blended(start: CameraPose, end: CameraPose, share: float) -> CameraPose:
    """A pose on the way, eased at both ends; share 0 is `start`, 1 is `end`."""
    eased = share * share * (3 - 2 * share)

    def mix(a: Vector, b: Vector) -> Vector:
        return _vector(np.array(a) + (np.array(b) - np.array(a)) * eased)

    up = np.array(mix(start.up, end.up))
    angle = start.view_angle_deg + (end.view_angle_deg - start.view_angle_deg) * eased
    return CameraPose(
        mix(start.position, end.position),
        mix(start.focal_point, end.focal_point),
        _vector(up / max(float(np.linalg.norm(up)), 1e-9)),
        angle,
        is_parallel=end.is_parallel if share > 0 else start.is_parallel,
    )


def apply_pose(plotter: Any, pose: CameraPose) -> None:
    """Move the plotter's camera without drawing."""
    renderer = plotter.renderer
    renderer.camera_set = True  # else pyvista chooses a view of its own, and draws it
    camera = renderer.camera
    retreat = pose.forward * (_RETREAT_M if pose.is_parallel else 0.0)
    camera.SetPosition(*(np.array(pose.position) - retreat))
    camera.SetFocalPoint(*pose.focal_point)
    camera.SetViewUp(*pose.up)
    camera.SetViewAngle(pose.view_angle_deg)
    camera.SetParallelProjection(pose.is_parallel)
    camera.SetParallelScale(pose.height_m / 2)
    plotter.renderer.ResetCameraClippingRange()


def _framing(
    lower: NDArray[np.floating],
    upper: NDArray[np.floating],
    aspect: float,
    *,
    heading_deg: float,
    tilt_deg: float,
) -> CameraPose:
    """The nearest eye on one line of sight that sees all eight corners."""
    heading, tilt = np.radians(heading_deg), np.radians(tilt_deg)
    back = np.array([np.cos(heading) * np.sin(tilt), np.sin(heading) * np.sin(tilt), np.cos(tilt)])
    box = Box.from_bounds(lower, upper)
    centre = np.array(box.center)
    pose = CameraPose(_vector(centre + back), _vector(centre))
    local = box.corners() - centre
    along = local @ pose.forward
    across = np.abs(local @ pose.right)
    upward = np.abs(local @ np.cross(pose.right, pose.forward))
    tangent = np.tan(np.radians(VIEW_ANGLE_DEG / 2))
    needed = np.maximum(upward / tangent, across / (tangent * aspect)) - along
    distance = float(needed.max()) * 1.04
    return CameraPose(_vector(centre + back * distance), _vector(centre))


def _fitting_distance(radius_m: float, aspect: float) -> float:
    half = np.radians(VIEW_ANGLE_DEG / 2)
    return float(radius_m / np.sin(min(half, np.arctan(np.tan(half) * aspect))))


def _rotation(axis: NDArray[np.float64], angle_rad: float) -> NDArray[np.float64]:
    """(3, 3) about a unit axis, by Rodrigues' formula."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(
        np.eye(3) + np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * cross @ cross
    )


def _vector(values: NDArray[np.floating]) -> Vector:
    x, y, z = (float(value) for value in values)
    return x, y, z
