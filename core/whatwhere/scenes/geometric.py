"""Candidates for scans that come with nothing: planes taken out, what hangs together kept.

A scan's floor, ceiling and walls are large planes. Without them, furniture falls apart into pieces
that hang together; finer sets of pieces are cut where the surface bends inwards, so that what
stands on something else is a candidate of its own. Boxes are axis-aligned, aligned metres. How much
of the annotation they reach, an evaluation tells (recall): two thirds of the objects of a demo
room, half of those of a real scan.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from scipy.sparse import csgraph  # type: ignore[import-untyped]

from whatwhere.errors import SceneError
from whatwhere.geometry.boxes import Box, box_rows, iou
from whatwhere.scenes.proposal_files import ProposalSet
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scannet import ScanNetSource
from whatwhere.scenes.scene import Mesh, Scene

OnStep = Callable[[int, int, str], None]
"""Called with (done, total, what is being done)."""

MAX_PROPOSALS = 300
_WELD_M = 0.002
"""Vertices this close are one."""
_PLANE_M = 0.06
"""How far from a plane its vertices may lie."""
_WALL_M = 1.2
"""Least width and height of a wall."""
_LEAST_M = 0.12
"""A candidate's longest side at least."""
_LEVEL = 0.9
_UPRIGHT = 0.35
_BENDS = (0.05, 0.15, 0.4)
"""How far the normal may turn along an edge of a hollow, as the sine of the angle: finer first."""
_SAME_IOU = 0.9


class GeometricProposals:
    """Finds candidates in the mesh of a scene; the annotation is not looked at.

    Args:
        on_step: told of every step; what it raises stops the work.
    """

    def __init__(self, on_step: OnStep = lambda *_: None) -> None:
        self._on_step = on_step

    def of(self, scene: Scene) -> ProposalSet:
        """The candidates of one scene, the largest first.

        Where there are frames and no mesh, in a surface made from their depth.

        Raises:
            SceneError: the scene has no mesh with faces.
        """
        mesh, source = scene.mesh, scene.source
        if mesh is None and isinstance(source, ScanNetSource) and source.fuses_depth:
            mesh = source.fuse(on_step=self._on_step)
        if mesh is None or not len(mesh.faces):
            raise SceneError(
                "candidates are found in a mesh, and this scene has none with faces",
                remedy="Give boxes or masks, or draw boxes",
                path=scene.folder,
            )
        boxes = find_boxes(mesh, on_step=self._on_step)
        return ProposalSet(
            tuple(Proposal(index, box, "geometric") for index, box in enumerate(boxes))
        )


def find_boxes(mesh: Mesh, *, on_step: OnStep = lambda *_: None) -> list[Box]:
    """At most `MAX_PROPOSALS` boxes of a mesh, the largest first, none twice."""
    num_steps = 3 + len(_BENDS)
    on_step(0, num_steps, "reading the surface")
    surface = _Surface.of(mesh)
    on_step(1, num_steps, "taking out floor and walls")
    is_free = ~_on_planes(surface)
    edges = surface.edges[is_free[surface.edges].all(axis=1)]
    hollow = _hollowness(surface, edges)
    on_step(2, num_steps, "looking for pieces")
    boxes = _pieces(surface.points, edges, is_free)
    for number, bend in enumerate(_BENDS):
        on_step(3 + number, num_steps, "looking for smaller pieces")
        boxes += _pieces(surface.points, edges[hollow <= bend], is_free)
    boxes.sort(key=lambda box: -float(np.prod(box.size)))
    return _unlike(boxes)[:MAX_PROPOSALS]


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """N welded vertices with unit normals (zero where there is no face), and E edges."""

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    edges: NDArray[np.int64]

    @classmethod
    def of(cls, mesh: Mesh) -> "_Surface":
        # Meshes with hard edges have a vertex for each face at the same place.
        places = np.round(mesh.vertices.astype(np.float64) / _WELD_M).astype(np.int64)
        _, first, welded = np.unique(places, axis=0, return_index=True, return_inverse=True)
        points = mesh.vertices[first].astype(np.float64)
        faces = welded.reshape(-1)[mesh.faces.astype(np.int64)]
        corners = points[faces]
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals = np.zeros_like(points)
        for column in range(3):
            # bincount adds up many times quicker than np.add.at.
            for corner in range(3):
                normals[:, column] += np.bincount(
                    faces[:, corner], weights=across[:, column], minlength=len(points)
                )
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        pairs = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]))
        edges = np.unique(pairs, axis=0)
        return cls(points, normals / np.maximum(length, 1e-12), edges)


