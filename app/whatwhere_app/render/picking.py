"""What lies under the cursor: the ray that the eye sends there, and boxes by their edges."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import BOX_EDGES, Box

_BEFORE_EYE = 1e-6


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
    if not boxes:
        return None
    edges_px, place = drawn_lines(plotter, box_edges(boxes))
    distance_px = _distance_px(edges_px, x_px, y_px)
    if not len(distance_px) or distance_px.min() >= reach_px:
        return None
    return int(place[distance_px.argmin()]) // len(BOX_EDGES)


def is_near_lines(
    plotter: Any, lines: NDArray[np.floating], x_px: float, y_px: float, *, reach_px: float
) -> bool:
    """Whether one of the segments (S, 2, 3) runs within `reach_px` device pixels of the cursor."""
    lines_px, _ = drawn_lines(plotter, lines)
    return bool((_distance_px(lines_px, x_px, y_px) < reach_px).any())


def box_edges(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(12 B, 2, 3): the edges of the first box, then those of the next."""
    corners = np.stack([box.corners() for box in boxes])
    return corners[:, np.array(BOX_EDGES)].reshape(-1, 2, 3)


def drawn_lines(
    plotter: Any, lines: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Where the camera draws segments (S, 2, 3), cut off at its near plane.

    Returns:
        (T, 2, 2) ends in device pixels from the top left, T <= S, and (T,) the place of each
        among the segments.
    """
    ends = np.concatenate([lines, np.ones((*lines.shape[:2], 1))], axis=-1)
    clip = ends @ _screen_from_world(plotter).T
    before = clip[..., 2] + clip[..., 3]  # how far each end lies before the near plane
    place = np.flatnonzero((before > _BEFORE_EYE).any(axis=1))
    clip, before = clip[place], before[place]
    for end, other in ((0, 1), (1, 0)):
        behind = before[:, end] <= _BEFORE_EYE
        way = before[behind, end] - before[behind, other]
        share = (_BEFORE_EYE - before[behind, other]) / way
        start = clip[behind, other]
        clip[behind, end] = start + share[:, None] * (clip[behind, end] - start)
    size_px = np.array(plotter.render_window.GetSize())
    flat = clip[..., :2] / clip[..., 3:]
    return (flat * [1, -1] + 1) / 2 * size_px, place


def _screen_from_world(plotter: Any) -> NDArray[np.float64]:
    """(4, 4): world to clip coordinates, with the near plane at -1."""
    width, height = plotter.render_window.GetSize()
    matrix = plotter.renderer.GetActiveCamera().GetCompositeProjectionTransformMatrix(
        width / height, -1, 1
    )
    return np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])


def _distance_px(lines_px: NDArray[np.float64], x_px: float, y_px: float) -> NDArray[np.float64]:
    """(S,): how far a point is from each of the segments (S, 2, 2)."""
    start, along = lines_px[:, 0], lines_px[:, 1] - lines_px[:, 0]
    ahead = np.array([x_px, y_px]) - start
    length_2 = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip((ahead * along).sum(axis=1) / length_2, 0.0, 1.0)
    return np.asarray(np.linalg.norm(ahead - share[:, None] * along, axis=1))
