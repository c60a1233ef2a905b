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
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh
from whatwhere_app.render.annotations import Annotations
from whatwhere_app.render.camera import CameraPose, apply_pose
from whatwhere_app.render.labels import spread_labels
from whatwhere_app.render.mesh import draw_mesh
from whatwhere_app.theme import Layer, Theme
from whatwhere_app.view_values import Named, Wipe

MAX_SCALE = 8
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
        wipe: two models on two sides of a divider, or None.
        is_lit: whether the scan is shaded by a light.
        is_transparent: whether there is nothing behind the scan.
    """

    mesh: Mesh | None
    ceiling_m: float | None
    highlighted: NDArray[np.int32] | None
    boxes: Mapping[Layer, Sequence[Box]]
    rivals: Mapping[Layer, Sequence[Box]]
    selected: tuple[Box, Layer | None] | None
    labels: Sequence[Named]
    theme: Theme
    wipe: Wipe | None = None
    is_lit: bool = False
    is_transparent: bool = False


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
    def aspect(self) -> float:
        """Width by height."""
        return self.width_px / max(self.height_px, 1)

    @property
    def metres_per_px(self) -> float:
        """What one pixel of the picture spans at the distance of the focal point."""
        return self.pose.height_m / (self.height_px * self.scale)


def blank(shot: Shot) -> NDArray[np.uint8]:
    """(H, W, 4) uint8: the picture before anything is drawn; the fourth channel is opacity."""
    return np.zeros((shot.height_px * shot.scale, shot.width_px * shot.scale, 4), np.uint8)


def draw_tiles(
    figure: Figure, shot: Shot, pixels: NDArray[np.uint8]
) -> Generator[tuple[int, int], None, None]:
    """Draw into what `blank` made; yields (done, total) before and after every tile.

    A tile is as large as the 3D view, so between two yields lies about one drawn frame (three or
    four where OpenGL runs in software, for the smooth edges).
    """
    across, width, height = shot.scale, shot.width_px, shot.height_px
    yield 0, across * across
    # pyvista's stubs know less than it does.
    plotter: Any = pv.Plotter(off_screen=True, window_size=[width, height])
    try:
        _fill(plotter, figure, shot)
        yield 0, across * across
        for number in range(across * across):
            row, column = divmod(number, across)
            _look_at_tile(plotter, shot, column, across - 1 - row, across)
            left, bottom = -column * width, -(across - 1 - row) * height
            whole = (left, bottom, left + across * width, bottom + across * height)
            spread_labels(plotter.renderer, room_px=whole)
            plotter.render_window.Render()
            top, left = row * height, column * width
            pixels[top : top + height, left : left + width] = _grabbed(plotter)
            yield number + 1, across * across
    finally:
        plotter.close()


def _grabbed(plotter: Any) -> NDArray[np.uint8]:
    """(H, W, 4) uint8: what has just been drawn, without drawing it again."""
    grab = vtkWindowToImageFilter()
    grab.SetInput(plotter.render_window)
    grab.SetInputBufferTypeToRGBA()
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()
    grab.Update()
    image = grab.GetOutput()
    width, height, _ = image.GetDimensions()
    values = vtk_to_numpy(image.GetPointData().GetScalars())
    return np.asarray(values.reshape(height, width, 4)[::-1], np.uint8)


def _fill(plotter: Any, figure: Figure, shot: Shot) -> None:
    plotter.set_background(figure.theme.scene)
    plotter.render_window.SetMultiSamples(_SAMPLES)
    plotter.render_window.SetAlphaBitPlanes(1)
    plotter.renderer.SetBackgroundAlpha(0.0 if figure.is_transparent else 1.0)
    plotter.render_window.SetDPI(_DPI * shot.scale)
    apply_pose(plotter, shot.pose)
    if figure.mesh is not None and len(figure.mesh.vertices):
        drawing = draw_mesh(plotter, figure.mesh)
        drawing.clip_above(figure.ceiling_m)
        drawing.set_lit(figure.is_lit)
        drawing.highlight(figure.highlighted, figure.theme.highlight)
    annotations = Annotations(plotter)
    annotations.set_look(figure.theme, float(shot.scale))
    annotations.show_wipe(figure.wipe, shot.pose, shot.aspect)
    annotations.show_boxes(figure.boxes)
    annotations.show_rivals(figure.rivals)
    annotations.show_selected(figure.selected)
    annotations.show_labels(figure.labels)
    plotter.render_window.SetOffScreenRendering(True)


def _look_at_tile(plotter: Any, shot: Shot, column: int, row: int, across: int) -> None:
    """Narrow the view to one tile, counted from the bottom left."""
    half = tan(radians(shot.pose.view_angle_deg / 2)) / across
    apply_pose(plotter, replace(shot.pose, view_angle_deg=2 * degrees(atan(half))))
    camera = plotter.renderer.camera
    camera.SetParallelScale(shot.pose.height_m / 2 / across)
    camera.SetWindowCenter(2 * column + 1 - across, 2 * row + 1 - across)
    plotter.renderer.ResetCameraClippingRange()
