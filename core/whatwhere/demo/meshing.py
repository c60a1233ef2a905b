"""The room as a scanned mesh: quads cut into small triangles, light baked into vertex colours."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.light import Lighting
from whatwhere.demo.model import SHELL
from whatwhere.demo.palette import encode_srgb
from whatwhere.demo.rooms import Room
from whatwhere.demo.solids import Quads
from whatwhere.geometry.poses import Matrix4, invert, transform

_MAX_VERTICES = 76_000
_EDGES_M = (0.035, 0.04, 0.045, 0.05, 0.055, 0.06, 0.07, 0.08, 0.1, 0.13, 0.17)
# Boards and tiles need more vertices than plain surfaces.
_FLOOR_FINENESS = 1.9
_CEILING_RIM_M = 0.3
_SUNK_M = 3e-4
_PARTS_PER_ITEM = 1000
# Where the colour of a vertex is sampled, in shares of a cell: fine patterns would alias.
_SAMPLES = ((-0.3, -0.3), (0.3, -0.3), (-0.3, 0.3), (0.3, 0.3))


@dataclass(frozen=True, slots=True, eq=False)
class BakedMesh:
    """A mesh ready to be written.

    Attributes:
        vertices: (N, 3) aligned metres.
        faces: (M, 3) int32, wound counter-clockwise seen from inside the room.
        colors: (N, 3) uint8.
        segments: (N,) over-segment ids.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    colors: NDArray[np.uint8]
    segments: NDArray[np.int64]


def segments_of(quads: Quads, owner: int) -> tuple[int, ...]:
    """The over-segments of one item: one per part, ids sparse as in real scans."""
    parts = np.unique(quads.parts[quads.owners == owner])
    return tuple(int(owner * _PARTS_PER_ITEM + part) for part in parts)


def bake(room: Room, quads: Quads, lighting: Lighting) -> BakedMesh:
    """Cut every quad finely enough for its shadows to show, and colour the vertices.

    What no scanner inside the room could see is left out: undersides on the floor and the backs
    of what hangs on a wall. Of the ceiling only a rim stays: scans rarely hold more, and one can
    look in from above.
    """
    ceiling_owner = len(room.items) + SHELL.index("ceiling")
    floor_owner = len(room.items) + SHELL.index("floor")
    kept = _worth_meshing(room, quads)
    corners, source = _with_ceiling_rim(_layered(quads), kept, quads.owners, ceiling_owner)
    fineness = np.where(quads.owners[source] == floor_owner, _FLOOR_FINENESS, 1.0)
    counts = _counts(corners, fineness)
    vertices, faces, quad, shares = [], [], [], []
    start = 0
    for nu, nv in np.unique(counts, axis=0):
        chosen = np.flatnonzero((counts == (nu, nv)).all(axis=1))
        grid, cells, uv = _grid(corners[chosen], int(nu), int(nv))
        size = grid.shape[1]
        first = start + size * np.arange(len(chosen))
        vertices.append(grid.reshape(-1, 3))
        faces.append((cells[None] + first[:, None, None]).reshape(-1, 3))
        quad.append(np.repeat(chosen, size))
        shares.append(np.tile(uv, (len(chosen), 1)))
        start += size * len(chosen)
    points = np.concatenate(vertices)
    of_quad = np.concatenate(quad)
    colors = _colors(corners, of_quad, np.concatenate(shares), counts, source, lighting)
    ids = source[of_quad]
    segments = quads.owners[ids] * _PARTS_PER_ITEM + quads.parts[ids]
    return _compacted(points, np.concatenate(faces), colors, segments)


def write_mesh(folder: Path, mesh: BakedMesh, aligned_from_mesh: Matrix4) -> None:
    """`<id>_vh_clean_2.ply` in the mesh frame, and its over-segments."""
    scene_id = folder.name
    points = transform(mesh.vertices, invert(aligned_from_mesh))
    vertices = np.empty(len(points), [("xyz", "<f4", 3), ("rgb", "u1", 3), ("alpha", "u1")])
    vertices["xyz"], vertices["rgb"], vertices["alpha"] = points, mesh.colors, 255
    faces = np.empty(len(mesh.faces), [("count", "u1"), ("index", "<i4", 3)])
    faces["count"], faces["index"] = 3, mesh.faces
    lines = ["ply", "format binary_little_endian 1.0", "comment made by whatwhere demo"]
    lines += [f"element vertex {len(vertices)}"]
    lines += [f"property float {name}" for name in "xyz"]
    lines += [f"property uchar {name}" for name in ("red", "green", "blue", "alpha")]
    lines += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header"]
    header = "".join(f"{line}\n" for line in lines).encode("ascii")
    path = folder / f"{scene_id}_vh_clean_2.ply"
    path.write_bytes(header + vertices.tobytes() + faces.tobytes())
    document = {
        "params": {"kThresh": "0.010000", "segMinVerts": "1", "minPoints": "1"},
        "sceneId": f"scannet.{scene_id}",
        "segIndices": mesh.segments.tolist(),
    }
    path = folder / f"{scene_id}_vh_clean_2.0.010000.segs.json"
    path.write_text(json.dumps(document, separators=(",", ":")))


