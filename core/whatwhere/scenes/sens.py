"""ScanNet's `.sens` files, version 4: what the header says, and where every frame's bytes lie.

A file holds thousands of RGB-D frames in gigabytes. It is mapped, not read: one walk from header
to header notes where each frame lies, and pixels are decoded when they are asked for.
"""

import mmap
import struct
import zlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, MissingFileError, SceneError
from whatwhere.scenes.images import MAX_PIXELS, decode_color, metres, size_in

SUFFIX = ".sens"
FRAME_HEADER_BYTES = 96
"""Pose (16 x float32), two times and two sizes (uint64 each) before the bytes of a frame."""

_VERSION = 4
_MAX_NAME_BYTES = 4096
_DEFLATE_RATIO = 1032
"""No deflate stream grows by more; so what claims to is refused before it is inflated."""

_AFTER_NAME = struct.Struct("<64fii4IfQ")
_SIZES = struct.Struct("<QQ")
_TOLD_EVERY = 4096

OnWalk = Callable[[int, int], None]
"""Called with (frames found, frames promised); what it raises stops the walk."""

ColorForm = Literal["unknown", "raw", "png", "jpeg"]
DepthForm = Literal["unknown", "raw", "zlib", "occi"]
_COLOR_FORMS: dict[int, ColorForm] = {-1: "unknown", 0: "raw", 1: "png", 2: "jpeg"}
_DEPTH_FORMS: dict[int, DepthForm] = {-1: "unknown", 0: "raw", 1: "zlib", 2: "occi"}


@dataclass(frozen=True, slots=True, eq=False)
class SensHeader:
    """What stands before the frames.

    Attributes:
        sensor: its name, e.g. "StructureSensor".
        intrinsic_color: (4, 4), for `color_size`; so on for the other three.
        color_form: how colour is compressed.
        depth_form: how depth is compressed.
        color_size: (width, height) in pixels.
        depth_size: likewise.
        depth_units_per_m: 1000 in ScanNet.
        num_frames: how many frames the file promises.
    """

    sensor: str
    intrinsic_color: NDArray[np.float64]
    extrinsic_color: NDArray[np.float64]
    intrinsic_depth: NDArray[np.float64]
    extrinsic_depth: NDArray[np.float64]
    color_form: ColorForm
    depth_form: DepthForm
    color_size: tuple[int, int]
    depth_size: tuple[int, int]
    depth_units_per_m: float
    num_frames: int


