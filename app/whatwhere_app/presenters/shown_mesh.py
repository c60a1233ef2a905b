"""Which mesh the 3D view draws of a scan: the scan itself, or a preview of one that is vast."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh, SceneObject

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
        scan: the whole scan.
        mesh: what is drawn of it.
        where: (N,) int32: for each vertex of the scan the one that is drawn; None when the scan
            itself is.
        ceiling_m: where it is cut, or None.
        extent: what the camera is to show.
        object_of_vertex: (n,) int32: the object with a box of each drawn vertex, -1 for none;
            empty until the objects are known.
    """

    scan: Mesh
    mesh: Mesh
    where: NDArray[np.int32] | None
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
        return (
            f"preview: 1 in {round(len(self.scan.faces) / max(len(self.mesh.faces), 1))} triangles"
        )

    def drawn(self, vertex_indices: NDArray[np.int32] | None) -> NDArray[np.int32] | None:
        """Vertices of the scan as vertices of what is drawn."""
        if vertex_indices is None or self.where is None:
            return vertex_indices
        return np.unique(self.where[vertex_indices])

    def object_at(self, vertex: int) -> int | None:
        """The object at a drawn vertex."""
        owner = int(self.object_of_vertex[vertex]) if vertex < len(self.object_of_vertex) else -1
        return None if owner < 0 else owner

    def with_objects(self, objects: Sequence[SceneObject]) -> "ShownMesh":
        """The same, knowing whose vertices are whose; for a thread."""
        owners = np.full(len(self.scan.vertices), -1, np.int32)
        for item in objects:
            if item.box is not None:
                owners[item.vertex_indices] = item.object_id
        if self.where is not None:
            owners_drawn = np.full(len(self.mesh.vertices), -1, np.int32)
            owners_drawn[self.where] = owners
            owners = owners_drawn
        return replace(self, object_of_vertex=owners)


def shown_mesh(scan: Mesh, tools: MeshTools, *, is_whole: bool = False) -> ShownMesh:
    """The scan itself, or, when it is vast and not wanted whole, a preview; for a thread."""
    drawn, where = scan, None
    if len(scan.faces) > VAST_FACES and not is_whole:
        merged = tools.merge(scan, PREVIEW_FACES)
        drawn, where = merged.mesh, merged.where
    ceiling_m = tools.ceiling_height(drawn)
    extent = tools.extent(drawn, ceiling_m)
    return ShownMesh(scan, drawn, where, ceiling_m, extent, np.zeros(0, np.int32))
