"""Coloured triangles as binary glTF (GLB) and as PLY."""

import io
import json
import struct
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from plyfile import PlyData, PlyElement  # type: ignore[import-untyped]

from whatwhere.scenes.scene import Mesh
from whatwhere.scenes.solids import NamedMesh

# Numbers of the glTF 2.0 specification.
_GLTF_MAGIC, _JSON_CHUNK, _BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
_FLOAT, _UNSIGNED_INT, _UNSIGNED_BYTE = 5126, 5125, 5121
_POINTS, _TRIANGLES = 0, 4
# glTF is y up; by columns.
_Y_UP_FROM_Z_UP = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]


_COMMENT_CHARACTERS = 160
_COMMENTS_CHARACTERS = 32_768  # readers look for the end of a header within some 64 KiB


def glb_bytes(
    parts: Sequence[NamedMesh], *, notice: str = "", extras: Mapping[str, Any] | None = None
) -> bytes:
    """A binary glTF 2.0 file: a node per part and per group, colours per vertex, unlit.

    Vertices stay in aligned metres, z up; the node above them all turns z up into glTF's y up.

    Args:
        parts: the meshes.
        notice: who holds which rights in it, for glTF's own field; "" for nothing.
        extras: what programs may want to know of the whole; JSON values.
    """
    buffer = _Buffer()
    meshes = [{"name": part.name, "primitives": [buffer.primitive(part.mesh)]} for part in parts]
    nodes: list[dict[str, Any]] = [_node(part, index) for index, part in enumerate(parts)]
    groups = list(dict.fromkeys(part.group for part in parts if part.group))
    nodes += [
        {"name": group, "children": [i for i, part in enumerate(parts) if part.group == group]}
        for group in groups
    ]
    alone = [index for index, part in enumerate(parts) if not part.group]
    top = {
        "name": "aligned",
        "matrix": _Y_UP_FROM_Z_UP,
        "children": [*alone, *range(len(parts), len(nodes))],
    }
    asset = {"version": "2.0", "generator": "WhatWhere"}
    document = {
        "asset": asset | ({"copyright": notice} if notice else {}),
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"nodes": [len(nodes)], **({"extras": dict(extras)} if extras else {})}],
        "nodes": [*nodes, top],
        "materials": [{"extensions": {"KHR_materials_unlit": {}}, "doubleSided": False}],
        "meshes": meshes,
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), _JSON_CHUNK) + text
    chunks += struct.pack("<II", len(buffer.data), _BINARY_CHUNK) + bytes(buffer.data)
    return struct.pack("<III", _GLTF_MAGIC, 2, 12 + len(chunks)) + chunks


def ply_bytes(parts: Sequence[NamedMesh], *, notice: str = "") -> bytes:
    """A binary PLY file with all parts in one mesh, coloured per vertex.

    The number `part` of each vertex says to which it belongs; comments name the parts.

    Args:
        parts: the meshes.
        notice: who holds which rights in it, as comments; "" for nothing.
    """
    starts = np.cumsum([0, *(len(part.mesh.vertices) for part in parts)])
    points = np.zeros(
        starts[-1],
        [
            *((axis, "<f4") for axis in "xyz"),
            *((c, "u1") for c in ("red", "green", "blue")),
            ("part", "<i4"),
        ],
    )
    for number, (start, part) in enumerate(zip(starts, parts, strict=False)):
        own = points[start : start + len(part.mesh.vertices)]
        for axis in range(3):
            own["xyz"[axis]] = part.mesh.vertices[:, axis]
            own[("red", "green", "blue")[axis]] = part.mesh.colors[:, axis]
        own["part"] = number
    indices = [part.mesh.faces + start for part, start in zip(parts, starts, strict=False)]
    faces = np.zeros(sum(map(len, indices)), [("vertex_indices", "<i4", (3,))])
    faces["vertex_indices"] = np.concatenate([np.zeros((0, 3), np.int32), *indices])
    file = io.BytesIO()
    elements = [PlyElement.describe(points, "vertex"), PlyElement.describe(faces, "face")]
    PlyData(elements, byte_order="<", comments=_comments(parts, notice)).write(file)
    return file.getvalue()


def _node(part: NamedMesh, index: int) -> dict[str, Any]:
    extras = {"extras": dict(part.extras)} if part.extras else {}
    return {"name": part.name, "mesh": index, **extras}


def _comments(parts: Sequence[NamedMesh], notice: str) -> list[str]:
    """ASCII, as PLY wants it, and no longer than its readers look."""
    lines = [_ascii(line) for line in textwrap.wrap(notice, _COMMENT_CHARACTERS)]
    room = _COMMENTS_CHARACTERS - sum(map(len, lines))
    for number, part in enumerate(parts):
        line = _ascii(f"part {number}: {' · '.join(filter(None, (part.group, part.name)))}")
        room -= len(line)
        if room < 0:
            return [*lines, f"and {len(parts) - number} parts more"]
        lines.append(line)
    return lines


def _ascii(text: str) -> str:
    plain = " ".join(text.replace("·", "-").split())
    return plain.encode("ascii", "backslashreplace").decode()[:_COMMENT_CHARACTERS]


class _Buffer:
    """The binary half of a glTF file, and the tables that say what lies where."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def primitive(self, mesh: Mesh) -> dict[str, Any]:
        opaque = np.full((len(mesh.colors), 4), 255, np.uint8)
        opaque[:, :3] = mesh.colors
        place = self._add(mesh.vertices.astype("<f4"), _FLOAT, "VEC3")
        self.accessors[place] |= {
            "min": mesh.vertices.min(axis=0).tolist(),
            "max": mesh.vertices.max(axis=0).tolist(),
        }
        color = self._add(opaque, _UNSIGNED_BYTE, "VEC4")
        self.accessors[color]["normalized"] = True
        primitive: dict[str, Any] = {
            "attributes": {"POSITION": place, "COLOR_0": color},
            "material": 0,
            "mode": _POINTS,
        }
        if len(mesh.faces):
            indices = self._add(mesh.faces.astype("<u4").reshape(-1), _UNSIGNED_INT, "SCALAR")
            primitive |= {"indices": indices, "mode": _TRIANGLES}
        return primitive

    def _add(self, values: NDArray[Any], component: int, kind: str) -> int:
        raw = np.ascontiguousarray(values).tobytes()
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)}
        self.views.append(view)
        self.data += raw + b"\0" * (-len(raw) % 4)
        self.accessors.append(
            {
                "bufferView": len(self.views) - 1,
                "componentType": component,
                "count": len(values),
                "type": kind,
            }
        )
        return len(self.accessors) - 1
