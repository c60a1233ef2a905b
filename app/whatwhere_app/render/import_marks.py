"""What tells by eye whether an own scan is read rightly: cameras, their way, the floor, what is up.

Everything is in aligned metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere_app.render.boxes import add_lines, line_actor, line_mesh
from whatwhere_app.render.frustums import frustum_edges

_MAX_FRUSTUMS = 24
_FRUSTUM_M = 0.2
_CELL_M = 0.5
_MAX_CELLS = 60
_FLOOR_OPACITY = 0.25
_ARROW_SHARE = 0.35
_NAMES = ("cameras", "way", "grid", "floor", "up")


@dataclass(frozen=True, slots=True)
class MarkColours:
    """Colours of the marks."""

    cameras: str
    way: str
    floor: str
    up: str


def draw_cameras(
    plotter: Any,
    cameras: Sequence[tuple[Intrinsics, Matrix4]],
    colours: MarkColours,
    *,
    width_px: float,
) -> None:
    """Replace the cameras: the way between them, and a pyramid for some."""
    _erase(plotter, ("cameras", "way"))
    if not cameras:
        return
    step = max(1, -(-len(cameras) // _MAX_FRUSTUMS))
    edges = [frustum_edges(*camera, depth_m=_FRUSTUM_M) for camera in cameras[::step]]
    pyramids = line_mesh(np.concatenate(edges))
    add_lines(plotter, line_actor(pyramids, colours.cameras, width_px), _name("cameras"))
    places = np.array([pose[:3, 3] for _, pose in cameras])
    if len(places) > 1:
        way = line_mesh(np.stack([places[:-1], places[1:]], axis=1))
        add_lines(plotter, line_actor(way, colours.way, 2 * width_px), _name("way"))


def draw_floor(
    plotter: Any,
    lower: NDArray[np.floating],
    upper: NDArray[np.floating],
    floor_m: float,
    colours: MarkColours,
    *,
    width_px: float,
) -> None:
    """Replace the floor beneath these bounds (3,): a tinted sheet in squares, and an arrow up."""
    _erase(plotter, ("grid", "floor", "up"))
    low = np.asarray(lower, float)[:2] - _CELL_M
    high = np.asarray(upper, float)[:2] + _CELL_M
    grid = _grid(low, high, floor_m)
    add_lines(plotter, line_actor(line_mesh(grid), colours.floor, width_px), _name("grid"))
    centre, size = (low + high) / 2, high - low
    sheet = pv.Plane(
        center=(*centre, floor_m),
        direction=(0, 0, 1),
        i_size=size[0],
        j_size=size[1],
        i_resolution=1,
        j_resolution=1,
    )
    plotter.add_mesh(
        sheet,
        color=colours.floor,
        opacity=_FLOOR_OPACITY,
        lighting=False,
        name=_name("floor"),
        reset_camera=False,
        render=False,
        pickable=False,
    )
    length_m = max(1.0, _ARROW_SHARE * float(size.max()))
    arrow = pv.Arrow(
        start=(low[0], low[1], floor_m),
        direction=(0, 0, 1),
        scale=length_m,
        shaft_radius=0.02,
        tip_radius=0.06,
        tip_length=0.2,
    )
    plotter.add_mesh(
        arrow,
        color=colours.up,
        lighting=False,
        name=_name("up"),
        reset_camera=False,
        render=False,
        pickable=False,
    )


def erase_marks(plotter: Any) -> None:
    """Draw nothing of this any more."""
    _erase(plotter, _NAMES)


def _grid(
    low: NDArray[np.float64], high: NDArray[np.float64], height_m: float
) -> NDArray[np.float64]:
    """(S, 2, 3) segments of squares, coarser where the room is vast."""
    cell_m = _CELL_M
    while float((high - low).max()) / cell_m > _MAX_CELLS:
        cell_m *= 2
    segments = []
    for axis in (0, 1):
        for value in np.append(np.arange(low[axis], high[axis], cell_m), high[axis]):
            ends = np.full((2, 3), height_m)
            ends[:, axis] = value
            ends[:, 1 - axis] = low[1 - axis], high[1 - axis]
            segments.append(ends)
    return np.array(segments)


def _erase(plotter: Any, names: Sequence[str]) -> None:
    for name in names:
        plotter.remove_actor(_name(name), reset_camera=False, render=False)


def _name(name: str) -> str:
    return f"import/{name}"
