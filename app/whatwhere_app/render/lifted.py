"""What an outline on a frame points at: its points over the scan, and the box that is offered."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.boxes import add_lines, draw_boxes
from whatwhere_app.render.candidates import USER_COLOR
from whatwhere_app.render.point_mark import dots
from whatwhere_app.theme import Stroke

_DOT_PX, _RIM_PX = 2.5, 4.5
_RIM = "#20242a"
_BEFORE_SURFACE = -20.0
"""So that the points lie on the surface that they were measured on, and not half within."""
_MOST_DOTS = 6_000
_POINTS, _BOX = "lifted/points", "lifted/box"


def draw_lifted(
    plotter: Any, points: NDArray[np.floating] | None, box: Box | None, *, pixel_ratio: float
) -> None:
    """Replace what is drawn of the selected outline; None erases it.

    Args:
        plotter: any pyvista plotter.
        points: (N, 3) aligned metres.
        box: what would be accepted, dashed.
        pixel_ratio: device pixels per logical pixel.
    """
    some = None if points is None else points[:: max(1, len(points) // _MOST_DOTS)]
    for name, color, size_px, offset in (
        (f"{_POINTS}/rim", _RIM, _RIM_PX, _BEFORE_SURFACE),
        (_POINTS, USER_COLOR, _DOT_PX, 2 * _BEFORE_SURFACE),
    ):
        plotter.remove_actor(name, reset_camera=False, render=False)
        if some is not None and len(some):
            add_lines(plotter, dots(some, color, size_px * pixel_ratio, offset), name)
    stroke = Stroke(USER_COLOR, 2.0, "dash")
    draw_boxes(plotter, _BOX, [] if box is None else [box], stroke, pixel_ratio=pixel_ratio)
