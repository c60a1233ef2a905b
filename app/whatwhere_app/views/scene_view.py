"""The 3D view: scan, boxes, labels, and what the mouse points at."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.scene import Mesh
from whatwhere_app.render.boxes import draw_boxes, nested
from whatwhere_app.render.camera import Vector, framing, overview, seen_from, through
from whatwhere_app.render.frustums import draw_frustum
from whatwhere_app.render.labels import Label, draw_labels
from whatwhere_app.render.mesh import MeshDrawing, draw_mesh
from whatwhere_app.render.picking import SurfacePicker, nearest_box
from whatwhere_app.theme import DARK, LAYERS, Layer, Stroke, Theme
from whatwhere_app.views.scene_canvas import SceneCanvas

_REACH_PX = 6.0
_SLOW_FRAME_MS = 30.0
_MARGIN_PX = 12
_LABEL_PX = 13


class SceneView(QWidget):
    """A canvas with corners: chips at the top right, a badge at the bottom left."""

    box_clicked = Signal(str, int)
    vertex_clicked = Signal(int)
    nothing_clicked = Signal()
    point_double_clicked = Signal(object, int)
    painted = Signal(float)

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
        self._chips, self._welcome = chips, welcome
        self._badge = QLabel(self)
        self._badge.setObjectName("badge")
        self._badge.hide()
        self._message = QLabel(self)
        self._message.setObjectName("hint")
        self._message.hide()
        for corner in (chips, welcome):
            corner.setParent(self)
            corner.installEventFilter(self)
        self._theme = DARK
        self._drawing: MeshDrawing | None = None
        self._bounds: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None
        self._boxes: dict[Layer, tuple[Box, ...]] = dict.fromkeys(LAYERS, ())
        self._selected: tuple[Box, Layer] | None = None
        self._labels: tuple[tuple[Box, Layer | None, str], ...] = ()
        self._full_frame_ms = 0.0
        self._is_light = False
        self.canvas.clicked.connect(self._on_clicked)
        self.canvas.double_clicked.connect(self._on_double_clicked)
        self.canvas.painted.connect(self._on_painted)
        self.canvas.camera_control.moving_changed.connect(self._on_moving_changed)

    def set_theme(self, theme: Theme) -> None:
        """Draw everything again in this look."""
        self._theme = theme
        self.canvas.set_background(theme.scene)  # type: ignore[arg-type]
        self._redraw()

    def show_mesh(
        self, mesh: Mesh | None, *, ceiling_m: float | None, extent: Box | None = None
    ) -> None:
        """Replace the scan, and look at all of it from above; without one, at `extent`."""
        if self._drawing is not None:
            self._drawing.erase()
        self._drawing, self._bounds, self.canvas.picker = None, None, None
        if mesh is not None and len(mesh.vertices):
            self._drawing = draw_mesh(self.canvas, mesh)
            self.clip_above(ceiling_m)
            self.canvas.picker = SurfacePicker(self._drawing.polydata)
            lower, upper = np.percentile(mesh.vertices, [0.2, 99.8], axis=0)
            if ceiling_m is not None:
                upper[2] = min(upper[2], ceiling_m)
            self._bounds = (lower, upper)
        elif extent is not None:
            self._bounds = (extent.lower, extent.upper)
        self._welcome.setVisible(False)
        self.look_at_all(animated=False)

    def show_message(self, text: str) -> None:
        """A sentence in place of a scan; an empty one hides it."""
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self._place_corners()

    def set_proxy(self, proxy: Mesh, where: NDArray[np.int32]) -> None:
        """A light stand-in for the present mesh, for while the camera moves."""
        if self._drawing is not None:
            self._drawing.set_proxy(proxy, where)

    def clip_above(self, height_m: float | None) -> None:
        """Hide what lies higher, or nothing."""
        self.canvas.clip_height_m = height_m
        if self._drawing is not None:
            self._drawing.clip_above(height_m)
            self.canvas.update()

    def show_boxes(self, boxes: Mapping[Layer, Sequence[Box]]) -> None:
        """Replace the boxes of every layer; absent layers show none."""
        self._boxes = {layer: tuple(boxes.get(layer, ())) for layer in LAYERS}
        self._redraw()

    def show_selected(self, box: Box | None, layer: Layer | None) -> None:
        """Outline one box on top of the rest, in its layer's colour or the accent."""
        self._selected = None if box is None else (box, layer or "gt")
        self._selected_is_object = layer is None
        self._redraw()

    def show_labels(self, labels: Sequence[tuple[Box, Layer | None, str]]) -> None:
        """Texts on top of boxes, in their layers' colours."""
        self._labels = tuple(labels)
        self._redraw()

    def highlight(self, vertex_indices: NDArray[np.int32] | None) -> None:
        """Tint the vertices of one object."""
        if self._drawing is not None:
            self._drawing.highlight(vertex_indices, self._theme.highlight)
            self.canvas.update()

    def show_frustum(self, camera: Intrinsics | None, world_from_camera: Matrix4 | None) -> None:
        """The camera of the frame that is looked at."""
        draw_frustum(
            self.canvas,
            camera,
            world_from_camera,
            color=self._theme.text_2,
            width_px=1.5 * self.devicePixelRatioF(),
        )
        self.canvas.update()

    def set_badge(self, text: str, hint: str) -> None:
        """The note at the bottom left; an empty text hides it."""
        self._badge.setText(text)
        self._badge.setToolTip(hint)
        self._badge.setVisible(bool(text))
        self._place_corners()

    def look_at_all(self, *, animated: bool = True) -> None:
        """The whole scene from above."""
        if self._bounds is not None:
            pose = overview(*self._bounds, self._aspect)
            self.canvas.camera_control.fly_to(pose, animated=animated)

    def look_from(self, side: str) -> None:
        """The whole scene from "top", "front" or "side"."""
        if self._bounds is not None:
            self.canvas.camera_control.fly_to(seen_from(side, *self._bounds, self._aspect))

    def look_at(self, box: Box) -> None:
        """One box and a little around it."""
        control = self.canvas.camera_control
        control.fly_to(framing(box, control.pose, self._aspect))

    def look_at_point(self, point: Vector) -> None:
        """Bring a point to the middle and come closer to it."""
        x, y, z = point
        self.look_at(Box((x, y, z), (0.3, 0.3, 0.3)))

    def look_through(self, camera: Intrinsics, world_from_camera: Matrix4) -> None:
        """See what the camera of a frame saw."""
        self.canvas.camera_control.fly_to(through(camera, world_from_camera))

    def look_back(self) -> None:
        """To the previous camera."""
        self.canvas.camera_control.back()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: keep the corners in their corners."""
        super().resizeEvent(event)
        self._place_corners()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: a corner changed its size."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._place_corners()
        return super().eventFilter(watched, event)

    @property
    def _aspect(self) -> float:
        return max(self.canvas.width(), 1) / max(self.canvas.height(), 1)

    def _redraw(self) -> None:
        ratio = self.devicePixelRatioF()
        for layer, boxes in nested(self._boxes).items():
            stroke = self._theme.strokes[layer]
            draw_boxes(self.canvas, f"boxes/{layer}", boxes, stroke, pixel_ratio=ratio)
        self._draw_selected(ratio)
        draw_labels(
            self.canvas,
            "label",
            [self._label(box, layer, text) for box, layer, text in self._labels],
            size_px=_LABEL_PX,
        )
        self.canvas.update()

    def _draw_selected(self, ratio: float) -> None:
        if self._selected is None:
            draw_boxes(self.canvas, "selected", [], self._theme.strokes["gt"])
            return
        box, layer = self._selected
        stroke = self._theme.strokes[layer]
        color = self._theme.highlight if self._selected_is_object else stroke.color
        thick = Stroke(color, stroke.width_px * 1.7, stroke.pattern)
        draw_boxes(self.canvas, "selected", [box], thick, pixel_ratio=ratio)

    def _label(self, box: Box, layer: Layer | None, text: str) -> Label:
        x, y, _ = box.center
        color = self._theme.text_1 if layer is None else self._theme.strokes[layer].color
        return Label((x, y, float(box.upper[2])), text, color, self._theme.surface_1)

    def _place_corners(self) -> None:
        self._chips.adjustSize()
        self._chips.move(self.width() - self._chips.width() - _MARGIN_PX, _MARGIN_PX)
        self._badge.adjustSize()
        self._badge.move(_MARGIN_PX, self.height() - self._badge.height() - _MARGIN_PX)
        for middle in (self._welcome, self._message):
            middle.adjustSize()
            middle.move(
                (self.width() - middle.width()) // 2, (self.height() - middle.height()) // 2
            )

    def _on_clicked(self, position: QPointF) -> None:
        x_px, y_px = self.canvas.device_position(position)
        drawn = [
            (layer, index, box)
            for layer, boxes in nested(self._boxes).items()
            for index, box in enumerate(boxes)
        ]
        reach_px = _REACH_PX * self.devicePixelRatioF()
        nearest = nearest_box(
            self.canvas, [box for *_, box in drawn], x_px, y_px, reach_px=reach_px
        )
        if nearest is not None:
            self.box_clicked.emit(*drawn[nearest][:2])
            return
        found = self.canvas.surface_under(position)
        if found is None:
            self.nothing_clicked.emit()
        else:
            self.vertex_clicked.emit(found[1])

    def _on_double_clicked(self, position: QPointF) -> None:
        found = self.canvas.surface_under(position)
        if found is not None:
            self.point_double_clicked.emit(*found)

    def _on_painted(self, frame_ms: float) -> None:
        if not self._is_light:
            self._full_frame_ms = frame_ms
        self.painted.emit(frame_ms)

    def _on_moving_changed(self, is_moving: bool) -> None:
        """Frames that take long on the whole mesh are drawn from its proxy meanwhile."""
        is_light = is_moving and self._full_frame_ms > _SLOW_FRAME_MS
        if is_light != self._is_light and self._drawing is not None:
            self._is_light = is_light
            self._drawing.show_proxy(is_light)
            self.canvas.update()
