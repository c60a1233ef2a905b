"""Where the annotator of the sentence in hand stood (ScanRefer): the eye goes there on request."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere_app.render.camera import Vector
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace


class Stand(Protocol):
    """Moves the eye of the 3D view."""

    def stand_at(self, position: Vector, look_at: Vector) -> None:
        """Fly to a place and look at another, both aligned metres."""


class AnnotatorPresenter:
    """Answers the command that sees the room as the annotator did."""

    def __init__(self, eye: Stand, workspace: Workspace, board: TaskBoard) -> None:
        self._eye, self._workspace, self._board = eye, workspace, board

    def look(self) -> None:
        """Fly to the annotator's camera, or say why there is none."""
        scene, expression = self._workspace.scene, self._workspace.expression
        if scene is None or expression is None:
            self._board.notice("Choose an expression of a data set first.", level="warning")
        elif expression.viewpoint is None:
            self._board.notice(
                "Nobody knows where this sentence was written from. "
                f"ScanRefer keeps it in cameras/{scene.scene_id}.anns.json.",
                level="warning",
            )
        else:
            position, look_at = expression.viewpoint.aligned(scene.aligned_from_mesh)
            self._eye.stand_at(_vector(position), _vector(look_at))


def _vector(point: NDArray[np.float64]) -> Vector:
    x, y, z = point.tolist()
    return x, y, z
