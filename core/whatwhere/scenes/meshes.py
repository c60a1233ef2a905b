"""Triangle meshes and point clouds from PLY files, checked before anything is allocated.

plyfile does the parsing. It trusts the header, so the header is first read alone with its counts
set aside, and the file must be large enough for what it promises. The result is in the file's own
frame (ScanNet's mesh frame).
"""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from plyfile import PlyData, PlyElement, PlyListProperty, PlyParseError  # type: ignore[import-untyped]

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.scenes.memory import require_memory

_HEADER_LIMIT = 64 * 1024
_INDEX_NAMES = ("vertex_indices", "vertex_index")
_TRIANGLES = {"face": dict.fromkeys(_INDEX_NAMES, 3)}
_GREY = 190
_FARTHEST_M = 1e6

# What plyfile raises on bytes it cannot make sense of (besides its own PlyParseError).
_PARSE_ERRORS = (
    PlyParseError,
    ValueError,  # UnicodeDecodeError is one
    OverflowError,
    TypeError,
    KeyError,
    MemoryError,
    EOFError,
    Warning,  # numpy's, where warnings are errors
)


def read_ply_mesh(
    path: Path,
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.uint8]]:
    """Vertices (N, 3) in metres of the file's frame, faces (M, 3), colours (N, 3) RGB.

    Polygons are cut into fans of triangles, a point cloud has no faces (0, 3), and a mesh without
    colours is grey. The arrays are copies: the file may be replaced afterwards.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is not a PLY file, is cut short, holds no vertices, coordinates that
            are not finite, or faces whose corners do not exist.
        SceneError: it needs more memory than is free.
    """
    if not path.is_file():
        raise MissingFileError(path, what="Mesh", remedy="Check the path, or export the mesh again")
    _check_header(path)
    data = _parse(path)
    vertices = _vertices(path, data["vertex"])
    faces = _faces(path, data, num_vertices=len(vertices))
    return vertices, faces, _colors(data["vertex"])


def _check_header(path: Path) -> None:
    """Refuse a file whose header is broken or promises more rows than its bytes can hold."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(_HEADER_LIMIT)
    except OSError as error:
        raise BrokenFileError(path, f"the mesh cannot be opened ({error.strerror})") from error
    end = re.search(rb"(?:\A|[\r\n])end_header(?:\r\n|\r|\n|\Z)", start)
    if not start.startswith(b"ply") or end is None:
        fault = "is not a PLY file" if not start.startswith(b"ply") else "has no end to its header"
        raise BrokenFileError(path, f"the mesh {fault}")
    elements, counts, is_text = _read_header(path, start[: end.end()])
    if "vertex" not in [element.name for element in elements]:
        raise BrokenFileError(path, "the mesh has no vertices")
    body = size - end.end()
    needed = 0
    for element, count in zip(elements, counts, strict=True):
        if count < 0:
            raise BrokenFileError(path, f"the mesh promises {count} rows of {element.name!r}")
        needed += count * _least_row_bytes(path, element, is_text)
    # The last line of a text file may lack its newline.
    if needed > body + is_text:
        raise BrokenFileError(
            path,
            f"the mesh is cut short: its header promises at least {needed:,} bytes, "
            f"{max(body, 0):,} follow",
        )
    by_name = {element.name: count for element, count in zip(elements, counts, strict=True)}
    require_memory(path, num_vertices=by_name["vertex"], num_faces=by_name.get("face", 0))


def _read_header(path: Path, header: bytes) -> tuple[list[PlyElement], list[int], bool]:
    """The elements and their promised counts, read by plyfile with every count set to 0."""
    counts: list[int] = []

    def set_aside(match: re.Match[str]) -> str:
        counts.append(int(match[2]))
        return f"{match[1]}0"

    try:
        text = header.decode("ascii")
        emptied = re.sub(r"((?:\A|(?<=[\r\n]))\s*element\s+\S+\s+)(\S+)", set_aside, text)
        data = PlyData.read(io.BytesIO(emptied.encode("ascii")))
    except _PARSE_ERRORS as error:
        raise BrokenFileError(path, f"the mesh has a broken header ({error})") from error
    if len(counts) != len(data.elements):
        raise BrokenFileError(path, "the mesh has a broken header")
    return list(data.elements), counts, bool(data.text)


def _least_row_bytes(path: Path, element: PlyElement, is_text: bool) -> int:
    """The fewest bytes one row can take; a face has three corners or more."""
    if not element.properties:
        raise BrokenFileError(path, f"the mesh has rows of {element.name!r} without properties")
    total = 0
    for prop in element.properties:
        if not isinstance(prop, PlyListProperty):
            total += 2 if is_text else np.dtype(prop.dtype()).itemsize
            continue
        length, value = (np.dtype(name) for name in prop.list_dtype())
        if length.kind not in "iu":
            raise BrokenFileError(path, f"the mesh counts {prop.name!r} in fractions")
        corners = 3 if element.name == "face" and prop.name in _INDEX_NAMES else 0
        total += 2 * (1 + corners) if is_text else length.itemsize + corners * value.itemsize
    return total


def _parse(path: Path) -> Any:
    """Plyfile's own reading: mapped when all faces are triangles, row by row when not."""
    try:
        try:
            return PlyData.read(str(path), known_list_len=_TRIANGLES)
        except PlyParseError:
            # Row by row from memory, where a list cannot claim more bytes than there are.
            return PlyData.read(io.BytesIO(path.read_bytes()))
    except _PARSE_ERRORS as error:
        raise BrokenFileError(path, f"the mesh cannot be read ({error})") from error


