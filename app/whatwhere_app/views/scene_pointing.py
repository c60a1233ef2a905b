"""What the mouse points at in the 3D view: a box, a vertex of the scan, a frustum, or nothing."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere_app.render.annotations import Annotations
from whatwhere_app.render.frustums import frustum_edges
from whatwhere_app.render.picking import is_near_lines
from whatwhere_app.tasks.throttle import Throttle
from whatwhere_app.views.scene_canvas import Hit, SceneCanvas

_FRUSTUM_REACH_PX = 6.0
_HOVER_MS = 40


class ScenePointing(QObject):
    """Turns the mouse over a canvas into what of the scene it means.

    Signals:
        box_clicked: layer, and the place of the box among those of the layer.
        vertex_clicked: index of the nearest vertex of the scan.
        point_clicked: point of the surface, aligned metres.
        nothing_clicked: the background.
        box_hovered: layer, place, and whether it is the other model's.
        vertex_hovered: as `vertex_clicked`.
        nothing_hovered: the pointer left, is over the background, or the camera moves.
        point_double_clicked: point and vertex.
        frustum_double_clicked: the camera of the frame that is looked at.
    """

    box_clicked = Signal(str, int)
    vertex_clicked = Signal(int)
    point_clicked = Signal(object)
    nothing_clicked = Signal()
    box_hovered = Signal(str, int, bool)
    vertex_hovered = Signal(int)
    nothing_hovered = Signal()
    point_double_clicked = Signal(object, int)
    frustum_double_clicked = Signal()

    def __init__(self, canvas: SceneCanvas, annotations: Annotations) -> None:
        super().__init__(canvas)
        self._canvas, self._annotations = canvas, annotations
        self._frustum = np.zeros((0, 2, 3))
        self._pointer: QPointF | None = None
        self._claims: list[Callable[[QPointF], bool]] = []
        self._hover = Throttle(self._on_hover, delay_ms=_HOVER_MS, parent=self)
        canvas.pointed.connect(self._on_pointed)
        canvas.clicked.connect(self._on_clicked)
        canvas.double_clicked.connect(self._on_double_clicked)
        canvas.camera_control.moved.connect(self._on_camera_moved)
        canvas.camera_control.moving_changed.connect(lambda _: self._hover())

    def set_frustum(self, camera: Intrinsics | None, world_from_camera: Matrix4 | None) -> None:
        """The frustum that can be double-clicked; None for none."""
        self._frustum = np.zeros((0, 2, 3))
        if camera is not None and world_from_camera is not None:
            self._frustum = frustum_edges(camera, world_from_camera)

    def let_claim(self, claim: Callable[[QPointF], bool]) -> None:
        """Ask another first about every click, in logical pixels; what it takes means no more."""
        self._claims.append(claim)

    def _on_camera_moved(self) -> None:
        if self._pointer is not None:
            self._hover()

    def _on_clicked(self, position: QPointF) -> None:
        if any(claim(position) for claim in self._claims):
            return
        box = self._annotations.box_under(*self._canvas.device_position(position))
        if box is not None and not box[2]:
            self.box_clicked.emit(*box[:2])
            return
        self._canvas.find_surface(position, self._on_surface_clicked)

    def _on_surface_clicked(self, found: Hit | None) -> None:
        if found is None:
            self.nothing_clicked.emit()
        else:
            self.vertex_clicked.emit(found[1])
            self.point_clicked.emit(found[0])

    def _on_double_clicked(self, position: QPointF) -> None:
        reach_px = _FRUSTUM_REACH_PX * self._canvas.devicePixelRatioF()
        spot = self._canvas.device_position(position)
        if is_near_lines(self._canvas, self._frustum, *spot, reach_px=reach_px):
            self.frustum_double_clicked.emit()
            return
        self._canvas.find_surface(position, self._on_surface_double_clicked)

    def _on_surface_double_clicked(self, found: Hit | None) -> None:
        if found is not None:
            self.point_double_clicked.emit(*found)

    def _on_pointed(self, position: QPointF | None) -> None:
        self._pointer = position
        self._hover()

    def _on_hover(self) -> None:
        """Say what the pointer is over, unless the camera moves."""
        if self._pointer is None or self._canvas.camera_control.is_moving:
            self.nothing_hovered.emit()
            return
        box = self._annotations.box_under(*self._canvas.device_position(self._pointer))
        if box is not None:
            self.box_hovered.emit(*box)
            return
        found = self._canvas.surface_under(self._pointer)
        if found is None:
            self.nothing_hovered.emit()
        else:
            self.vertex_hovered.emit(found[1])
