"""Colour and depth images: their size from the header, their pixels when asked."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import simplejpeg  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from whatwhere.errors import BrokenFileError

_PNG = b"\x89PNG\r\n\x1a\n"
_HEADER_BYTES = 16 * 1024

MILLIMETRES = 1000.0
"""Depth units per metre, where nothing else is said."""

MAX_PIXELS = 64 << 20
"""More than any camera of a scanner has."""

_MAX_BYTES = 256 << 20
_JPEG_RATIO = 512
"""Pixels that one byte can stand for: a bit for each block of 8 x 8."""
_PNG_RATIO = 8 * 1032
"""Likewise: deflate grows by 1032 at most, and a pixel has one bit at least."""

NO_DEPTH = 65535
""""No measurement" in some depth images; 0 is in all."""

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
        size = size_in(start)
        if size is not None:
            return size
        with _opened(_content(path)) as image:
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
    return decode_color(_content(path), path, width_px=width_px)


def decode_color(content: bytes, path: Path, *, width_px: int | None = None) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB of a JPEG, a PNG or what else Pillow reads.

    Args:
        content: of the whole image file.
        path: the file it comes from, for the sentence when it is broken.
        width_px: a smaller copy will do, if it is at least so wide.

    Raises:
        BrokenFileError: it is cut short or is not an image.
    """
    try:
        if content.startswith(b"\xff\xd8") and _may_hold(content, size_in(content), _JPEG_RATIO):
            # Its own factors: 1, 1/2, 1/4, 1/8 and those between.
            least = {} if width_px is None else {"min_width": width_px, "min_height": 1}
            try:
                return np.asarray(simplejpeg.decode_jpeg(content, **least), np.uint8)
            except ValueError:
                pass  # Pillow reads some JPEGs that simplejpeg refuses (CMYK, for instance).
        with _opened(content) as image:
            whole = image.convert("RGB")
            factor = 1 if width_px is None else max(1, whole.width // width_px)
            return np.array(whole.reduce(factor), np.uint8)
    except _IMAGE_ERRORS as error:
        raise _broken(path, error) from error


def encode_color(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) RGB as a PNG, made quickly rather than small."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def encode_depth(units: NDArray[np.uint16]) -> bytes:
    """(h, w) as a 16-bit grey PNG, quicker by half than Pillow's and as small.

    Differences of neighbours in a row (PNG's filter 1), then runs and Huffman codes only: depth
    holds no patterns that a longer search would find.
    """
    height, width = units.shape
    big_endian = units.astype(">u2").view(np.uint8).reshape(height, 2 * width)
    rows = np.empty((height, 1 + 2 * width), np.uint8)
    rows[:, 0] = 1
    rows[:, 1:3] = big_endian[:, :2]
    np.subtract(big_endian[:, 2:], big_endian[:, :-2], out=rows[:, 3:])
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    packed = packer.compress(rows.tobytes()) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return _PNG + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def size_in(start: bytes) -> tuple[int, int] | None:
    """(width, height) from the first bytes of a PNG or JPEG; None when they do not tell."""
    return _png_size(start) if start.startswith(_PNG) else _jpeg_size(start)


def read_depth_units(path: Path) -> NDArray[np.uint16]:
    """(h, w) as stored in a 16-bit image.

    Raises:
        BrokenFileError: it is missing, cut short or is not a 16-bit grey image.
    """
    content = _content(path)
    try:
        with _opened(content) as image:
            mode, units = image.mode, np.array(image)
    except _IMAGE_ERRORS as error:
        raise _broken(path, error) from error
    if units.ndim != 2 or not mode.startswith("I"):
        raise BrokenFileError(
            path,
            f"the depth image is not 16-bit grey (its mode is {mode})",
            remedy="Export depth as 16-bit PNG in millimetres",
        )
    return units.clip(0, NO_DEPTH).astype(np.uint16)


def read_levels(path: Path) -> NDArray[np.uint8]:
    """(h, w) of an 8-bit grey image.

    Raises:
        BrokenFileError: it is missing, cut short or is not an 8-bit grey image.
    """
    content = _content(path)
    try:
        with _opened(content) as image:
            mode, levels = image.mode, np.array(image)
    except _IMAGE_ERRORS as error:
        raise _broken(path, error) from error
    if mode != "L":
        raise BrokenFileError(path, f"the image is not 8-bit grey (its mode is {mode})")
    return levels


def metres(
    units: NDArray[np.integer], *, units_per_m: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Depth (h, w) float32 metres from whole units, and where it was measured.

    0 means no measurement, and so does 65535, which 7-Scenes writes and no depth camera reaches.
    """
    valid = (units > 0) & (units < NO_DEPTH)
    depth_m = units.astype(np.float32) / np.float32(units_per_m)
    depth_m[~valid] = 0
    return depth_m, valid


def _content(path: Path) -> bytes:
    """The whole file, for Pillow believes a length that stands in one and asks for that much."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BrokenFileError(path, "it is larger than any image of a frame")
        return path.read_bytes()
    except OSError as error:
        raise _broken(path, error) from error


def _opened(content: bytes) -> Image.Image:
    """Pillow's image, unless its header promises more pixels than its bytes can hold."""
    image = Image.open(io.BytesIO(content))
    if not _may_hold(content, image.size, _PNG_RATIO):
        raise ValueError("the header promises too many pixels")
    return image


def _may_hold(content: bytes, size: tuple[int, int] | None, ratio: int) -> bool:
    if size is None:
        return True  # whoever decodes it finds out
    return size[0] * size[1] <= min(len(content) * ratio, MAX_PIXELS)


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
