"""The 3D view: what is drawn of scan, boxes and labels, and what floats over it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.scene import Mesh
from whatwhere_app.render.annotations import Annotations
from whatwhere_app.render.boxes import draw_cross
from whatwhere_app.render.camera import Vector
from whatwhere_app.render.detail import Detail
from whatwhere_app.render.frustums import draw_frustum
from whatwhere_app.render.mesh import MeshDrawing, draw_mesh
from whatwhere_app.render.picking import box_edges, drawn_lines
from whatwhere_app.render.proxy import Proxy
from whatwhere_app.render.surface_picker import SurfacePicker
from whatwhere_app.theme import DARK, Layer, Theme
from whatwhere_app.view_values import Named, Wipe
from whatwhere_app.views.corners import Corners, Place
from whatwhere_app.views.hover_mark import HoverMark
from whatwhere_app.views.scale_bar import ScaleBar
from whatwhere_app.views.scene_canvas import SceneCanvas
from whatwhere_app.views.scene_looks import SceneLooks
from whatwhere_app.views.scene_pointing import ScenePointing
from whatwhere_app.views.wipe_divider import WipeDivider
from whatwhere_app.workspace_values import Pointed


class SceneView(QWidget):
    """A canvas, with what floats over it: chips, a badge, a message, the welcome.

    Attributes:
        canvas: where the scene is drawn.
        looks: moves the eye.
        pointing: tells what the mouse points at.
    """

    painted = Signal(float)
    theme_changed = Signal(object)

    def __init__(
        self,
        chips: QWidget,
        welcome: QWidget,
        *,
        multi_samples: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.canvas = SceneCanvas(self, multi_samples=multi_samples)
        self.canvas.setAccessibleName("3D view")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self._theme = DARK
        self._annotations = Annotations(self.canvas)
        self.looks = SceneLooks(self.canvas)
        self.pointing = ScenePointing(self.canvas, self._annotations)
        self._drawing: MeshDrawing | None = None
        self._detail = Detail()
        self._waiting_for_frame: list[Callable[[], None]] = []
        self._welcome, self._badge, self._message = welcome, QLabel(), QLabel()
        self.scale_bar = ScaleBar()
        self.is_lit = False
        self.divider = WipeDivider(self)
        self.hover_mark = HoverMark(self)
        self._wipe: Wipe | None = None
        self._chips = chips
        self._float(chips)
        self.canvas.camera_control.moved.connect(self._on_camera_moved)
        self.canvas.painted.connect(self._on_painted)
        self.canvas.brought.connect(self._detail.brought)
        self.canvas.camera_control.moving_changed.connect(self._on_moving_changed)

    def _float(self, chips: QWidget) -> None:
        self._badge.setObjectName("badge")
        self._message.setObjectName("hint")
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._badge)
        row.addWidget(self.scale_bar)
        corners = Corners(self)
        corners.add(chips, Place.TOP_RIGHT)
        corners.add(foot, Place.BOTTOM_LEFT)
        corners.add(self._message, Place.MIDDLE)
        corners.add(self._welcome, Place.MIDDLE)
        self._badge.hide()
        self._message.hide()

    @property
    def theme(self) -> Theme:
        """The look in use."""
        return self._theme

    def set_theme(self, theme: Theme) -> None:
        """Draw everything again in this look."""
        self._theme = theme
        self.theme_changed.emit(theme)
        self.canvas.set_background(theme.scene)  # type: ignore[arg-type]
        self._annotations.set_look(theme, self.devicePixelRatioF())
        self.scale_bar.set_theme(theme)
        self.divider.set_theme(theme)
        self.hover_mark.set_theme(theme)
        self.canvas.update()

    def show_mesh(
        self,
        mesh: Mesh | None,
        *,
        ceiling_m: float | None,
        extent: Box | None = None,
        keep_camera: bool = False,
    ) -> None:
        """Replace the scan, and look at `extent` from above, or from where the eye is already."""
        if self._drawing is not None:
            self._drawing.erase()
        self._drawing, self.looks.bounds = None, None
        self._detail.start()
        self.canvas.await_picker(mesh is not None and len(mesh.faces) > 0)
        if mesh is not None and len(mesh.vertices):
            self._drawing = draw_mesh(self.canvas, mesh)
            self._drawing.set_lit(self.is_lit)
            self.clip_above(ceiling_m)
        if extent is not None:
            self.looks.bounds = (extent.lower, extent.upper)
        self._welcome.hide()
        # The window may have come to another screen since.
        self._annotations.set_look(self._theme, self.devicePixelRatioF())
        if not keep_camera:
            self.canvas.camera_control.forget()
            self.looks.look_at_all(animated=False, is_remembered=False)

    def show_message(self, text: str) -> None:
        """A sentence in place of a scan; an empty one hides it."""
        self._message.setText(text)
        self._message.setVisible(bool(text))

    def show_welcome(self) -> None:
        """Offer the ways in: nothing is open."""
        self._welcome.show()

    def call_when_drawn(self, call: Callable[[], None]) -> None:
        """Call once, when the next frame is on the screen."""
        self._waiting_for_frame.append(call)

    def set_badge(self, text: str, hint: str) -> None:
        """The note at the bottom left; an empty text hides it."""
        self._badge.setText(text)
        self._badge.setToolTip(hint)
        self._badge.setVisible(bool(text))

    def set_proxies(self, proxies: Sequence[Proxy]) -> None:
        """Light stand-ins for the present mesh, ever coarser, for while the camera moves."""
        if self._drawing is not None:
            self._drawing.set_proxies(proxies)

    def set_picker(self, picker: SurfacePicker | None) -> None:
        """What finds the point of the present mesh under the cursor; clicks have waited for it.

        None when nothing does: such a click then finds nothing.
        """
        self.canvas.set_picker(picker)

    def set_lit(self, is_lit: bool) -> None:
        """Shade the surface by a light, or show its colours as they were scanned."""
        self.is_lit = is_lit
        if self._drawing is not None:
            self._drawing.set_lit(is_lit)
            self.canvas.update()

    def clip_above(self, height_m: float | None) -> None:
        """Hide what lies higher, or nothing."""
        self.canvas.clip_height_m = height_m
        if self._drawing is not None:
            self._drawing.clip_above(height_m)
            self.canvas.update()

    def show_boxes(self, boxes: Mapping[Layer, Sequence[Box]]) -> None:
        """Replace the boxes of every layer; absent layers show none."""
        self._annotations.show_boxes(boxes)
        self.canvas.update()

    def show_rivals(self, boxes: Mapping[Layer, Sequence[Box]]) -> None:
        """Replace the boxes of the other model, which are drawn thin."""
        self._annotations.show_rivals(boxes)
        self.canvas.update()

    def show_selected(self, box: Box | None, layer: Layer | None) -> None:
        """Outline one box on top of the rest; layer None is an object's own box."""
        self._annotations.show_selected(None if box is None else (box, layer))
        self.canvas.update()

    def show_labels(self, labels: Sequence[Named]) -> None:
        """Texts on top of boxes, in their layers' colours."""
        self._annotations.show_labels(labels)
        self.canvas.update()

    def show_wipe(self, wipe: Wipe | None) -> None:
        """Draw two models on the two sides of a divider; None draws both everywhere."""
        self._wipe = wipe
        self._annotations.show_wipe(wipe, self.canvas.camera_control.pose, self.looks.aspect)
        self.divider.show_wipe(wipe)
        self._chips.raise_()
        self.canvas.update()

    def show_hovered(self, hovered: Pointed | None) -> None:
        """Outline and name one box over the picture, without drawing the scene."""
        if hovered is None:
            self.hover_mark.hide()
            return
        edges_px, _ = drawn_lines(self.canvas, box_edges([hovered.box]))
        if len(edges_px):
            color = self._theme.stroke_of(hovered.layer).color
            self.hover_mark.show_outline(edges_px / self.devicePixelRatioF(), color, hovered.text)

    def highlight(self, vertex_indices: NDArray[np.int32] | None) -> None:
        """Tint the vertices of one object."""
        if self._drawing is not None:
            self._drawing.highlight(vertex_indices, self._theme.highlight)
            self.canvas.update()

    def show_frustum(self, camera: Intrinsics | None, world_from_camera: Matrix4 | None) -> None:
        """The camera of the frame that is looked at."""
        self.pointing.set_frustum(camera, world_from_camera)
        width_px = 1.5 * self.devicePixelRatioF()
        color = self._theme.text_2
        draw_frustum(self.canvas, camera, world_from_camera, color=color, width_px=width_px)
        self.canvas.update()

    def set_orbit_centre(self, point: Vector | None) -> None:
        """Turn about a marked point; None turns about what is under the pointer again."""
        self.canvas.camera_control.set_orbit_centre(point)
        width_px = 2.0 * self.devicePixelRatioF()
        draw_cross(self.canvas, "orbit-centre", point, self._theme.accent, width_px=width_px)
        self.canvas.update()

    def _on_camera_moved(self) -> None:
        pose = self.canvas.camera_control.pose
        self.scale_bar.show_scale(pose, self.canvas.width(), self.canvas.height())
        self.scale_bar.setVisible(self.looks.bounds is not None)
        if self._wipe is not None:
            self._annotations.show_wipe(
                self._wipe, self.canvas.camera_control.pose, self.looks.aspect
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the divider keeps its share of the width."""
        super().resizeEvent(event)
        self.divider.place()
        self._on_camera_moved()

    def _on_painted(self, frame_ms: float) -> None:
        if self._drawing is not None:
            self._drawing.show_level(self._detail.drawn(frame_ms, self._drawing.num_levels))
        self.painted.emit(frame_ms)
        for call in self._waiting_for_frame:
            QTimer.singleShot(0, call)  # Qt brings the frame to the screen when this returns
        self._waiting_for_frame.clear()

    def _on_moving_changed(self, is_moving: bool) -> None:
        """Frames that take long on the whole mesh are drawn from a stand-in meanwhile."""
        if self._drawing is None:
            return
        before = self._detail.level
        level = self._detail.set_moving(is_moving, self._drawing.num_levels)
        if level != before:
            self._drawing.show_level(level)
            self.canvas.update()
