"""The camera of a frame as a small pyramid of lines."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4, transform
from whatwhere_app.render.boxes import add_lines, line_actor, line_mesh


def frustum_edges(
    camera: Intrinsics, world_from_camera: Matrix4, *, depth_m: float = 0.35
) -> NDArray[np.float64]:
    """(8, 2, 3): four rays to the picture's corners and the picture's four sides."""
    x = np.array([0, camera.width, camera.width, 0]) - camera.cx
    y = np.array([0, 0, camera.height, camera.height]) - camera.cy
    corners = np.column_stack([x / camera.fx, y / camera.fy, np.ones(4)]) * depth_m
    world = transform(corners, world_from_camera)
    eye = world_from_camera[:3, 3]
    rays = [[eye, corner] for corner in world]
    sides = [[world[i], world[(i + 1) % 4]] for i in range(4)]
    return np.array(rays + sides)


def draw_frustum(
    plotter: Any,
    camera: Intrinsics | None,
    world_from_camera: Matrix4 | None,
    *,
    color: str,
    width_px: float,
) -> None:
    """Replace the frustum that is drawn; None erases it."""
    plotter.remove_actor("frustum", reset_camera=False, render=False)
    if camera is None or world_from_camera is None:
        return
    edges = line_mesh(frustum_edges(camera, world_from_camera))
    add_lines(plotter, line_actor(edges, color, width_px), "frustum")
