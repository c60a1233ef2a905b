"""A light stand-in for a heavy mesh, by clustering vertices into voxels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.scenes.scene import Mesh

PROXY_FACES = (45_000, 20_000, 9_000)
_FAR_OFF = 1.3
_MAX_TRIES = 4
_SAMPLE = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Proxy:
    """A stand-in for a mesh.

    Attributes:
        mesh: fewer vertices and triangles, in the same place.
        where: (N,) int32: for each vertex of the mesh, its vertex in the stand-in.
    """

    mesh: Mesh
    where: NDArray[np.int32]


def stand_ins(mesh: Mesh, budgets: Sequence[int] = PROXY_FACES) -> tuple[Proxy, ...]:
    """Stand-ins of ever fewer triangles, as far as the mesh has more than that.

    Each is made of the one before, so that all after the first cost next to nothing.
    """
    made: list[Proxy] = []
    for num_faces in budgets:
        finer = made[-1] if made else None
        mesh_so_far = mesh if finer is None else finer.mesh
        if len(mesh_so_far.faces) <= _FAR_OFF * num_faces:
            continue
        coarser = cluster(mesh_so_far, num_faces=num_faces)
        where = coarser.where if finer is None else coarser.where[finer.where]
        made.append(Proxy(coarser.mesh, where))
    return tuple(made)


def cluster(mesh: Mesh, *, num_faces: int) -> Proxy:
    """About `num_faces` triangles, whatever the shape of the mesh.

    Vertices in one voxel become their mean, in place and colour; triangles that lose a corner
    vanish. The voxel is as large as the area asks for, and is mended by the count that comes out.
    """
    if len(mesh.faces) <= num_faces:
        return Proxy(mesh, np.arange(len(mesh.vertices), dtype=np.int32))
    # A surface through a voxel leaves about two triangles there.
    voxel_m = max((2.0 * _area_m2(mesh) / num_faces) ** 0.5, 1e-6)
    for _ in range(_MAX_TRIES):
        proxy = _clustered(mesh, voxel_m)
        share = len(proxy.mesh.faces) / num_faces
        if 1 / _FAR_OFF <= share <= _FAR_OFF:
            break
        voxel_m *= float(np.clip(share, 0.05, 20.0)) ** 0.5
    return proxy


def _area_m2(mesh: Mesh) -> float:
    """Of all faces, from a sample of them."""
    corners = mesh.vertices[mesh.faces[:: max(1, len(mesh.faces) // _SAMPLE)]]
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(crossed, axis=1).mean() / 2 * len(mesh.faces))


def _clustered(mesh: Mesh, voxel_m: float) -> Proxy:
    cells = ((mesh.vertices - mesh.vertices.min(axis=0)) / voxel_m).astype(np.int64)
    keys = (cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2]
    _, inverse = np.unique(keys, return_inverse=True)
    where = inverse.astype(np.int32)
    counts = np.bincount(where).astype(np.float64)

    def mean(values: NDArray[np.generic]) -> NDArray[np.float64]:
        sums = [np.bincount(where, weights=column) for column in values.T]
        return np.stack(sums, axis=1) / counts[:, None]

    faces = where[mesh.faces]
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (a != c)]
    merged = Mesh(
        vertices=mean(mesh.vertices).astype(np.float32),
        faces=np.ascontiguousarray(faces),
        colors=mean(mesh.colors).round().astype(np.uint8),
    )
    return Proxy(merged, where)
