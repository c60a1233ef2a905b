"""Where an answer went under an edit: its new box in dashes and dots, and an arrow to it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.boxes import add_lines, dashed_edges, line_actor, line_mesh

_NAMES = ("probe/after", "probe/way")
_GROWN_M = 0.05
_DOT_M, _LEAST_GAP_M = 0.02, 0.03
_HEAD_M = 0.18
_ALWAYS_IN_FRONT = -66_000.0


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


def arrow(start: NDArray[np.floating], end: NDArray[np.floating]) -> NDArray[np.float64]:
    """(3, 2, 3) or none: a line from one point to another with a head of two strokes."""
    way = np.asarray(end, float) - start
    length = float(np.linalg.norm(way))
    if length < 1e-6:
        return np.empty((0, 2, 3))
    ahead = way / length
    side = np.cross(ahead, (0.0, 0.0, 1.0))
    if np.linalg.norm(side) < 1e-6:
        side = np.array([1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    head_m = min(_HEAD_M, length / 2)
    back = end - ahead * head_m
    return np.array(
        [[start, end], [back + side * head_m / 2, end], [back - side * head_m / 2, end]]
    )


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
        mapper = actor.GetMapper()
        mapper.SetResolveCoincidentTopologyToPolygonOffset()
        mapper.SetRelativeCoincidentTopologyLineOffsetParameters(0.0, _ALWAYS_IN_FRONT)
        add_lines(plotter, actor, name)
