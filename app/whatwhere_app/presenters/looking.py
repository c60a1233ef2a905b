"""Where the eye goes when it is asked to: to the selection, to a point, into a frame's camera."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.scene import FrameHeader
from whatwhere_app.presenters.shown import (
    MODALITY_LAYERS,
    boxes_of_interest,
    layer_boxes,
    leading_answers,
)
from whatwhere_app.render.camera import Vector
from whatwhere_app.theme import Layer
from whatwhere_app.workspace import Workspace


class Eye(Protocol):
    """Moves the eye of the 3D view."""

    @property
    def pose(self) -> Any:
        """Where the eye is, for `return_to`."""

    def return_to(self, pose: Any) -> None:
        """Fly to a pose without remembering the present one."""

    @property
    def destination(self) -> Any:
        """Where the eye is on its way to, or is."""

    @property
    def is_through_frame(self) -> bool:
        """Whether that is the camera of a frame."""

    def shows(self, box: Box) -> bool:
        """Whether the middle of a box will then be in the picture."""

    def look_at(self, box: Box) -> None:
        """Fly to a box."""

    def look_at_point(self, point: Vector) -> None:
        """Fly to a point."""

    def look_at_all(self) -> None:
        """Fly to the overview."""

    def look_through(self, camera: Intrinsics, world_from_camera: Matrix4) -> None:
        """Fly into a frame's camera."""


class LookingPresenter:
    """Sends the eye to what the workspace has in hand.

    Args:
        object_at: the annotated object that a vertex of the scan belongs to, or None.
    """

    def __init__(
        self, eye: Eye, workspace: Workspace, *, object_at: Callable[[int], int | None]
    ) -> None:
        self._eye, self._workspace = eye, workspace
        self._object_at = object_at
        self._last_object: int | None = None
        self._asked_from: Any = None
        workspace.asking_changed.connect(self._on_asking_changed)
        workspace.answers_changed.connect(self._on_answers_changed)

    def on_point_double_clicked(self, point: Vector, vertex: int) -> None:
        """Fly to the point; a second double-click on the same object frames the object."""
        object_id = self._object_at(vertex)
        scene = self._workspace.scene
        item = None if scene is None or object_id is None else scene.object_by_id(object_id)
        if item is not None and item.box is not None and object_id == self._last_object:
            self._eye.look_at(item.box)
        else:
            self._eye.look_at_point(point)
        self._last_object = object_id

    def look_at_selection(self) -> None:
        """Frame what is selected, else what was answered, else everything."""
        boxes = boxes_of_interest(self._workspace)
        if boxes:
            self._eye.look_at(boxes[0])
        else:
            self._eye.look_at_all()

    def _on_asking_changed(self) -> None:
        if self._workspace.is_asking:
            self._asked_from = self._eye.destination

    def _on_answers_changed(self) -> None:
        """An answer that lies outside the picture is flown to, together with the ground truth.

        Not if the eye was moved while the answer was awaited, nor while one looks through the
        camera of a frame.
        """
        eye, answers = self._eye, leading_answers(self._workspace)
        if answers is None or eye.is_through_frame:
            return
        is_awaited = self._workspace.is_asking and self._asked_from == eye.destination
        if not is_awaited and not answers.is_recorded:
            return
        drawn = layer_boxes(self._workspace)
        layers: tuple[Layer, ...] = ("gt", *MODALITY_LAYERS)
        boxes = [box for layer in layers for box in drawn.get(layer, ())]
        if not all(map(eye.shows, boxes)):
            eye.look_at(Box.from_points(np.concatenate([box.corners() for box in boxes])))

    def look_through_frame(self, name: str | None = None) -> None:
        """See the scan from the camera of a frame."""
        if name is not None:
            self._workspace.set_frame(name)
        header = frame_in_hand(self._workspace)
        if header is not None and header.camera and header.world_from_camera is not None:
            self._eye.look_through(header.camera, header.world_from_camera)


def frame_in_hand(workspace: Workspace) -> FrameHeader | None:
    """The frame that is looked at; None while there is none."""
    scene, name = workspace.scene, workspace.frame
    if scene is None:
        return None
    return next((header for header in scene.frames if header.name == name), None)
