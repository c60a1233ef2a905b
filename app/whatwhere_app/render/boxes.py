"""Boxes as lines: one merged line mesh per layer, dashes built as geometry.

Where several layers point at the same object their boxes would coincide, so they are nested. What
the scan hides is drawn too, but faintly.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from whatwhere.geometry.boxes import BOX_EDGES, Box
from whatwhere_app.theme import DRAWN, Layer, Pattern, Stroke, mixed, rgb

_DASH_GAP_M: dict[Pattern, tuple[float, float]] = {
    "dash": (0.11, 0.06),
    "dot": (0.025, 0.045),
    "long": (0.3, 0.05),
}
_NESTING_M = 0.025
_CROSS_M = 0.16
_HIDDEN_TONE = "#808080"
# Pulls the faint copy in front of whatever hides it; the unit is VTK's polygon offset.
_ALWAYS_IN_FRONT = -66_000.0


def nested(boxes: Mapping[Layer, Sequence[Box]]) -> dict[Layer, tuple[Box, ...]]:
    """The boxes as they are drawn: a copy of an earlier layer's box is grown to stand around it."""
    drawn: list[Box] = []
    result: dict[Layer, tuple[Box, ...]] = {}
    for layer in DRAWN:
        own = []
        for box in boxes.get(layer, ()):
            margin_m = _NESTING_M * sum(box == earlier for earlier in drawn)
            own.append(Box.from_bounds(box.lower - margin_m, box.upper + margin_m))
        drawn += boxes.get(layer, ())
        result[layer] = tuple(own)
    return result


def dashed_edges(box: Box, pattern: Pattern) -> NDArray[np.float64]:
    """(S, 2, 3): the segments that draw the 12 edges; every edge begins and ends with a dash."""
    corners = box.corners()
    edges = np.array([[corners[i], corners[j]] for i, j in BOX_EDGES])
    if pattern == "solid":
        return edges
    dash_m, gap_m = _DASH_GAP_M[pattern]
    return np.concatenate([_dashes(start, end, dash_m, gap_m) for start, end in edges])


def line_mesh(segments: NDArray[np.floating]) -> pv.PolyData:
    """(S, 2, 3) segments as one line mesh."""
    count = len(segments)
    cells = np.column_stack([np.full(count, 2), np.arange(2 * count).reshape(-1, 2)])
    return pv.PolyData(segments.reshape(-1, 3).astype(np.float32), lines=cells.ravel())


def draw_boxes(
    plotter: Any,
    name: str,
    boxes: Sequence[Box],
    stroke: Stroke,
    *,
    pixel_ratio: float = 1.0,
    cut: vtkPlane | None = None,
) -> None:
    """Replace what was drawn under `name` by these boxes; none erases it.

    With a plane to cut by, only what lies on its positive side is drawn.
    """
    erase_boxes(plotter, name)
    if not boxes:
        return
    mesh = line_mesh(np.concatenate([dashed_edges(box, stroke.pattern) for box in boxes]))
    # A thin copy in a paler colour, not a translucent one: what hides it would shine through.
    for suffix, color, width_px, offset in (
        ("hidden", mixed(stroke.color, _HIDDEN_TONE), 1.0, _ALWAYS_IN_FRONT),
        ("", stroke.color, stroke.width_px, -2.0),
    ):
        actor = line_actor(mesh, color, width_px * pixel_ratio)
        actor.GetProperty().SetOpacity(stroke.opacity)
        mapper = actor.GetMapper()
        if cut is not None:
            mapper.AddClippingPlane(cut)
        mapper.SetResolveCoincidentTopologyToPolygonOffset()
        mapper.SetRelativeCoincidentTopologyLineOffsetParameters(0.0, offset)
        add_lines(plotter, actor, f"{name}/{suffix}")


def line_actor(mesh: pv.PolyData, color: str, width_px: float) -> vtkActor:
    """Unlit lines; without the colour tables that pyvista makes for every mesh it adds."""
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(mesh)
    actor = vtkActor()
    actor.SetMapper(mapper)
    looks = actor.GetProperty()
    looks.SetColor(*(channel / 255 for channel in rgb(color)))
    looks.SetLineWidth(width_px)
    looks.LightingOff()
    return actor


def add_lines(plotter: Any, actor: vtkActor, name: str) -> None:
    """Put lines into a plotter under a name, without drawing yet."""
    plotter.add_actor(actor, name=name, reset_camera=False, render=False, pickable=False)


def erase_boxes(plotter: Any, name: str) -> None:
    """Remove the boxes drawn under `name`."""
    for suffix in ("hidden", ""):
        plotter.remove_actor(f"{name}/{suffix}", reset_camera=False, render=False)


def draw_cross(
    plotter: Any,
    name: str,
    point: tuple[float, float, float] | None,
    color: str,
    *,
    width_px: float,
) -> None:
    """Mark a point by three short lines that are seen through the scan; None erases them."""
    plotter.remove_actor(name, reset_camera=False, render=False)
    if point is None:
        return
    arms = np.eye(3) * _CROSS_M / 2
    segments = np.stack([np.array(point) - arms, np.array(point) + arms], axis=1)
    actor = line_actor(line_mesh(segments), color, width_px)
    mapper = actor.GetMapper()
    mapper.SetResolveCoincidentTopologyToPolygonOffset()
    mapper.SetRelativeCoincidentTopologyLineOffsetParameters(0.0, _ALWAYS_IN_FRONT)
    add_lines(plotter, actor, name)


def _dashes(
    start: NDArray[np.float64], end: NDArray[np.float64], dash_m: float, gap_m: float
) -> NDArray[np.float64]:
    length_m = float(np.linalg.norm(end - start))
    gaps = int((length_m - dash_m) // (dash_m + gap_m))
    if gaps < 1:
        return np.array([[start, end]])
    scale = length_m / (gaps * (dash_m + gap_m) + dash_m)
    first = np.arange(gaps + 1) * (dash_m + gap_m) * scale / length_m
    last = first + dash_m * scale / length_m
    along = np.stack([first, last], axis=1)[..., None]
    return np.asarray(start + along * (end - start))
