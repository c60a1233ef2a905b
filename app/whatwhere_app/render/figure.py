"""A picture of the 3D view at up to eight times its size, drawn off screen from plain values.

Everything is drawn anew by the functions that draw the window, with wider lines and larger texts,
and tile by tile, so that the window stays awake and no surface outgrows the graphics driver.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import atan, degrees, radians, tan
from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh
from whatwhere_app.render.annotations import Annotations
from whatwhere_app.render.camera import CameraPose, apply_pose
from whatwhere_app.render.mesh import draw_mesh
from whatwhere_app.theme import Layer, Theme
from whatwhere_app.view_values import Named

MAX_SCALE = 8
_TILE_PX = 2048
_SAMPLES = 4
_DPI = 72


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """What is on a picture.

    Attributes:
        mesh: the scan, or None for boxes alone.
        ceiling_m: what lies higher is cut off; None cuts nothing.
        highlighted: (n,) int32 vertices to tint, or None.
        boxes: of every visible layer.
        rivals: the same of a second model.
        selected: the outlined box and its layer, or None.
        labels: texts on top of boxes.
        theme: the look.
    """

    mesh: Mesh | None
    ceiling_m: float | None
    highlighted: NDArray[np.int32] | None
    boxes: Mapping[Layer, Sequence[Box]]
    rivals: Mapping[Layer, Sequence[Box]]
    selected: tuple[Box, Layer | None] | None
    labels: Sequence[Named]
    theme: Theme


@dataclass(frozen=True, slots=True)
class Shot:
    """From where, and how large.

    Attributes:
        pose: of the camera.
        width_px: of the 3D view, logical pixels.
        height_px: of the 3D view, logical pixels.
        scale: pixels of the picture per logical pixel, 1 to 8.
    """

    pose: CameraPose
    width_px: int
    height_px: int
    scale: int

    @property
    def metres_per_px(self) -> float:
        """What one pixel of the picture spans at the distance of the focal point."""
        return self.pose.height_m / (self.height_px * self.scale)


def blank(shot: Shot) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: the picture before anything is drawn."""
    return np.zeros((shot.height_px * shot.scale, shot.width_px * shot.scale, 3), np.uint8)


def draw_tiles(
    figure: Figure, shot: Shot, pixels: NDArray[np.uint8]
) -> Generator[tuple[int, int], None, None]:
    """Draw into what `blank` made; yields (done, total) after every tile."""
    across = _tiles_across(shot)
    width = shot.width_px * shot.scale // across
    height = shot.height_px * shot.scale // across
    # pyvista's stubs know less than it does.
    plotter: Any = pv.Plotter(off_screen=True, window_size=[width, height])
    try:
        _fill(plotter, figure, shot)
        for number in range(across * across):
            row, column = divmod(number, across)
            _look_at_tile(plotter, shot, column, across - 1 - row, across)
            plotter.render()
            top, left = row * height, column * width
            pixels[top : top + height, left : left + width] = plotter.screenshot()
            yield number + 1, across * across
    finally:
        plotter.close()


def _tiles_across(shot: Shot) -> int:
    """The fewest tiles a side that divide the picture evenly and fit the driver."""
    longest = max(shot.width_px, shot.height_px) * shot.scale
    fitting = (n for n in range(1, shot.scale) if shot.scale % n == 0 and longest / n <= _TILE_PX)
    return next(fitting, shot.scale)


def _fill(plotter: Any, figure: Figure, shot: Shot) -> None:
    plotter.set_background(figure.theme.scene)
    plotter.render_window.SetMultiSamples(_SAMPLES)
    plotter.render_window.SetDPI(_DPI * shot.scale)
    apply_pose(plotter, shot.pose)
    if figure.mesh is not None and len(figure.mesh.vertices):
        drawing = draw_mesh(plotter, figure.mesh)
        drawing.clip_above(figure.ceiling_m)
        drawing.highlight(figure.highlighted, figure.theme.highlight)
    annotations = Annotations(plotter)
    annotations.set_look(figure.theme, float(shot.scale))
    annotations.show_boxes(figure.boxes)
    annotations.show_rivals(figure.rivals)
    annotations.show_selected(figure.selected)
    annotations.show_labels(figure.labels)
    plotter.show(auto_close=False, interactive=False)


def _look_at_tile(plotter: Any, shot: Shot, column: int, row: int, across: int) -> None:
    """Narrow the view to one tile, counted from the bottom left."""
    half = tan(radians(shot.pose.view_angle_deg / 2)) / across
    apply_pose(plotter, replace(shot.pose, view_angle_deg=2 * degrees(atan(half))))
    camera = plotter.renderer.camera
    camera.SetParallelScale(shot.pose.height_m / 2 / across)
    camera.SetWindowCenter(2 * column + 1 - across, 2 * row + 1 - across)
    plotter.renderer.ResetCameraClippingRange()
