"""The scan in the 3D view: unlit vertex colours, a light stand-in while the camera moves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh
from whatwhere_app.render.proxy import Proxy
from whatwhere_app.theme import rgb

_TINT = 0.55
_SAMPLE = 10_000
_POINT_PX = 3.0
_AMBIENT = 0.45  # what the light does not reach keeps half of its colour


class MeshDrawing:
    """A mesh in one plotter, and later its stand-ins; exactly one of them is visible.

    Colours are written in place into arrays that VTK shares, so a highlight costs one pass over
    the vertices and no new actor.
    """

    def __init__(self, plotter: Any, mesh: Mesh) -> None:
        self._plotter = plotter
        self._surfaces = {0: _Surface(plotter, mesh, "scan")}
        self._proxies: tuple[Proxy, ...] = ()
        self._level = 0
        self._ceiling = vtkPlane()
        self._ceiling.SetNormal(0, 0, -1)
        self._clip_height_m: float | None = None
        self._highlighted: tuple[NDArray[np.int32] | None, str] = (None, "#000000")
        self._is_lit = False

    @property
    def num_levels(self) -> int:
        """The mesh itself (level 0), and its stand-ins, ever coarser."""
        return 1 + len(self._proxies)

    def set_proxies(self, proxies: Sequence[Proxy]) -> None:
        """What `stand_ins` made of the mesh; each stays hidden until asked for."""
        self._proxies = tuple(proxies)

    def show_level(self, level: int) -> None:
        """Show the mesh itself (0) or one of its stand-ins."""
        if level == self._level:
            return
        self._surface(level).actor.SetVisibility(True)
        self._surface(self._level).actor.SetVisibility(False)
        self._level = level

    def _surface(self, level: int) -> "_Surface":
        """A stand-in is handed to VTK when it is first needed."""
        if level not in self._surfaces:
            proxy = self._proxies[level - 1]
            surface = _Surface(self._plotter, proxy.mesh, f"scan-proxy-{level}")
            self._surfaces[level] = surface
            surface.light(self._is_lit)
            self._clip(surface)
            self._tint(level)
        return self._surfaces[level]

    def clip_above(self, height_m: float | None) -> None:
        """Hide what lies higher than this, or nothing."""
        self._clip_height_m = height_m
        for surface in self._surfaces.values():
            self._clip(surface)

    def set_lit(self, is_lit: bool) -> None:
        """Shade the surface by a light, or show its colours as they were scanned."""
        self._is_lit = is_lit
        for surface in self._surfaces.values():
            surface.light(is_lit)

    def highlight(self, vertex_indices: NDArray[np.int32] | None, color: str) -> None:
        """Tint some vertices of the mesh, and only them."""
        self._highlighted = (vertex_indices, color)
        for level in self._surfaces:
            self._tint(level)

    def erase(self) -> None:
        """Remove everything from the plotter."""
        for surface in self._surfaces.values():
            self._plotter.remove_actor(surface.name, reset_camera=False, render=False)

    def _clip(self, surface: "_Surface") -> None:
        surface.actor.GetMapper().RemoveAllClippingPlanes()
        if self._clip_height_m is not None:
            self._ceiling.SetOrigin(0, 0, self._clip_height_m)
            surface.actor.GetMapper().AddClippingPlane(self._ceiling)

    def _tint(self, level: int) -> None:
        indices, color = self._highlighted
        if level and indices is not None:
            indices = np.unique(self._proxies[level - 1].where[indices])
        self._surfaces[level].tint(indices, color)


class _Surface:
    """One actor with colours that can be written."""

    def __init__(self, plotter: Any, mesh: Mesh, name: str) -> None:
        self.name = name
        self._original = mesh.colors
        self._tinted: NDArray[np.int32] | None = None
        self.polydata = _polydata(mesh)
        self.polydata.point_data["colors"] = mesh.colors.copy()
        self.actor = self._actor(is_solid=len(mesh.faces) > 0)
        plotter.add_actor(self.actor, name=name, reset_camera=False, render=False, pickable=False)

    def _actor(self, *, is_solid: bool) -> vtkActor:
        """Made with VTK alone: pyvista's own prepares colour tables that are never looked into."""
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self.polydata)
        mapper.SetScalarModeToUsePointFieldData()
        mapper.SelectColorArray("colors")
        mapper.SetColorModeToDirectScalars()
        actor = vtkActor()
        actor.SetMapper(mapper)
        looks = actor.GetProperty()
        looks.LightingOff()
        looks.SetInterpolationToFlat()
        if is_solid:
            # Scans are one-sided and face the room: seen from outside, walls let one look in.
            looks.BackfaceCullingOn()
        else:
            looks.SetRepresentationToPoints()
            looks.SetPointSize(_POINT_PX)
        return actor

    def light(self, is_lit: bool) -> None:
        looks = self.actor.GetProperty()
        looks.SetLighting(is_lit)
        looks.SetAmbient(_AMBIENT if is_lit else 0.0)
        looks.SetDiffuse(1 - _AMBIENT / 2 if is_lit else 1.0)

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
    corners = mesh.vertices[mesh.faces[:: max(1, len(mesh.faces) // _SAMPLE)]]
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


def room_extent(mesh: Mesh, ceiling_m: float | None = None) -> Box:
    """What the camera is to show of a scan: without a few stray points, or the ceiling."""
    sample = mesh.vertices[:: max(1, len(mesh.vertices) // _SAMPLE)]
    lower, upper = np.percentile(sample, [0.2, 99.8], axis=0)
    if ceiling_m is not None:
        upper[2] = min(upper[2], ceiling_m)
    return Box.from_bounds(lower, upper)