class SensFile:
    """One mapped file; safe to use from threads.

    Attributes:
        path: of the file.
        header: what it says of all frames.
        world_from_camera: (n, 4, 4) float64 of the n frames that are there whole; mesh frame, -inf
            where tracking was lost.
        color_bytes: (n,) size of each frame's colour.
        depth_bytes: (n,) size of each frame's depth.
        fault: why there are fewer frames than the header promises, or None.
    """

    def __init__(self, path: Path, *, on_walk: OnWalk | None = None) -> None:
        """Map a file and find its frames.

        Raises:
            MissingFileError: there is no such file.
            BrokenFileError: it is no .sens file of version 4, or its header is cut short.
            SceneError: its depth is compressed in a way that nobody else can read.
        """
        self.path = path
        self._data = _map(path)
        self.header, start = _read_header(path, self._data)
        if self.header.depth_form == "occi":
            raise SceneError(
                "its depth is compressed with OCCI, a codec of Occipital's that is not public",
                remedy="Convert it with the sensor's own software to zlib, or export its frames",
                path=path,
            )
        starts, rows = _walk(self._data, start, self.header.num_frames, on_walk)
        self._starts = starts
        with np.errstate(invalid="ignore"):  # a signalling NaN would warn of itself
            self.world_from_camera = rows["pose"].astype(np.float64).reshape(-1, 4, 4)
        self.color_bytes: NDArray[np.int64] = rows["color"].astype(np.int64)
        self.depth_bytes: NDArray[np.int64] = rows["depth"].astype(np.int64)
        self.fault = self._missing(len(starts))

    def __len__(self) -> int:
        """How many frames are there whole."""
        return len(self._starts)

    def color_blob(self, index: int) -> bytes:
        """One frame's colour as it is stored.

        Raises:
            BrokenFileError: the file has become shorter.
        """
        return self._blob(self._starts[index], int(self.color_bytes[index]))

    def depth_blob(self, index: int) -> bytes:
        """One frame's depth as it is stored.

        Raises:
            BrokenFileError: the file has become shorter.
        """
        start = self._starts[index] + int(self.color_bytes[index])
        return self._blob(start, int(self.depth_bytes[index]))

    def color(self, index: int, *, width_px: int | None = None) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB of one frame.

        Args:
            index: of the frame.
            width_px: a smaller copy will do, if it is at least so wide.

        Raises:
            BrokenFileError: its colour is broken or is not of the size that the header says.
        """
        blob, (width, height) = self.color_blob(index), self.header.color_size
        if self.header.color_form == "raw":
            if len(blob) != width * height * 3:
                raise self._broken(index, "colour", f"is not {width}x{height} pixels")
            return np.frombuffer(blob, np.uint8).reshape(height, width, 3)
        size = size_in(blob)
        if size != self.header.color_size:
            is_what = "is neither JPEG nor PNG" if size is None else f"is {size[0]}x{size[1]}"
            raise self._broken(index, "colour", f"{is_what} where {width}x{height} was promised")
        try:
            return decode_color(blob, self.path, width_px=width_px)
        except BrokenFileError as error:
            raise self._broken(index, "colour", "cannot be decoded") from error

    def depth_units(self, index: int) -> NDArray[np.uint16]:
        """(h, w) depth of one frame as it was measured, 0 where it was not.

        Raises:
            BrokenFileError: its depth is broken or is not of the size that the header says.
        """
        blob, (width, height) = self.depth_blob(index), self.header.depth_size
        needed = width * height * 2
        is_raw = self.header.depth_form == "raw"
        if self.header.depth_form == "unknown":
            is_raw = len(blob) == needed
        if not is_raw:
            if needed > len(blob) * _DEFLATE_RATIO:
                raise self._broken(index, "depth", f"is not {width}x{height} pixels")
            try:
                blob = zlib.decompressobj().decompress(blob, needed + 1)
            except zlib.error as error:
                raise self._broken(index, "depth", "cannot be inflated") from error
        if len(blob) != needed:
            raise self._broken(index, "depth", f"is not {width}x{height} pixels")
        return np.frombuffer(blob, "<u2").reshape(height, width)

    def depth(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """(h, w) metres of one frame, and where it was measured.

        Raises:
            BrokenFileError: as `depth_units`.
        """
        return metres(self.depth_units(index), units_per_m=self.header.depth_units_per_m)

    def _blob(self, start: int, size: int) -> bytes:
        # Touching what is no longer there would end the process with SIGBUS.
        if self._data.size() < start + size:
            raise BrokenFileError(self.path, "it has become shorter since it was opened")
        return self._data[start : start + size]

    def _broken(self, index: int, what: str, fault: str) -> BrokenFileError:
        return BrokenFileError(self.path, f"frame {index} is broken: its {what} {fault}")

    def _missing(self, num_found: int) -> str | None:
        promised = self.header.num_frames
        if num_found == promised:
            return None
        whole = "frame is" if num_found == 1 else "frames are"
        return (
            f"{self.path.name} is cut short: {num_found:,} of {promised:,} {whole} there whole. "
            "Those are used; download the file again for the rest."
        )


_ROW = np.dtype(
    [("pose", "<f4", 16), ("color_time", "<u8"), ("depth_time", "<u8")]
    + [("color", "<u8"), ("depth", "<u8")]
)


def _map(path: Path) -> mmap.mmap:
    if not path.is_file():
        raise MissingFileError(path, what="Recording", remedy="Check the path")
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError as error:  # nothing can be mapped
        raise BrokenFileError(path, "it is empty") from error
    except OSError as error:
        raise BrokenFileError(path, f"it cannot be opened ({error.strerror})") from error
    if hasattr(mmap, "MADV_RANDOM"):
        data.madvise(mmap.MADV_RANDOM)  # else every header drags its neighbourhood from the disk
    return data


def _read_header(path: Path, data: mmap.mmap) -> tuple[SensHeader, int]:
    """What stands before the frames, and where they begin."""
    start = data[: 12 + _MAX_NAME_BYTES + _AFTER_NAME.size]
    if len(start) < 12:
        raise BrokenFileError(path, "it is cut short within its header")
    version, name_bytes = struct.unpack_from("<IQ", start)
    if version != _VERSION or name_bytes > _MAX_NAME_BYTES:
        raise BrokenFileError(
            path,
            f"it is no .sens file of version {_VERSION}, the only one there is",
            remedy="Check that this is a recording of ScanNet's, and download it again",
        )
    after = 12 + name_bytes
    if len(start) < after + _AFTER_NAME.size:
        raise BrokenFileError(path, "it is cut short within its header")
    values = _AFTER_NAME.unpack_from(start, after)
    matrices = np.array(values[:64]).reshape(4, 4, 4)
    color, depth, color_width, color_height, depth_width, depth_height = values[64:70]
    units_per_m, num_frames = values[70:]
    if color not in _COLOR_FORMS or depth not in _DEPTH_FORMS:
        raise BrokenFileError(path, f"its compression ({color}, {depth}) is none that is known")
    pixels = (color_width * color_height, depth_width * depth_height)
    if not all(1 <= count <= MAX_PIXELS for count in pixels):
        raise BrokenFileError(
            path,
            f"its images cannot be {color_width}x{color_height} and {depth_width}x{depth_height}",
        )
    if not 0 < units_per_m < np.inf:
        raise BrokenFileError(path, f"its depth cannot have {units_per_m} units per metre")
    header = SensHeader(
        sensor=start[12:after].decode("ascii", "replace").rstrip("\0"),
        intrinsic_color=matrices[0],
        extrinsic_color=matrices[1],
        intrinsic_depth=matrices[2],
        extrinsic_depth=matrices[3],
        color_form=_COLOR_FORMS[color],
        depth_form=_DEPTH_FORMS[depth],
        color_size=(color_width, color_height),
        depth_size=(depth_width, depth_height),
        depth_units_per_m=units_per_m,
        num_frames=num_frames,
    )
    return header, after + _AFTER_NAME.size


def _walk(
    data: mmap.mmap, start: int, promised: int, on_walk: OnWalk | None
) -> tuple["array[int]", NDArray[np.void]]:
    """Where the bytes of each whole frame begin, and the frames' headers as rows."""
    starts, headers = array("q"), bytearray()
    end, unpack, at_sizes = len(data), _SIZES.unpack_from, FRAME_HEADER_BYTES - _SIZES.size
    while len(starts) < promised:
        body = start + FRAME_HEADER_BYTES
        if body > end:
            break
        color_bytes, depth_bytes = unpack(data, start + at_sizes)
        after = body + color_bytes + depth_bytes
        # A frame without a byte is what a download that was never filled is made of.
        if after > end or after == body:
            break
        starts.append(body)
        headers += data[start:body]
        start = after
        if on_walk is not None and len(starts) % _TOLD_EVERY == 0:
            on_walk(len(starts), promised)
    return starts, np.frombuffer(bytes(headers), _ROW)
