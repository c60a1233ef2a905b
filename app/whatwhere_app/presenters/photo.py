"""Whether one looks through the camera of the frame in hand, and then its photo."""

import asyncio
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.scenes.scene import FrameHeader, Scene
from whatwhere_app.render.camera import CameraPose, through
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace

_SAME = 1e-6


class PhotoView(Protocol):
    """What lies over the 3D view."""

    def show_photo(self, color: NDArray[np.uint8], camera: Intrinsics) -> None:
        """Lay a photo over it."""

    def hide_photo(self) -> None:
        """Take it away."""


class PhotoPresenter:
    """Offers the photo while the camera stands where it was taken."""

    def __init__(self, view: PhotoView, workspace: Workspace, board: TaskBoard) -> None:
        self._view = view
        self._workspace = workspace
        self._reading = LatestOnly(board)
        self._shown: str | None = None
        self._pose: CameraPose | None = None
        workspace.frame_changed.connect(self._follow)
        workspace.scene_changed.connect(self._follow)

    @property
    def is_busy(self) -> bool:
        """Whether the photo is on its way."""
        return self._reading.is_running

    @property
    def is_through(self) -> bool:
        """Whether the 3D view is seen from the camera of the frame in hand."""
        return self._shown is not None

    def on_camera_moved(self, pose: CameraPose) -> None:
        """The eye of the 3D view stands here now."""
        self._pose = pose
        self._follow()

    def _follow(self) -> None:
        scene, header = self._workspace.scene, self._header()
        if scene is None or header is None or not self._is_through(header):
            if self._shown is not None:
                self._reading.cancel()
                self._view.hide_photo()
            self._shown = None
        elif self._shown != header.name:
            self._shown = header.name
            self._reading.run(self._show(scene, header), lambda _: None)

    async def _show(self, scene: Scene, header: FrameHeader) -> None:
        frame = await asyncio.to_thread(scene.read_frame, header)
        self._view.show_photo(frame.color, frame.color_camera)

    def _is_through(self, header: FrameHeader) -> bool:
        if self._pose is None or header.camera is None or header.world_from_camera is None:
            return False
        return _is_same(self._pose, through(header.camera, header.world_from_camera))

    def _header(self) -> FrameHeader | None:
        scene, name = self._workspace.scene, self._workspace.frame
        if scene is None:
            return None
        return next((header for header in scene.frames if header.name == name), None)


def _is_same(pose: CameraPose, other: CameraPose) -> bool:
    """The same place, direction and opening; how far away the focal point is does not matter."""
    if pose.is_parallel != other.is_parallel:
        return False
    pairs = ((pose.position, other.position), (pose.forward, other.forward), (pose.up, other.up))
    apart = max(float(np.abs(np.subtract(one, two)).max()) for one, two in pairs)
    return apart < _SAME and abs(pose.view_angle_deg - other.view_angle_deg) < _SAME
