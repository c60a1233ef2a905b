"""Where an answer went under an edit: its new box in dashes and dots, and an arrow to it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.arrows import arrow
from whatwhere_app.render.boxes import add_lines, dashed_edges, in_front, line_actor, line_mesh

_NAMES = ("probe/after", "probe/way")
_GROWN_M = 0.05
_DOT_M, _LEAST_GAP_M = 0.02, 0.03


def dash_dots(box: Box) -> NDArray[np.float64]:
    """(S, 2, 3): the edges of a box in dashes with a dot in every gap."""
    dashes = dashed_edges([box], "dash")
    ends, starts = dashes[:-1, 1], dashes[1:, 0]
    gap = starts - ends
    length = np.linalg.norm(gap, axis=1)
    along = dashes[:-1, 1] - dashes[:-1, 0]
    # A gap lies on its edge; from one edge to the next the line turns or jumps.
    straight = np.linalg.norm(np.cross(gap, along), axis=1) < 1e-9
    inner = straight & (length > _LEAST_GAP_M) & (length < 0.5)
    middle = (ends + starts)[inner] / 2
    half = gap[inner] / length[inner, None] * _DOT_M / 2
    return np.concatenate([dashes, np.stack([middle - half, middle + half], axis=1)])


def draw_probe_change(
    plotter: Any,
    before: Box | None,
    after: Box | None,
    color: str,
    *,
    pixel_ratio: float,
) -> None:
    """Replace what is drawn; None erases it. The old box itself is drawn by its layer."""
    for name in _NAMES:
        plotter.remove_actor(name, reset_camera=False, render=False)
    if before is None or after is None:
        return
    grown = Box.from_bounds(after.lower - _GROWN_M, after.upper + _GROWN_M)
    parts = [dash_dots(grown), arrow(np.array(before.center), np.array(after.center))]
    for name, segments, width_px in zip(_NAMES, parts, (3.0, 2.0), strict=True):
        if not len(segments):
            continue
        actor = line_actor(line_mesh(segments), color, width_px * pixel_ratio)
        in_front(actor)
        add_lines(plotter, actor, name)
