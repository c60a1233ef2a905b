"""Instance masks over the vertices of a scan: SciPy's sparse `.npz`, as Mask3D's are passed on."""

import math
import re
import zipfile
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from whatwhere.errors import BrokenFileError

_MEMBERS = {
    "csr": ("data", "indices", "indptr"),
    "csc": ("data", "indices", "indptr"),
    "coo": ("data", "row", "col"),
}
_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?[biufSU]\d{1,3})', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,12},? ?)*)\), ?\}\s*$"
)
_LEAST_LIMIT = 64 * 2**20
_MAX_MASKS = 10_000


def read_masks(path: Path, num_vertices: int) -> list[NDArray[np.int64]]:
    """The vertices of every mask, in the file's order; an empty mask has none.

    Args:
        path: of a matrix with a row per mask and a column per vertex.
        num_vertices: of the mesh that they lie on.

    Raises:
        BrokenFileError: it is no such matrix, or is of another mesh.
    """
    try:
        arrays = _arrays(path)
    except (OSError, EOFError, TypeError, ValueError, NotImplementedError, RuntimeError) as error:
        raise BrokenFileError(path, f"it is no archive of plain arrays ({error})") from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise BrokenFileError(path, f"it is no archive of plain arrays ({error})") from error
    shape, kind = arrays.get("shape", np.zeros(0)), _kind(arrays.get("format"))
    if shape.shape != (2,) or shape.dtype.kind not in "iu" or kind not in _MEMBERS:
        raise BrokenFileError(path, "it is no sparse matrix of masks")
    num_masks, num_columns = (int(value) for value in shape)
    if num_columns != num_vertices:
        raise BrokenFileError(
            path,
            f"its masks are of {num_columns:,} vertices, but the mesh has {num_vertices:,}",
            remedy="Give the masks of this very mesh, _vh_clean_2.ply",
        )
    if not 0 <= num_masks <= _MAX_MASKS:
        raise BrokenFileError(path, f"it holds {num_masks:,} masks, more than {_MAX_MASKS:,}")
    return _rows(path, kind, arrays, (num_masks, num_vertices))


def _rows(
    path: Path, kind: str, arrays: dict[str, NDArray[np.generic]], shape: tuple[int, int]
) -> list[NDArray[np.int64]]:
    if lacking := [name for name in _MEMBERS[kind] if name not in arrays]:
        raise BrokenFileError(path, f"the matrix has no {lacking[0]}")
    data, first, second = (arrays[name] for name in _MEMBERS[kind])
    if any(array.ndim != 1 for array in (data, first, second)) or data.dtype.kind not in "biuf":
        raise BrokenFileError(path, "the matrix is not made of flat arrays of numbers")
    if any(array.dtype.kind not in "iu" for array in (first, second)):
        raise BrokenFileError(path, "the places in the matrix are not whole numbers")
    is_set = data != 0
    try:
        if kind == "coo":
            matrix = sparse.coo_matrix((is_set, (first, second)), shape=shape).tocsr()
        else:
            make = sparse.csr_matrix if kind == "csr" else sparse.csc_matrix
            matrix = make((is_set, first, second), shape=shape)
            matrix.check_format(full_check=True)
            matrix = matrix.tocsr()
    except (ValueError, OverflowError, IndexError) as error:
        raise BrokenFileError(path, f"the matrix does not hold together ({error})") from error
    matrix.eliminate_zeros()
    ends = matrix.indptr
    return [matrix.indices[start:end].astype(np.int64) for start, end in pairwise(ends)]


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Every array of an archive; what their headers promise is compared with what is there."""
    limit = max(_LEAST_LIMIT, 10 * path.stat().st_size)
    with zipfile.ZipFile(path) as archive:
        members = [item for item in archive.infolist() if item.filename.endswith(".npy")]
        if sum(item.file_size for item in members) > limit:
            raise ValueError(f"unpacked it would be larger than {limit:,} bytes")
        return {item.filename.removesuffix(".npy"): _array(archive.read(item)) for item in members}


def _array(raw: bytes) -> NDArray[np.generic]:
    """One `.npy`; numpy's own reader would allocate what the header promises, and evaluates it."""
    is_long = raw[6:8] == b"\x02\x00"
    start = 12 if is_long else 10
    if raw[:6] != b"\x93NUMPY" or raw[6:8] not in (b"\x01\x00", b"\x02\x00") or len(raw) < start:
        raise ValueError("a part of it is no array")
    end = start + int.from_bytes(raw[8:start], "little")
    header = _HEADER.match(raw[start:end])
    if header is None:
        raise ValueError("an array's header cannot be read, or it holds Python objects")
    dtype, body = np.dtype(header[1].decode("ascii")), raw[end:]
    shape = [int(length) for length in header[3].decode("ascii").split(",") if length.strip()]
    if dtype.itemsize == 0 or len(body) != math.prod(shape) * dtype.itemsize:
        raise ValueError("an array is shorter or longer than its header says")
    order: Literal["F", "C"] = "F" if header[2] == b"True" else "C"
    return np.frombuffer(body, dtype).reshape(shape, order=order).copy()


def _kind(value: NDArray[np.generic] | None) -> str:
    """SciPy writes the kind of matrix as an array of bytes or of text."""
    if value is None or value.size != 1:
        return ""
    item = value.reshape(-1)[0].item()
    return item.decode("ascii", "replace") if isinstance(item, bytes) else str(item)
