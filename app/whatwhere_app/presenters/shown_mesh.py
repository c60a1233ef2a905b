"""Which mesh the 3D view draws of a scan: the scan itself, or a preview of one that is vast."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh, Scene

VAST_FACES = 6_000_000
PREVIEW_FACES = 1_000_000


class Merged(Protocol):
    """A mesh of fewer triangles, and where the vertices of the first went."""

    @property
    def mesh(self) -> Mesh:
        """The lighter mesh."""

    @property
    def where(self) -> NDArray[np.int32]:
        """(N,) its vertex for each of the first."""


@dataclass(frozen=True, slots=True)
class MeshTools:
    """What is worked out of a mesh, each in a thread beside the window.

    Attributes:
        ceiling_height: where to cut a mesh so that one can look in.
        extent: what the camera is to show of it, below the cut.
        merge: about so many triangles in place of all.
        stand_ins: ever lighter ones, for while the camera moves.
        picker: finds points on it.
    """

    ceiling_height: Callable[[Mesh], float | None]
    extent: Callable[[Mesh, float | None], Box]
    merge: Callable[[Mesh, int], Merged]
    stand_ins: Callable[[Mesh], Sequence[Any]]
    picker: Callable[[Mesh], Any]


@dataclass(frozen=True, slots=True, eq=False)
class ShownMesh:
    """What is drawn of a scan.

    Attributes:
        mesh: what is drawn.
        where: (N,) int32: for each vertex of the scan the one that is drawn; None when the scan
            itself is.
        num_faces: of the scan.
        ceiling_m: where it is cut, or None.
        extent: what the camera is to show.
        object_of_vertex: (n,) int32: the object with a box of each drawn vertex, -1 for none.
    """

    mesh: Mesh
    where: NDArray[np.int32] | None
    num_faces: int
    ceiling_m: float | None
    extent: Box
    object_of_vertex: NDArray[np.int32]

    @property
    def is_preview(self) -> bool:
        """Whether it is lighter than the scan."""
        return self.where is not None

    @property
    def note(self) -> str:
        """For the badge; empty when the scan itself is drawn."""
        if not self.is_preview:
            return ""
        return f"preview: 1 in {round(self.num_faces / max(len(self.mesh.faces), 1))} triangles"

    def drawn(self, vertex_indices: NDArray[np.int32] | None) -> NDArray[np.int32] | None:
        """Vertices of the scan as vertices of what is drawn."""
        if vertex_indices is None or self.where is None:
            return vertex_indices
        return np.unique(self.where[vertex_indices])

    def object_at(self, vertex: int) -> int | None:
        """The object at a drawn vertex."""
        owner = int(self.object_of_vertex[vertex]) if vertex < len(self.object_of_vertex) else -1
        return None if owner < 0 else owner


def shown_mesh(scene: Scene, mesh: Mesh, tools: MeshTools, *, is_whole: bool) -> ShownMesh:
    """The scan itself, or, when it is vast and not wanted whole, a preview; for a thread."""
    owners = _object_of_vertex(scene, len(mesh.vertices))
    drawn, where = mesh, None
    if len(mesh.faces) > VAST_FACES and not is_whole:
        merged = tools.merge(mesh, PREVIEW_FACES)
        drawn, where = merged.mesh, merged.where
        owners_drawn = np.full(len(drawn.vertices), -1, np.int32)
        owners_drawn[where] = owners
        owners = owners_drawn
    ceiling_m = tools.ceiling_height(drawn)
    extent = tools.extent(drawn, ceiling_m)
    return ShownMesh(drawn, where, len(mesh.faces), ceiling_m, extent, owners)


def _object_of_vertex(scene: Scene, num_vertices: int) -> NDArray[np.int32]:
    owners = np.full(num_vertices, -1, np.int32)
    for item in scene.objects:
        if item.box is not None:
            owners[item.vertex_indices] = item.object_id
    return owners
