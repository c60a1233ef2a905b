"""Frames and the points in them, built and connected."""

import asyncio
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.frame_health import FrameHealthPresenter
from whatwhere_app.presenters.frames import FramesPresenter
from whatwhere_app.presenters.in_frame import Ask, InFramePresenter
from whatwhere_app.presenters.photo import PhotoPresenter
from whatwhere_app.presenters.point_mark import PointMarkPresenter, Vector
from whatwhere_app.render.point_mark import draw_point_mark
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.frame_health import FrameHealthWindow
from whatwhere_app.views.frame_panel import FramePanel
from whatwhere_app.views.frame_panels import FramePanels
from whatwhere_app.views.frame_strip import FrameStrip
from whatwhere_app.views.photo_overlay import PhotoOverlay
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.workspace import Workspace


class Inspecting:
    """The strip, the large frame, the marked point and the list of frames.

    Args:
        look_through: shows the room from the camera of a frame; None takes the one in hand.
        point_in_frame: asks the model to point in one picture.
    """

    def __init__(
        self,
        window: MainWindow,
        strip: FrameStrip,
        panel: FramePanel,
        view: SceneView,
        workspace: Workspace,
        board: TaskBoard,
        *,
        look_through: Callable[[str | None], None],
        point_in_frame: Ask,
    ) -> None:
        self._window, self._strip, self._view = window, strip, view
        self._look_through = look_through
        self._panels = panels = FramePanels(panel)
        self.frames = FramesPresenter(strip, panels, panels, workspace, board)
        self.mark = PointMarkPresenter(
            _MarkedRoom(view),
            panels,
            panels,
            strip,
            workspace,
            board,
            cast=_Rays(view, workspace).first_hit,
        )
        self.in_frame = InFramePresenter(
            panels,
            workspace,
            board,
            ask=point_in_frame,
            set_enabled=window.actions_by_name["query.in_frame"].setEnabled,
        )
        self.health_window = FrameHealthWindow(window)
        self.health = FrameHealthPresenter(self.health_window, workspace, board)
        self.photo_overlay = PhotoOverlay(view)
        # Above the canvas, below what floats over it.
        self.photo_overlay.lower()
        view.canvas.lower()
        self.photo = PhotoPresenter(self.photo_overlay, workspace, board)
        self._connect()
        self._connect_panel(panel)

    @property
    def is_busy(self) -> bool:
        """Whether frames, boxes in them or a marked point are still on their way."""
        parts = (self.frames, self.mark, self.in_frame, self.health, self.photo)
        return any(part.is_busy for part in parts)

    def add_panel(self, panel: FramePanel) -> None:
        """The large frame of another layout: it shows what the first one shows."""
        self._panels.add(panel)
        self._connect_panel(panel)

    def _connect_panel(self, panel: FramePanel) -> None:
        panel.picture.pixel_clicked.connect(self.mark.on_pixel_clicked)
        panel.picture.click_withdrawn.connect(self.mark.on_click_withdrawn)

    def _connect(self) -> None:
        strip, view = self._strip, self._view
        strip.frame_chosen.connect(self.frames.on_frame_chosen)
        strip.sight_changed.connect(self.frames.on_sight_changed)
        strip.look_through_requested.connect(self._look_through)
        view.pointing.point_clicked.connect(self.mark.on_point_clicked)
        view.pointing.nothing_clicked.connect(self.mark.clear)
        self.health_window.frame_chosen.connect(self.health.on_frame_chosen)
        self.health_window.closed.connect(self.health.on_closed)
        actions = self._window.actions_by_name
        commands: dict[str, Callable[[], None]] = {
            "query.in_frame": self.in_frame.ask,
            "frame.next": lambda: self._step(1),
            "frame.previous": lambda: self._step(-1),
            "frame.look_through": lambda: self._look_through(None),
            "frame.health": self.health.open,
            "frame.photo": self.photo_overlay.toggle,
        }
        for name, call in commands.items():
            actions[name].triggered.connect(lambda *_, call=call: call())
        view.pointing.frustum_double_clicked.connect(lambda: self._look_through(None))
        control = view.canvas.camera_control
        control.moved.connect(lambda: self.photo.on_camera_moved(control.pose))
        actions["frame.depth"].toggled.connect(self._panels.set_depth_shown)

    def _step(self, by: int) -> None:
        """To another frame; whoever looks through the camera of one looks through that one's."""
        was_through = self.photo.is_through
        self.frames.step(by)
        if was_through:
            self._look_through(None)


class _MarkedRoom:
    """The 3D view as the marked point sees it."""

    def __init__(self, view: SceneView) -> None:
        self._view = view

    def show_mark(self, point: Vector | None, eye: NDArray[np.floating] | None) -> None:
        ratio = self._view.devicePixelRatioF()
        draw_point_mark(self._view.canvas, point, eye, pixel_ratio=ratio)
        self._view.canvas.update()


class _Rays:
    """Rays against the scan's mesh."""

    def __init__(self, view: SceneView, workspace: Workspace) -> None:
        self._view, self._workspace = view, workspace

    async def first_hit(
        self, origin: NDArray[np.float64], end: NDArray[np.float64]
    ) -> NDArray[np.float64] | None:
        """Where the segment first meets the mesh; waits while its search tree is being built."""
        scene = self._workspace.scene
        if scene is None or scene.mesh is None or not len(scene.mesh.faces):
            return None
        while self._view.canvas.is_picker_coming:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        picker = self._view.canvas.picker
        found = None if picker is None else picker.hit(origin, end)
        return None if found is None else found[0]
