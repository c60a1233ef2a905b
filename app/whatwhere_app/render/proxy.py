"""A light stand-in for a heavy mesh, by clustering vertices into voxels."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.scenes.scene import Mesh

PROXY_FACES = 50_000


def cluster(mesh: Mesh, *, num_faces: int = PROXY_FACES) -> tuple[Mesh, NDArray[np.int32]]:
    """The mesh with about `num_faces` triangles, and where each vertex went.

    Vertices in one voxel become their mean, in place and colour; triangles that lose a corner
    vanish. The voxel grows until the count fits, so the shape of the room does not matter.

    Returns:
        The proxy, and (N,) int32: for each original vertex its vertex in the proxy.
    """
    if len(mesh.faces) <= num_faces:
        return mesh, np.arange(len(mesh.vertices), dtype=np.int32)
    extent_m = float(np.ptp(mesh.vertices, axis=0).max())
    # A scanned surface fills about 2 triangles per voxel face it crosses.
    voxel_m = extent_m / max(8.0, (num_faces / 3.0) ** 0.5)
    while True:
        proxy, where = _clustered(mesh, voxel_m)
        if len(proxy.faces) <= 1.3 * num_faces:
            return proxy, where
        voxel_m *= max(1.1, (len(proxy.faces) / num_faces) ** 0.5)


def _clustered(mesh: Mesh, voxel_m: float) -> tuple[Mesh, NDArray[np.int32]]:
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
    return (
        Mesh(
            vertices=mean(mesh.vertices).astype(np.float32),
            faces=np.ascontiguousarray(faces),
            colors=mean(mesh.colors).round().astype(np.uint8),
        ),
        where,
    )