def _vertices(path: Path, element: Any) -> NDArray[np.float64]:
    try:
        # A signalling NaN would warn of itself; it is refused below.
        with np.errstate(invalid="ignore"):
            columns = [np.asarray(element.data[axis], np.float64) for axis in "xyz"]
    except (ValueError, TypeError) as error:
        raise BrokenFileError(path, "the mesh's vertices lack x, y or z") from error
    vertices = np.stack(columns, axis=1)
    if len(vertices) == 0:
        raise BrokenFileError(path, "the mesh is empty: it holds no vertices")
    # Not a number is neither: both comparisons fail.
    if not (vertices.min() >= -_FARTHEST_M and vertices.max() <= _FARTHEST_M):
        raise BrokenFileError(path, "the mesh has coordinates that are not finite or out of reach")
    return vertices


def _faces(path: Path, data: Any, *, num_vertices: int) -> NDArray[np.int32]:
    if "face" not in data or data["face"].count == 0:
        return np.zeros((0, 3), np.int32)
    names = [prop.name for prop in data["face"].properties]
    name = next((name for name in _INDEX_NAMES if name in names), None)
    if name is None:
        raise BrokenFileError(path, "the mesh's faces lack vertex_indices")
    corners = data["face"].data[name]
    triangles = _fans(path, corners) if corners.dtype == object else np.asarray(corners)
    if triangles.dtype.kind not in "iu":
        raise BrokenFileError(path, "the mesh's faces are not made of whole numbers")
    if triangles.dtype.itemsize <= 4:
        # Out of the file's crooked rows first; an index that is too large becomes negative.
        triangles = triangles.astype(np.int32)
    if triangles.min() < 0 or triangles.max() >= num_vertices:
        raise BrokenFileError(
            path, f"the mesh has faces with corners outside its {num_vertices:,} vertices"
        )
    return triangles.astype(np.int32, copy=False)


def _fans(path: Path, polygons: NDArray[np.object_]) -> NDArray[Any]:
    """Each polygon (0, 1, 2, ...) as the triangles (0, 1, 2), (0, 2, 3), ..."""
    lengths = np.array([np.size(polygon) for polygon in polygons])
    if lengths.min() < 3:
        raise BrokenFileError(path, "the mesh has faces with fewer than three corners")
    flat = np.concatenate(polygons)
    starts = np.cumsum(lengths) - lengths
    num_triangles = lengths - 2
    first = np.repeat(starts, num_triangles)
    turn = np.arange(num_triangles.sum()) - np.repeat(
        np.cumsum(num_triangles) - num_triangles, num_triangles
    )
    return np.asarray(flat[np.stack([first, first + turn + 1, first + turn + 2], axis=1)])


def _colors(element: Any) -> NDArray[np.uint8]:
    names = ("red", "green", "blue")
    if not all(name in element for name in names):
        return np.full((element.count, 3), _GREY, np.uint8)
    channels = np.stack([np.asarray(element.data[name]) for name in names], axis=1)
    if channels.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            return np.asarray(np.nan_to_num(channels).clip(0, 1) * 255).astype(np.uint8)
    return channels.clip(0, 255).astype(np.uint8)
