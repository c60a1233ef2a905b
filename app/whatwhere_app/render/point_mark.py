"""The marked point: a dot that nothing hides, and the line of sight that found it."""

from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from whatwhere_app.render.boxes import add_lines, line_actor, line_mesh
from whatwhere_app.theme import rgb

Vector = tuple[float, float, float]

_DOT_PX, _RIM_PX = 9.0, 13.0
_MARK, _RIM = "#ffffff", "#101216"
IN_FRONT = -66_000.0
"""Pulls a dot in front of whatever hides it; the unit is VTK's polygon offset."""
_NAMES = ("point mark/line", "point mark/rim", "point mark/dot")


def draw_point_mark(
    plotter: Any, point: Vector | None, eye: NDArray[np.floating] | None, *, pixel_ratio: float
) -> None:
    """Replace the mark that is drawn; None erases it.

    Args:
        plotter: any pyvista plotter.
        point: aligned metres.
        eye: (3,) the camera that it was picked from; None draws no line.
        pixel_ratio: device pixels per logical pixel.
    """
    for name in _NAMES:
        plotter.remove_actor(name, reset_camera=False, render=False)
    if point is None:
        return
    if eye is not None:
        sight = line_mesh(np.array([[eye, point]]))
        add_lines(plotter, line_actor(sight, _MARK, 1.5 * pixel_ratio), _NAMES[0])
    for name, color, size_px, offset in (
        (_NAMES[1], _RIM, _RIM_PX, IN_FRONT),
        (_NAMES[2], _MARK, _DOT_PX, 2 * IN_FRONT),
    ):
        add_lines(plotter, dots(np.array([point]), color, size_px * pixel_ratio, offset), name)


def dots(points: NDArray[np.floating], color: str, size_px: float, offset: float) -> vtkActor:
    """Round dots at (N, 3), pulled to the front by `offset` of VTK's polygon offset units."""
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(pv.PolyData(points.astype(np.float32)))
    mapper.SetResolveCoincidentTopologyToPolygonOffset()
    mapper.SetRelativeCoincidentTopologyPointOffsetParameter(offset)
    actor = vtkActor()
    actor.SetMapper(mapper)
    looks = actor.GetProperty()
    looks.SetColor(*(channel / 255 for channel in rgb(color)))
    looks.SetPointSize(size_px)
    looks.SetRenderPointsAsSpheres(True)
    looks.LightingOff()
    return actor
