"""What lies under the cursor: the ray that the eye sends there, and boxes by their edges."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import BOX_EDGES, Box


def screen_ray(
    plotter: Any, x_px: float, y_px: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The segment from the near to the far plane under a device pixel counted from the top left."""
    width, height = plotter.render_window.GetSize()
    inverse = np.linalg.inv(_screen_from_world(plotter))
    x = (x_px + 0.5) / width * 2 - 1
    y = 1 - (y_px + 0.5) / height * 2
    ends = np.array([[x, y, -1.0, 1.0], [x, y, 1.0, 1.0]]) @ inverse.T
    near, far = ends[:, :3] / ends[:, 3:]
    return near, far


def nearest_box(
    plotter: Any, boxes: Sequence[Box], x_px: float, y_px: float, *, reach_px: float
) -> int | None:
    """Which box has an edge within `reach_px` device pixels of the cursor; the nearest, or None."""
    matrix = _screen_from_world(plotter)
    width, height = plotter.render_window.GetSize()
    best, best_px = None, reach_px
    for index, box in enumerate(boxes):
        corners = np.column_stack([box.corners(), np.ones(8)]) @ matrix.T
        if (corners[:, 3] <= 1e-6).any():
            continue
        clip = corners[:, :2] / corners[:, 3:]
        pixels = np.column_stack([(clip[:, 0] + 1) / 2 * width, (1 - clip[:, 1]) / 2 * height])
        distance = min(
            _distance_to_segment(np.array([x_px, y_px]), pixels[i], pixels[j]) for i, j in BOX_EDGES
        )
        if distance < best_px:
            best, best_px = index, distance
    return best


def is_near_lines(
    plotter: Any, lines: NDArray[np.floating], x_px: float, y_px: float, *, reach_px: float
) -> bool:
    """Whether one of the segments (S, 2, 3) runs within `reach_px` device pixels of the cursor."""
    matrix = _screen_from_world(plotter)
    width, height = plotter.render_window.GetSize()
    ends = np.concatenate([lines, np.ones((*lines.shape[:2], 1))], axis=-1) @ matrix.T
    ends = ends[(ends[..., 3] > 1e-6).all(axis=1)]
    clip = ends[..., :2] / ends[..., 3:]
    pixels = np.stack([(clip[..., 0] + 1) / 2 * width, (1 - clip[..., 1]) / 2 * height], axis=-1)
    cursor = np.array([x_px, y_px])
    return any(_distance_to_segment(cursor, start, end) < reach_px for start, end in pixels)


def _screen_from_world(plotter: Any) -> NDArray[np.float64]:
    """(4, 4): world to clip coordinates, with the near plane at -1."""
    width, height = plotter.render_window.GetSize()
    matrix = plotter.renderer.GetActiveCamera().GetCompositeProjectionTransformMatrix(
        width / height, -1, 1
    )
    return np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])


def _distance_to_segment(
    point: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> float:
    along = end - start
    share = float(np.clip((point - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0))
    return float(np.linalg.norm(point - start - share * along))
