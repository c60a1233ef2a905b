"""A question about a scene, the answers that count as right, and where the asker stands."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.poses import Matrix4, transform
from whatwhere.language.expressions import Expression


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the one who asks stands (SQA3D), in a frame of the data set's own.

    That frame is the mesh frame (before axisAlignment) moved so that the middle of the box around
    all vertices is its origin. The height is not used and always 0.

    Attributes:
        text: the situation in words.
        alternatives: the same in other words.
        position_in_centred_m: x, y, z.
        rotation_xyzw: unit quaternion; turned by it, -x is where one faces.
    """

    text: str
    alternatives: tuple[str, ...]
    position_in_centred_m: tuple[float, float, float]
    rotation_xyzw: tuple[float, float, float, float]

    def aligned(
        self, mesh_centre_m: NDArray[np.floating], aligned_from_mesh: Matrix4
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Position (3,) and facing direction (3,), a unit vector, in aligned metres.

        Args:
            mesh_centre_m: (3,) middle of the box around all vertices, mesh frame.
            aligned_from_mesh: the scan's axisAlignment.
        """
        place = np.array(self.position_in_centred_m) + np.asarray(mesh_centre_m, float)
        x, y, z, w = self.rotation_xyzw
        # Minus the first column of the quaternion's rotation matrix.
        facing = -np.array([1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)])
        return transform(place, aligned_from_mesh), aligned_from_mesh[:3, :3] @ facing


@dataclass(frozen=True, slots=True)
class Question(Expression):
    """A sentence that is answered in words.

    Attributes:
        answers: those that count as right; () where the data set keeps them (test splits).
        object_ids: objectIds of what the answer is about, when the data set knows them.
        situation: where the one who asks stands, when that matters.
    """

    answers: tuple[str, ...] = ()
    object_ids: tuple[int, ...] = field(default=(), compare=False)
    situation: Situation | None = field(default=None, compare=False)