def _worth_meshing(room: Room, quads: Quads) -> NDArray[np.bool_]:
    low = quads.corners[:, :, 2].max(axis=1) < 1e-3
    hidden: NDArray[np.bool_] = low & (quads.owners < len(room.items))
    for number, item in enumerate(room.items):
        if item.kind.place == "hung":
            back = np.array([-np.sin(item.yaw_rad), np.cos(item.yaw_rad), 0.0])
            hidden |= (quads.owners == number) & (quads.flat @ back > 0.99)
    return ~hidden


def _layered(quads: Quads) -> NDArray[np.float64]:
    """The corners, where parts of one item share a plane all but the last sunk by a hair.

    The last part drawn is the one to be seen; in a mesh, equal depths would flicker.
    """
    offset = np.einsum("qi,qi->q", quads.flat, quads.corners[:, 0])
    is_flat = ~quads.bend.any(axis=1)
    keys = np.column_stack([quads.owners, np.round(quads.flat * 1e3), np.round(offset * 1e4)])
    _, plane = np.unique(keys, axis=0, return_inverse=True)
    last_part = np.full(plane.max() + 1, -1)
    np.maximum.at(last_part, plane[is_flat], quads.parts[is_flat])
    sunk = is_flat & (quads.parts < last_part[plane])
    corners: NDArray[np.float64] = (
        quads.corners - np.where(sunk, _SUNK_M, 0.0)[:, None, None] * (quads.flat[:, None])
    )
    return corners


def _with_ceiling_rim(
    corners: NDArray[np.float64],
    kept: NDArray[np.bool_],
    owners: NDArray[np.int64],
    ceiling_owner: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The kept quads with four strips for the ceiling, and the quad each came from."""
    source = np.flatnonzero(kept & (owners != ceiling_owner))
    ceiling = int(np.flatnonzero(owners == ceiling_owner)[0])
    outer = corners[ceiling]
    inner = outer.copy()
    inner[:, :2] -= np.sign(outer[:, :2]) * _CEILING_RIM_M
    following = [1, 2, 3, 0]
    rim = np.stack([outer, outer[following], inner[following], inner], axis=1)
    return np.concatenate([corners[source], rim]), np.append(source, [ceiling] * 4)


def _counts(corners: NDArray[np.float64], fineness: NDArray[np.float64]) -> NDArray[np.int64]:
    """(Q, 2) cells along both directions of every quad, as fine as the budget allows."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    lengths = np.maximum(sides[:, :2], sides[:, 2:]) * fineness[:, None]
    for edge_m in _EDGES_M:
        cells = np.maximum(np.ceil(lengths / edge_m - 1e-6), 1)
        if int((cells + 1).prod(axis=1).sum()) <= _MAX_VERTICES:
            break
    counts: NDArray[np.int64] = cells.astype(np.int64)
    return counts


def _grid(
    corners: NDArray[np.float64], nu: int, nv: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Points (k, n, 3) of k equal grids, the triangles (m, 3) of one, and its shares (n, 2)."""
    v, u = np.meshgrid(np.arange(nv + 1) / nv, np.arange(nu + 1) / nu, indexing="ij")
    uv = np.stack([u.ravel(), v.ravel()], axis=1)
    i, j = np.meshgrid(np.arange(nu), np.arange(nv))
    low = (j * (nu + 1) + i).ravel()
    high = low + nu + 1
    cells = np.stack([[low, low + 1, high + 1], [low, high + 1, high]], axis=0)
    return np.matmul(_weights(uv), corners), cells.transpose(0, 2, 1).reshape(-1, 3), uv


def _weights(uv: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2) shares -> (n, 4) bilinear weights of the corners."""
    u, v = uv[:, 0], uv[:, 1]
    return np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=1)


def _colors(
    corners: NDArray[np.float64],
    of_quad: NDArray[np.int64],
    uv: NDArray[np.float64],
    counts: NDArray[np.int64],
    source: NDArray[np.int64],
    lighting: Lighting,
) -> NDArray[np.uint8]:
    """The mean of a few samples around every vertex, within its quad."""
    total = np.zeros((len(of_quad), 3), np.float32)
    quad = source[of_quad].astype(np.int32)
    for offset in _SAMPLES:
        shares = np.clip(uv + np.array(offset) / counts[of_quad], 0.02, 0.98)
        points = np.einsum("nk,nki->ni", _weights(shares), corners[of_quad])
        total += np.minimum(lighting.shade(points.astype(np.float32), quad), 1.0)
    return encode_srgb(total / np.float32(len(_SAMPLES)))


def _compacted(
    points: NDArray[np.float64],
    faces: NDArray[np.int64],
    colors: NDArray[np.uint8],
    segments: NDArray[np.int64],
) -> BakedMesh:
    """Without the triangles that have no area."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return BakedMesh(points, faces[area > 1e-10].astype(np.int32), colors, segments)
