"""The colour and depth cameras of a scan, and for which image size they were measured.

Exports often resize the colour images and leave their intrinsics alone, so a matrix says nothing
until one knows its image size. The principal point tells: it lies near the middle.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.scan_text import ScanText, read_matrix

Size = tuple[int, int]
"""(width, height) in pixels."""

_NEAR_MIDDLE = 0.15
"""A principal point this far from the middle, as a share of the half size, still belongs to it."""

# Where the two layouts keep them, relative to the folder of intrinsics.
_FILES = {
    "color": ("intrinsic_color.txt", "intrinsic.txt"),
    "depth": ("intrinsic_depth.txt", "depth_intrinsic.txt"),
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """The cameras of a scan.

    Attributes:
        color: at the size it was measured for; None when nothing tells.
        depth: likewise.
        assumptions: what was assumed, as sentences.
    """

    color: Intrinsics | None
    depth: Intrinsics | None
    assumptions: tuple[str, ...] = ()


def read_calibration(
    folder: Path, text: ScanText, *, color_size: Size | None, depth_size: Size | None
) -> Calibration:
    """From the intrinsics files, else from the scan's text file, else one camera for both.

    Raises:
        BrokenFileError: an intrinsics file is not the matrix of a camera.
    """
    said: list[str] = []
    color = _camera("color", folder, text, color_size, said)
    depth = _camera("depth", folder, text, depth_size, said)
    return joined(color, depth, said)


def joined(color: Intrinsics | None, depth: Intrinsics | None, said: list[str]) -> Calibration:
    """Both cameras, one standing in for the other where that is missing."""
    if color is None and depth is not None:
        color = depth
        said.append("The colour camera's intrinsics are missing; the depth camera's are used.")
    elif depth is None and color is not None:
        depth = color
        said.append("The depth camera's intrinsics are missing; the colour camera's are used.")
    return Calibration(color, depth, tuple(said))


def measured_size(
    matrix: Matrix4, *, image_size: Size | None, text_size: Size | None
) -> tuple[Size, bool]:
    """The image size a camera matrix was measured for, and whether it had to be guessed.

    The actual images' size or the scan text's, whichever has its middle nearer to the principal
    point; if both are far off, twice the principal point.
    """
    cx, cy = float(matrix[0, 2]), float(matrix[1, 2])
    candidates = [size for size in (image_size, text_size) if size is not None]
    if candidates:
        best = min(candidates, key=lambda size: _off_middle(cx, cy, size))
        if _off_middle(cx, cy, best) <= _NEAR_MIDDLE:
            return best, False
    return (max(1, round(2 * cx)), max(1, round(2 * cy))), True


def _camera(
    kind: str, folder: Path, text: ScanText, image_size: Size | None, said: list[str]
) -> Intrinsics | None:
    path = next((folder / name for name in _FILES[kind] if (folder / name).is_file()), None)
    matrix = text.camera_matrix(kind) if path is None else _read_camera(path)
    if matrix is None:
        return None
    return camera_for(kind, matrix, image_size=image_size, text_size=text.size(kind), said=said)


def camera_for(
    kind: str,
    matrix: Matrix4,
    *,
    image_size: Size | None,
    text_size: Size | None,
    said: list[str],
) -> Intrinsics | None:
    """The "color" or "depth" camera at the size it was measured for; None for a matrix of none.

    What had to be assumed is added to `said`.
    """
    if not np.isfinite(matrix).all() or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        return None
    size, guessed = measured_size(matrix, image_size=image_size, text_size=text_size)
    if image_size is not None and size != image_size:
        name = "colour" if kind == "color" else kind
        basis = "judging by the principal point" if guessed else "as the scan's text file says"
        said.append(
            f"The {name} images are {image_size[0]}x{image_size[1]} but their intrinsics are for "
            f"{size[0]}x{size[1]}, {basis}; each axis was scaled."
        )
    return Intrinsics.from_matrix(matrix, width=size[0], height=size[1])


def _read_camera(path: Path) -> Matrix4:
    """A camera matrix; a focal length of 0 is how some exporters say that they know none."""
    matrix = read_matrix(path)
    if not np.isfinite(matrix).all() or (matrix[:2, 2] < 0).any():
        raise BrokenFileError(
            path, "it is no camera matrix: it is not finite, or its middle lies outside the image"
        )
    return matrix


def _off_middle(cx: float, cy: float, size: Size) -> float:
    """The principal point's distance from the middle, as a share of the half size."""
    half_width, half_height = size[0] / 2, size[1] / 2
    return max(abs(cx - half_width) / half_width, abs(cy - half_height) / half_height)
