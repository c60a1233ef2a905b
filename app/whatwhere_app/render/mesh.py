"""The scan in the 3D view: unlit vertex colours, a light stand-in while the camera moves."""

from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane

from whatwhere.scenes.scene import Mesh
from whatwhere_app.theme import rgb

_TINT = 0.55


class MeshDrawing:
    """A mesh in one plotter, and later its proxy; exactly one of the two is visible.

    Colours are written in place into arrays that VTK shares, so a highlight costs one pass over
    the vertices and no new actor.
    """

    def __init__(self, plotter: Any, mesh: Mesh) -> None:
        self._plotter = plotter
        self._full = _Surface(plotter, mesh, "scan")
        self._light: _Surface | None = None
        self._where: NDArray[np.int32] | None = None
        self._ceiling = vtkPlane()
        self._ceiling.SetNormal(0, 0, -1)
        self._clip_height_m: float | None = None
        self._highlighted: tuple[NDArray[np.int32] | None, str] = (None, "#000000")

    @property
    def polydata(self) -> pv.PolyData:
        """The full mesh as VTK holds it."""
        return self._full.polydata

    def set_proxy(self, proxy: Mesh, where: NDArray[np.int32]) -> None:
        """What `cluster` made of the mesh; it stays hidden until asked for."""
        self._light, self._where = _Surface(self._plotter, proxy, "scan-proxy"), where
        self._light.actor.SetVisibility(False)
        self.clip_above(self._clip_height_m)
        self.highlight(*self._highlighted)

    def show_proxy(self, is_light: bool) -> None:
        """Show the stand-in (if there is one yet), or the mesh itself."""
        if self._light is not None:
            self._full.actor.SetVisibility(not is_light)
            self._light.actor.SetVisibility(is_light)

    def clip_above(self, height_m: float | None) -> None:
        """Hide what lies higher than this, or nothing."""
        self._clip_height_m = height_m
        for surface in filter(None, (self._full, self._light)):
            surface.actor.mapper.RemoveAllClippingPlanes()
            if height_m is not None:
                self._ceiling.SetOrigin(0, 0, height_m)
                surface.actor.mapper.AddClippingPlane(self._ceiling)

    def highlight(self, vertex_indices: NDArray[np.int32] | None, color: str) -> None:
        """Tint some vertices of the mesh, and only them."""
        self._highlighted = (vertex_indices, color)
        self._full.tint(vertex_indices, color)
        if self._light is not None and self._where is not None:
            proxied = None if vertex_indices is None else np.unique(self._where[vertex_indices])
            self._light.tint(proxied, color)

    def erase(self) -> None:
        """Remove everything from the plotter."""
        for name in ("scan", "scan-proxy"):
            self._plotter.remove_actor(name, reset_camera=False, render=False)


class _Surface:
    """One actor with colours that can be written."""

    def __init__(self, plotter: Any, mesh: Mesh, name: str) -> None:
        self._original = mesh.colors
        self._tinted: NDArray[np.int32] | None = None
        self.polydata = _polydata(mesh)
        self.polydata.point_data["colors"] = mesh.colors.copy()
        self.actor = plotter.add_mesh(
            self.polydata,
            scalars="colors",
            rgb=True,
            lighting=False,
            copy_mesh=False,
            style=None if len(mesh.faces) else "points",
            point_size=3.0,
            # Scans are one-sided and face the room: seen from outside, walls let one look in.
            culling="back" if len(mesh.faces) else False,
            name=name,
            reset_camera=False,
            render=False,
            show_scalar_bar=False,
        )
        self.actor.SetPickable(False)

    def tint(self, indices: NDArray[np.int32] | None, color: str) -> None:
        colors: NDArray[np.uint8] = np.asarray(self.polydata.point_data["colors"])
        if self._tinted is not None:
            colors[self._tinted] = self._original[self._tinted]
        if indices is not None:
            mixed = self._original[indices] * (1 - _TINT) + np.array(rgb(color)) * _TINT
            colors[indices] = mixed.astype(np.uint8)
        self._tinted = indices
        self.polydata.GetPointData().GetArray("colors").Modified()


def _polydata(mesh: Mesh) -> pv.PolyData:
    # pyvista's stubs know no arrays of 32 bits, though it takes them without a copy.
    vertices: Any = mesh.vertices
    faces: Any = mesh.faces
    return pv.PolyData.from_regular_faces(vertices, faces) if len(faces) else pv.PolyData(vertices)


def draw_mesh(plotter: Any, mesh: Mesh) -> MeshDrawing:
    """Draw a scan."""
    return MeshDrawing(plotter, mesh)


def ceiling_height(mesh: Mesh) -> float | None:
    """Where to cut so that one can look in from above, in metres; None without a ceiling.

    A ceiling is a large flat area that faces down, near the top of the scan.
    """
    if not len(mesh.faces):
        return None
    corners = mesh.vertices[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normals, axis=1)
    height = corners[:, :, 2].mean(axis=1)
    low, high = float(height.min()), float(height.max())
    steepness = np.abs(normals[:, 2]) / np.maximum(area, 1e-12)
    is_top = (steepness > 0.9) & (height > low + 0.75 * (high - low)) & (height > low + 1.8)
    floor = (steepness > 0.9) & (height < low + 0.3)
    if not is_top.any() or area[is_top].sum() < 0.15 * area[floor].sum():
        return None
    return float(np.percentile(height[is_top], 5)) - 0.15
