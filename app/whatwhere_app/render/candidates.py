"""The boxes that a model chooses among: all of them as one thin mesh, the user's own in yellow."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import BOX_EDGES, Box, box_rows
from whatwhere.geometry.turned_box import TurnedBox, turned_edges
from whatwhere_app.render.boxes import add_lines, draw_segments, in_front, line_actor, line_mesh
from whatwhere_app.render.labels import Label, draw_labels
from whatwhere_app.render.point_mark import IN_FRONT, dots
from whatwhere_app.theme import Stroke

USER_COLOR = "#f0e442"
GRIP_PX = 11.0
_RIM_TIMES = 1.4
_HANDLE_COLOR = "#ffffff"
_RING_SHARE, _LEAST_RING_M, _MOST_RING_M = 0.2, 0.03, 0.15
_RING_PARTS = 48
_RING = ("grips/ring rim", "grips/ring", "grips/handle rim", "grips/handle")
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


def turn_handle(box: TurnedBox) -> NDArray[np.float64]:
    """(3,): the dot on the ring about a box, in the direction of its own x axis, at its top."""
    own = np.array([ring_radius_m(box), 0.0, box.size[2] / 2])
    return box.to_world(own)


def ring_radius_m(box: TurnedBox) -> float:
    """Of the ring on which the handle goes around: clear of the box's upright edges."""
    half_m = float(np.hypot(box.size[0], box.size[1])) / 2
    return half_m + min(max(_RING_SHARE * half_m, _LEAST_RING_M), _MOST_RING_M)


def draw_grips(plotter: Any, box: TurnedBox | None, *, pixel_ratio: float) -> None:
    """Replace the dots in the middle of a box's faces, which nothing hides; None erases them.

    About its top runs a ring with a white dot that turns it, and its angle where there is one.
    """
    _draw_ring(plotter, box, pixel_ratio)
    for name, color, times, offset in (
        ("grips/rim", _OUTLINE_COLOR, _RIM_TIMES, IN_FRONT),
        ("grips/dot", USER_COLOR, 1.0, 2 * IN_FRONT),
    ):
        plotter.remove_actor(name, reset_camera=False, render=False)
        if box is not None:
            size_px = GRIP_PX * times * pixel_ratio
            add_lines(plotter, dots(box.face_middles(), color, size_px, offset), name)


def _draw_ring(plotter: Any, box: TurnedBox | None, pixel_ratio: float) -> None:
    for name in _RING:
        plotter.remove_actor(name, reset_camera=False, render=False)
    labels = []
    if box is not None:
        angles = np.linspace(0, 2 * np.pi, _RING_PARTS + 1)
        level_m = np.full_like(angles, box.size[2] / 2)
        radius_m = ring_radius_m(box)
        places = box.to_world(
            np.stack([radius_m * np.cos(angles), radius_m * np.sin(angles), level_m], axis=1)
        )
        spoke = np.array([[box.face_middles()[1] + [0, 0, box.size[2] / 2], turn_handle(box)]])
        segments = np.concatenate([np.stack([places[:-1], places[1:]], axis=1), spoke])
        for name, color, width_px in ((_RING[0], _OUTLINE_COLOR, 2.5), (_RING[1], USER_COLOR, 1.0)):
            actor = line_actor(line_mesh(segments), color, width_px * pixel_ratio)
            in_front(actor)
            add_lines(plotter, actor, name)
        handle = np.array([turn_handle(box)])
        for name, color, times, offset in (
            (_RING[2], _OUTLINE_COLOR, _RIM_TIMES, IN_FRONT),
            (_RING[3], _HANDLE_COLOR, 1.0, 2 * IN_FRONT),
        ):
            size_px = GRIP_PX * times * pixel_ratio
            add_lines(plotter, dots(handle, color, size_px, offset), name)
        if box.yaw_rad:
            x, y, z = (float(value) for value in handle[0])
            text = f"{np.degrees(box.yaw_rad):.0f}°"
            labels = [Label((x, y, z), text, USER_COLOR, _OUTLINE_COLOR)]
    draw_labels(plotter, "grips/angle", labels)


def draw_user_boxes(
    plotter: Any,
    name: str,
    boxes: Sequence[TurnedBox],
    *,
    pixel_ratio: float,
    is_thick: bool = False,
) -> None:
    """Replace the yellow boxes with a dark rim drawn under `name`; none erases them."""
    width_px = _WIDTH_PX * (1.5 if is_thick else 1.0)
    for part, color, times in (("rim", _OUTLINE_COLOR, _OUTLINE_TIMES), ("line", USER_COLOR, 1.0)):
        stroke = Stroke(color, width_px * times, "solid")
        edges = turned_edges(boxes).reshape(-1, 2, 3)
        draw_segments(plotter, f"{name}/{part}", edges, stroke, pixel_ratio=pixel_ratio)
