"""The boxes that a model chooses among: all of them as one thin mesh, the user's own in yellow."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import BOX_EDGES, Box, box_rows
from whatwhere_app.render.boxes import add_lines, draw_boxes, line_actor, line_mesh
from whatwhere_app.render.point_mark import IN_FRONT, dots
from whatwhere_app.theme import Stroke

USER_COLOR = "#f0e442"
GRIP_PX = 11.0
_RIM_TIMES = 1.4
_OUTLINE_COLOR = "#20242a"
_WIDTH_PX, _OUTLINE_TIMES = 2.0, 2.4
_ALL = "candidates"
_CORNER_SIGNS = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], float)


def draw_candidates(plotter: Any, boxes: Sequence[Box], color: str, *, width_px: float) -> None:
    """Replace the thin boxes of all candidates; none erases them."""
    plotter.remove_actor(_ALL, reset_camera=False, render=False)
    if boxes:
        actor = line_actor(line_mesh(box_segments(boxes)), color, width_px)
        add_lines(plotter, actor, _ALL)


def box_segments(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(12 K, 2, 3): the edges of K boxes, all at once, for there may be thousands."""
    rows = box_rows(boxes)
    corners = rows[:, None, :3] + _CORNER_SIGNS * rows[:, None, 3:] / 2
    return np.asarray(corners[:, np.array(BOX_EDGES)].reshape(-1, 2, 3))


def face_middles(box: Box) -> NDArray[np.float64]:
    """(6, 3), in the order -x, +x, -y, +y, -z, +z."""
    middles = np.repeat(np.array([box.center], float), 6, axis=0)
    for axis in range(3):
        middles[2 * axis, axis] = box.lower[axis]
        middles[2 * axis + 1, axis] = box.upper[axis]
    return middles


def draw_grips(plotter: Any, box: Box | None, *, pixel_ratio: float) -> None:
    """Replace the dots in the middle of a box's faces, which nothing hides; None erases them."""
    for name, color, times, offset in (
        ("grips/rim", _OUTLINE_COLOR, _RIM_TIMES, IN_FRONT),
        ("grips/dot", USER_COLOR, 1.0, 2 * IN_FRONT),
    ):
        plotter.remove_actor(name, reset_camera=False, render=False)
        if box is not None:
            size_px = GRIP_PX * times * pixel_ratio
            add_lines(plotter, dots(face_middles(box), color, size_px, offset), name)


def draw_user_boxes(
    plotter: Any, name: str, boxes: Sequence[Box], *, pixel_ratio: float, is_thick: bool = False
) -> None:
    """Replace the yellow boxes with a dark rim drawn under `name`; none erases them."""
    width_px = _WIDTH_PX * (1.5 if is_thick else 1.0)
    for part, color, times in (("rim", _OUTLINE_COLOR, _OUTLINE_TIMES), ("line", USER_COLOR, 1.0)):
        stroke = Stroke(color, width_px * times, "solid")
        draw_boxes(plotter, f"{name}/{part}", boxes, stroke, pixel_ratio=pixel_ratio)
