"""Does a scan's geometry agree with itself? Alignment, camera places, depth against the mesh."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.cameras import project
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.broken_frames import BrokenFrames
from whatwhere.scenes.scene import Frame, FrameHeader, Mesh, Scene

MAX_DEPTH_ERROR_M = 0.05
"""Beyond this median distance between depth and mesh a frame's pose is not to be trusted."""

_CAMERA_MARGIN_M = 1.0
_USUAL_DEPTH_M = (0.3, 10.0)
_ENOUGH_VERTICES = 50
_MAX_PROJECTED = 25_000
_CELLS_ACROSS = 16


@dataclass(frozen=True, slots=True)
class FrameHealth:
    """What one frame's pixels say of it.

    Attributes:
        name: the frame's.
        measured_share: share of depth pixels that hold a measurement.
        median_depth_m: median of those, NaN without any.
        num_compared: mesh vertices whose distance was compared with the depth image.
        depth_error_m: median |z - depth| over them; None when too few are in view to tell.
        fault: why its images cannot be read, or None; then the figures say nothing.
        near_share: share of the compared vertices whose distance is within the limit; None as
            `depth_error_m`.
    """

    name: str
    measured_share: float
    median_depth_m: float
    num_compared: int
    depth_error_m: float | None
    fault: str | None = None
    near_share: float | None = None

    @property
    def faults(self) -> list[str]:
        """What is wrong, as sentences."""
        if self.fault is not None:
            return [f"Frame {self.name} cannot be read ({self.fault}): it is left out."]
        if self.measured_share == 0:
            return [f"Frame {self.name} has no depth measurement at all."]
        faults = []
        low, high = _USUAL_DEPTH_M
        if not low <= self.median_depth_m <= high:
            faults.append(
                f"Frame {self.name} has a median depth of {self.median_depth_m:.2f} m, outside "
                f"{low:g} to {high:g} m: its depth may not be in millimetres."
            )
        if self.depth_error_m is not None and self.depth_error_m > MAX_DEPTH_ERROR_M:
            faults.append(
                f"Frame {self.name} has depth {self.depth_error_m * 100:.0f} cm off the mesh "
                f"(median, {MAX_DEPTH_ERROR_M * 100:.0f} cm is the limit): "
                "its pose or depth does not belong to this mesh."
            )
        return faults


def alignment_faults(aligned_from_mesh: Matrix4, *, tolerance: float = 1e-3) -> list[str]:
    """What is odd about an axisAlignment, as sentences; none when it turns about z only."""
    rotation = aligned_from_mesh[:3, :3]
    faults = []
    if np.abs(rotation.T @ rotation - np.eye(3)).max() > tolerance:
        faults.append("The axisAlignment is not a pure rotation: lengths may be distorted.")
    if np.linalg.det(rotation) < 0:
        faults.append("The axisAlignment is a mirror: left and right are exchanged.")
    up = np.concatenate([rotation[2], rotation[:, 2]])
    if np.abs(up - [0, 0, 1, 0, 0, 1]).max() > tolerance:
        faults.append(
            "The axisAlignment turns about more than the vertical axis: floors may be tilted."
        )
    return faults


def camera_faults(headers: Sequence[FrameHeader], mesh: Mesh) -> list[str]:
    """Cameras that stand outside the mesh's bounds grown by a metre, as sentences."""
    lower = mesh.vertices.min(axis=0) - _CAMERA_MARGIN_M
    upper = mesh.vertices.max(axis=0) + _CAMERA_MARGIN_M
    outside = []
    for header in headers:
        if header.world_from_camera is not None:
            position = header.world_from_camera[:3, 3]
            if (position < lower).any() or (position > upper).any():
                outside.append(header.name)
    if not outside:
        return []
    named = ", ".join(outside[:5]) + (", ..." if len(outside) > 5 else "")
    return [
        f"{len(outside)} of {len(headers)} cameras stand more than {_CAMERA_MARGIN_M:g} m outside "
        f"the mesh (frames {named}): poses and mesh may be in different coordinates."
    ]


