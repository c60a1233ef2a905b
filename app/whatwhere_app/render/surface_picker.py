"""The exact point of a scan under a ray.

VTK builds its search tree in one call that holds Python's lock: half a second for four million
triangles. The scan is therefore cut into parts that lie close together, each with a tree of its
own, so that a thread can build them while the window goes on.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import mutable
from vtkmodules.vtkCommonDataModel import vtkStaticCellLocator

from whatwhere.scenes.scene import Mesh

_FACES_PER_PART = 40_000
_MAX_HIDDEN = 32
_STEP_M = 1e-4
_CELL_M = 0.5


class SurfacePicker:
    """A ray caster over one mesh; it shares no VTK object, so any thread may build it.

    Args:
        mesh: its arrays are kept, never written.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._parts = [_Part(mesh, faces) for faces in _near_together(mesh)]
        self._lower = np.array([part.lower for part in self._parts]).reshape(-1, 3) - _STEP_M
        self._upper = np.array([part.upper for part in self._parts]).reshape(-1, 3) + _STEP_M

    def hit(
        self,
        origin: NDArray[np.float64],
        end: NDArray[np.float64],
        *,
        below_m: float | None = None,
    ) -> tuple[NDArray[np.float64], int] | None:
        """Where the segment first meets what is drawn, and the nearest vertex there; or None.

        Faces seen from behind, and those above `below_m`, are not drawn, so the ray goes on.
        """
        ray = end - origin
        slope = np.where(np.abs(ray) < 1e-12, 1e-12, ray)
        first, second = (self._lower - origin) / slope, (self._upper - origin) / slope
        enters = np.minimum(first, second).max(axis=1, initial=-np.inf)
        leaves = np.maximum(first, second).min(axis=1, initial=np.inf)
        nearest: tuple[NDArray[np.float64], int] | None = None
        nearest_share = 1.0
        crossed = np.flatnonzero((enters <= leaves) & (leaves >= 0))
        for index in crossed[np.argsort(enters[crossed])]:
            if enters[index] > nearest_share:
                break
            found = self._parts[index].hit(origin, end, below_m)
            if found is not None:
                share = float((found[0] - origin) @ ray / (ray @ ray))
                if share <= nearest_share:
                    nearest, nearest_share = found, share
        return nearest


class _Part:
    """Some faces of a mesh, with their own search tree."""

    def __init__(self, mesh: Mesh, faces: NDArray[np.int32]) -> None:
        used, local = np.unique(faces, return_inverse=True)
        self._vertex_of = used
        self._faces = local.reshape(-1, 3)
        self._points = mesh.vertices[used]
        self.lower, self.upper = self._points.min(axis=0), self._points.max(axis=0)
        # pyvista's stubs know no arrays of 32 bits, though it takes them.
        points: Any = self._points
        cells: Any = self._faces
        self._tree = vtkStaticCellLocator()
        self._tree.SetDataSet(pv.PolyData.from_regular_faces(points, cells))
        self._tree.BuildLocator()

    def hit(
        self, origin: NDArray[np.float64], end: NDArray[np.float64], below_m: float | None
    ) -> tuple[NDArray[np.float64], int] | None:
        """As `SurfacePicker.hit`."""
        ray = end - origin
        step = ray * (_STEP_M / float(np.linalg.norm(ray)))
        for _ in range(_MAX_HIDDEN):
            found = self._first(origin, end)
            if found is None:
                return None
            point, corners = found
            places = self._points[corners].astype(np.float64)
            is_front = float(np.cross(places[1] - places[0], places[2] - places[0]) @ ray) < 0
            if is_front and (below_m is None or point[2] <= below_m):
                closest = int(np.linalg.norm(places - point, axis=1).argmin())
                return point, int(self._vertex_of[corners[closest]])
            origin = point + step
        return None

    def _first(
        self, origin: NDArray[np.float64], end: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
        where = [0.0, 0.0, 0.0]
        # VTK's stubs know no `mutable`, its way to hand numbers back, and no arrays.
        parameter: Any = mutable(0.0)
        parametric = [0.0, 0.0, 0.0]
        sub_id: Any = mutable(0)
        cell_id: Any = mutable(0)
        start: Any = origin
        stop: Any = end
        if not self._tree.IntersectWithLine(
            start, stop, 1e-9, parameter, where, parametric, sub_id, cell_id
        ):
            return None
        return np.array(where), np.asarray(self._faces[int(cell_id)], np.int64)


def _near_together(mesh: Mesh) -> Iterator[NDArray[np.int32]]:
    """The faces in portions that lie close together, whatever their order in the file."""
    if len(mesh.faces) <= _FACES_PER_PART:
        if len(mesh.faces):
            yield mesh.faces
        return
    corner = mesh.vertices[mesh.faces[:, 0]]
    lower = mesh.vertices.min(axis=0)
    cells = ((corner - lower) / _CELL_M).astype(np.int64)
    order = np.argsort((cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2], kind="stable")
    for start in range(0, len(order), _FACES_PER_PART):
        yield mesh.faces[order[start : start + _FACES_PER_PART]]
