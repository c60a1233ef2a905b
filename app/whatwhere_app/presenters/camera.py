"""How the camera projects and what it turns about: two switches, kept in step with the view."""

from typing import Protocol

from whatwhere_app.presenters.shown import boxes_of_interest
from whatwhere_app.render.camera import Vector
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace


class CameraView(Protocol):
    """The 3D view."""

    def set_orbit_centre(self, point: Vector | None) -> None:
        """Turn about a marked point; None turns about what is under the pointer again."""


class Looks(Protocol):
    """How the eye looks at the scene."""

    @property
    def is_parallel(self) -> bool:
        """Whether the picture is orthographic."""

    def point_at_pointer(self) -> Vector | None:
        """The point of the scan under the mouse pointer, aligned metres."""


class Switches(Protocol):
    """The checkable commands."""

    def set_checked(self, name: str, is_checked: bool) -> None:
        """Show the state of one switch without telling anybody."""


class CameraPresenter:
    """Answers the switches of the camera."""

    def __init__(
        self,
        view: CameraView,
        looks: Looks,
        switches: Switches,
        workspace: Workspace,
        board: TaskBoard,
    ) -> None:
        self._view, self._looks = view, looks
        self._switches = switches
        self._workspace = workspace
        self._board = board
        self._is_parallel = False
        workspace.scene_changed.connect(lambda: self.fix_orbit_centre(False))

    def on_camera_moved(self) -> None:
        """A move may bring the other projection: that of a frame, or of an earlier camera."""
        if self._looks.is_parallel != self._is_parallel:
            self._is_parallel = self._looks.is_parallel
            self._switches.set_checked("view.parallel", self._is_parallel)

    def fix_orbit_centre(self, is_fixed: bool) -> None:
        """Turn about the point under the pointer from now on, else about the selection."""
        point = self._wanted_centre() if is_fixed else None
        if is_fixed and point is None:
            self._board.notice(
                "There is nothing to turn about. Point at the scan, or select something.",
                level="warning",
            )
        self._view.set_orbit_centre(point)
        self._switches.set_checked("view.centre", point is not None)

    def _wanted_centre(self) -> Vector | None:
        point = self._looks.point_at_pointer()
        boxes = boxes_of_interest(self._workspace)
        return boxes[0].center if point is None and boxes else point
