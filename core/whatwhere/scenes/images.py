"""Colour and depth images: their size from the header, their pixels when asked."""

import struct
from pathlib import Path

import numpy as np
import simplejpeg  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from whatwhere.errors import BrokenFileError

_PNG = b"\x89PNG\r\n\x1a\n"
_HEADER_BYTES = 16 * 1024

# What Pillow raises on files that are cut short or not images at all.
_IMAGE_ERRORS = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) from the header; quick, for a scan has thousands.

    Raises:
        BrokenFileError: it is missing or is not an image.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER_BYTES)
        size = _png_size(start) if start.startswith(_PNG) else _jpeg_size(start)
        if size is not None:
            return size
        with Image.open(path) as image:
            return image.size
    except _IMAGE_ERRORS as error:
        raise _broken(path, error) from error


def read_color(path: Path, *, width_px: int | None = None) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB.

    Args:
        path: of the file.
        width_px: a smaller copy will do, if it is at least so wide.

    Raises:
        BrokenFileError: it is missing, cut short or is not an image.
    """
    try:
        content = path.read_bytes()
        if content.startswith(b"\xff\xd8"):
            # Its own factors: 1, 1/2, 1/4, 1/8 and those between.
            least = {} if width_px is None else {"min_width": width_px, "min_height": 1}
            try:
                return np.asarray(simplejpeg.decode_jpeg(content, **least), np.uint8)
            except ValueError:
                pass  # Pillow reads some JPEGs that simplejpeg refuses (CMYK, for instance).
        with Image.open(path) as image:
            whole = image.convert("RGB")
            factor = 1 if width_px is None else max(1, whole.width // width_px)
            return np.array(whole.reduce(factor), np.uint8)
    except _IMAGE_ERRORS as error:
        raise _broken(path, error) from error


def read_depth(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Depth (h, w) float32 metres from 16-bit millimetres, and where it was measured (not 0).

    Raises:
        BrokenFileError: it is missing, cut short or is not a 16-bit grey image.
    """
    try:
        with Image.open(path) as image:
            mode, depth_mm = image.mode, np.array(image)
    except _IMAGE_ERRORS as error:
        raise _broken(path, error) from error
    if depth_mm.ndim != 2 or not mode.startswith("I"):
        raise BrokenFileError(
            path,
            f"the depth image is not 16-bit grey (its mode is {mode})",
            remedy="Export depth as 16-bit PNG in millimetres",
        )
    depth_m = depth_mm.astype(np.float32) / np.float32(1000)
    return depth_m, depth_mm > 0


def _png_size(start: bytes) -> tuple[int, int] | None:
    """From the first chunk, which is always IHDR; None when there is none."""
    if len(start) < 24 or start[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", start[16:24])
    return (width, height) if width and height else None


def _jpeg_size(start: bytes) -> tuple[int, int] | None:
    """None for what is not JPEG, or holds so much else that the size comes later."""
    try:
        height, width, _, _ = simplejpeg.decode_jpeg_header(start)
    except ValueError:
        return None
    return int(width), int(height)


def _broken(path: Path, error: BaseException) -> BrokenFileError:
    if isinstance(error, FileNotFoundError):
        return BrokenFileError(path, "the image is missing")
    return BrokenFileError(path, "the image cannot be read: it is cut short or not an image")
