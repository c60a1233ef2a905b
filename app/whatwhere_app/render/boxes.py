"""Boxes as lines: one merged line mesh per layer, dashes built as geometry.

Where several layers point at the same object their boxes would coincide, so they are nested. What
the scan hides is drawn too, but faintly.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from whatwhere.geometry.boxes import Box, box_edges
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
    drawn: Counter[Box] = Counter()
    result: dict[Layer, tuple[Box, ...]] = {}
    for layer in DRAWN:
        own = boxes.get(layer, ())
        result[layer] = tuple(_grown(box, _NESTING_M * drawn[box]) for box in own)
        drawn.update(own)
    return result


def dashed_edges(boxes: Sequence[Box], pattern: Pattern) -> NDArray[np.float64]:
    """(S, 2, 3): the segments that draw all edges; every edge begins and ends with a dash."""
    edges = box_edges(boxes).reshape(-1, 2, 3)
    if pattern == "solid":
        return edges
    dash_m, gap_m = _DASH_GAP_M[pattern]
    along = edges[:, 1] - edges[:, 0]
    length_m = np.linalg.norm(along, axis=1)
    gaps = np.maximum((length_m - dash_m) // (dash_m + gap_m), 0).astype(np.int64)
    # Stretched a little, so that both ends of the edge are drawn; one without gaps is solid.
    dash_share = dash_m / (gaps * (dash_m + gap_m) + dash_m)
    step_share = dash_share * (dash_m + gap_m) / dash_m
    edge = np.repeat(np.arange(len(edges)), gaps + 1)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(gaps + 1) - (gaps + 1), gaps + 1)
    first = number * step_share[edge]
    share = np.stack([first, first + dash_share[edge]], axis=1)[..., None]
    return np.asarray(edges[edge, :1] + share * along[edge][:, None])


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
    lift: int = 0,
) -> None:
    """Replace what was drawn under `name` by these boxes; none erases it.

    With a plane to cut by, only what lies on its positive side is drawn. Of lines in the same
    place, those with the greater lift are on top.
    """
    segments = dashed_edges(boxes, stroke.pattern) if boxes else np.zeros((0, 2, 3))
    draw_segments(plotter, name, segments, stroke, pixel_ratio=pixel_ratio, cut=cut, lift=lift)


def draw_segments(
    plotter: Any,
    name: str,
    segments: NDArray[np.floating],
    stroke: Stroke,
    *,
    pixel_ratio: float = 1.0,
    cut: vtkPlane | None = None,
    lift: int = 0,
) -> None:
    """As `draw_boxes`, from the segments (S, 2, 3) of their edges."""
    erase_boxes(plotter, name)
    if not len(segments):
        return
    mesh = line_mesh(segments)
    # A thin copy in a paler colour, not a translucent one: what hides it would shine through.
    for suffix, color, width_px, offset in (
        ("hidden", mixed(stroke.color, _HIDDEN_TONE), 1.0, _ALWAYS_IN_FRONT),
        ("", stroke.color, stroke.width_px, -2.0 * (1 + lift)),
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


def in_front(actor: vtkActor) -> None:
    """Let nothing hide these lines."""
    mapper = actor.GetMapper()
    mapper.SetResolveCoincidentTopologyToPolygonOffset()
    mapper.SetRelativeCoincidentTopologyLineOffsetParameters(0.0, _ALWAYS_IN_FRONT)


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
    in_front(actor)
    add_lines(plotter, actor, name)


def _grown(box: Box, margin_m: float) -> Box:
    return Box.from_bounds(box.lower - margin_m, box.upper + margin_m) if margin_m else box