def _on_planes(surface: _Surface) -> NDArray[np.bool_]:
    """(N,) floor, ceiling and walls."""
    points, normals = surface.points, surface.normals
    found = np.zeros(len(points), bool)
    low, high = np.quantile(points[:, 2], [0.001, 0.999])
    is_level = np.abs(normals[:, 2]) > _LEVEL
    for height in (
        _peak(points[is_level & (points[:, 2] < low + 0.3), 2]),
        _peak(points[is_level & (points[:, 2] > high - 0.3), 2]),
    ):
        found |= np.abs(points[:, 2] - height) < _PLANE_M
    upright = np.flatnonzero((np.abs(normals[:, 2]) < _UPRIGHT) & ~found)
    if not len(upright):
        return found
    angle = np.arctan2(normals[upright, 1], normals[upright, 0]) % np.pi
    counts = np.bincount((angle / np.pi * 36).astype(int) % 36, minlength=36)
    for index in np.argsort(-counts)[:4]:
        along = (index + 0.5) * np.pi / 36
        direction = np.array([np.cos(along), np.sin(along)])
        is_facing = np.abs(np.abs(normals[upright, :2] @ direction) - 1) < 0.06
        facing = upright[is_facing]
        offset = points[facing, :2] @ direction
        bins = np.round(offset / _PLANE_M).astype(int)
        for value in np.unique(bins):
            members = facing[np.abs(offset - value * _PLANE_M) < _PLANE_M]
            if _is_wall(points[members], direction, high - low):
                found[members] = True
    return found


def _is_wall(points: NDArray[np.float64], direction: NDArray[np.float64], height: float) -> bool:
    """Wide, high, and reaching towards the ceiling."""
    if len(points) < 50:
        return False
    sideways = points[:, 0] * -direction[1] + points[:, 1] * direction[0]
    wide = float(np.ptp(np.quantile(sideways, [0.02, 0.98])))
    tall = float(np.ptp(np.quantile(points[:, 2], [0.02, 0.98])))
    return wide > _WALL_M and tall > max(_WALL_M, 0.6 * height)


def _peak(heights: NDArray[np.float64]) -> float:
    """The commonest height, to a centimetre."""
    if not len(heights):
        return float("inf")
    rounded, counts = np.unique(np.round(heights, 2), return_counts=True)
    return float(rounded[counts.argmax()])


def _hollowness(surface: _Surface, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """(E,) how much the surface bends inwards, as between a lamp and the table it stands on."""
    first, second = edges.T
    way = surface.points[second] - surface.points[first]
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-12)
    bend = ((surface.normals[second] - surface.normals[first]) * way).sum(axis=1)
    return np.asarray(-bend)


def _pieces(
    points: NDArray[np.float64], edges: NDArray[np.int64], is_free: NDArray[np.bool_]
) -> list[Box]:
    """A box for each set of vertices that hang together and is large enough."""
    count = len(points)
    graph = sparse.coo_matrix((np.ones(len(edges), bool), edges.T), shape=(count, count))
    _, labels = csgraph.connected_components(graph, directed=False)
    members = np.flatnonzero(is_free)
    order = members[np.argsort(labels[members], kind="stable")]
    ends = np.flatnonzero(np.diff(labels[order])) + 1
    found = []
    for piece in np.split(order, ends):
        if len(piece) >= 20:
            box = Box.from_points(points[piece])
            if max(box.size) >= _LEAST_M and min(box.size) > 0:
                found.append(box)
    return found


def _unlike(boxes: list[Box]) -> list[Box]:
    """The boxes without those that are nearly an earlier one."""
    if not boxes:
        return []
    boxes = boxes[: 4 * MAX_PROPOSALS]
    overlap = iou(box_rows(boxes), box_rows(boxes))
    kept: list[int] = []
    for index in range(len(boxes)):
        if not kept or overlap[index, kept].max() < _SAME_IOU:
            kept.append(index)
    return [boxes[index] for index in kept]
