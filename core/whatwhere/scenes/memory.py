"""Whether a mesh fits into memory, told before anything of it is allocated."""

from pathlib import Path

import psutil  # type: ignore[import-untyped]

from whatwhere.errors import SceneError

_VERTEX_BYTES = 90
"""A vertex while it is aligned: its file row, float64 before and after, float32, colour."""

_FACE_BYTES = 40
"""A face while it is checked: its file row, and three indices twice."""

_SPARE_BYTES = 256 << 20


def require_memory(path: Path, *, num_vertices: int, num_faces: int) -> None:
    """Refuse a mesh that needs more memory than is free.

    Raises:
        SceneError: it would not fit.
    """
    needed = num_vertices * _VERTEX_BYTES + num_faces * _FACE_BYTES + _SPARE_BYTES
    free = psutil.virtual_memory().available
    if needed > free:
        raise SceneError(
            f"the mesh has {num_vertices:,} vertices and {num_faces:,} faces, which need about "
            f"{needed / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB is free",
            remedy="Close other programs, or open a decimated copy of the mesh",
            path=path,
        )