def frame_health(frame: Frame, mesh: Mesh | None, *, num_vertices: int = 2000) -> FrameHealth:
    """Compare one frame's depth with the mesh.

    `num_vertices` mesh vertices that the mesh itself says are visible are projected into the frame.
    """
    # Every fourth row and column is plenty for a median.
    measured = frame.depth_m[::4, ::4][frame.depth_valid[::4, ::4]]
    pixels, z_m = _visible_vertices(frame, mesh, num_vertices)
    depth_m = frame.depth_m[pixels[:, 1], pixels[:, 0]]
    valid = frame.depth_valid[pixels[:, 1], pixels[:, 0]]
    errors_m = np.abs(z_m - depth_m)[valid]
    enough = len(errors_m) >= _ENOUGH_VERTICES
    return FrameHealth(
        name=frame.name,
        measured_share=float(frame.depth_valid.mean()),
        median_depth_m=_median(measured),
        num_compared=len(errors_m),
        depth_error_m=_median(errors_m) if enough else None,
        near_share=float((errors_m <= MAX_DEPTH_ERROR_M).mean()) if enough else None,
    )


def health_of(scene: Scene, header: FrameHeader) -> FrameHealth:
    """As `frame_health`; a frame whose images cannot be read says so.

    Raises:
        BrokenFileError: the mesh is broken.
    """
    broken = BrokenFrames(scene)
    frame = broken.read(header)
    if frame is None:
        return FrameHealth(header.name, 0.0, float("nan"), 0, None, broken.fault(header.name))
    return frame_health(frame, scene.mesh)


def scene_health(scene: Scene, *, max_frames: int = 5) -> tuple[tuple[FrameHealth, ...], list[str]]:
    """The health of at most `max_frames` frames spread over the capture, and all faults found.

    Raises:
        BrokenFileError: the mesh is broken.
    """
    usable = scene.frames
    step = max(1, -(-len(usable) // max_frames))
    checked = tuple(health_of(scene, header) for header in usable[::step])
    faults = [fault for health in checked for fault in health.faults]
    if scene.mesh is not None:
        faults += camera_faults(scene.headers, scene.mesh)
    return checked, faults


def _visible_vertices(
    frame: Frame, mesh: Mesh | None, num_vertices: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Pixels (n, 2) as column, row and distances z (n,) of an even choice of visible vertices.

    A vertex counts as visible when nothing of the mesh in its cell of a coarse grid is nearer by
    more than the surface's own slope explains. The depth image has no say in the choice, so a
    wrong pose cannot hide behind it.
    """
    height, width = frame.depth_m.shape
    if mesh is None:
        return np.zeros((0, 2), np.intp), np.zeros(0)
    vertices = mesh.vertices[:: max(1, len(mesh.vertices) // _MAX_PROJECTED)]
    places, z_m = project(vertices, frame.depth_camera, frame.world_from_camera)
    pixels = np.floor(places.clip(-2, max(height, width) + 2) + 0.5).astype(np.intp)
    seen = (z_m > 0.05) & (pixels >= 0).all(axis=1) & (pixels < [width, height]).all(axis=1)
    pixels, z_m = pixels[seen], z_m[seen]
    cell_px = max(1, width // _CELLS_ACROSS)
    columns = -(-width // cell_px)
    cell = pixels[:, 1] // cell_px * columns + pixels[:, 0] // cell_px
    nearest_m = np.full(columns * -(-height // cell_px), np.inf)
    np.minimum.at(nearest_m, cell, z_m)
    front = np.flatnonzero(z_m <= nearest_m[cell] * 1.05 + 0.05)
    step = max(1, len(front) // num_vertices)
    return pixels[front[::step]], z_m[front[::step]]


def _median(values: NDArray[np.floating]) -> float:
    """The middle value, NaN of none; np.median would import all of numpy.ma for this."""
    return float(np.sort(values)[len(values) // 2]) if len(values) else float("nan")
