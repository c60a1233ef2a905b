"""Recordings to measure on, made here: `.sens` files of the sizes that ScanNet's have."""

import io
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from whatwhere.bench.rooms import first_room
from whatwhere.scenes.opening import open_scene

COLOR_SIZE = (1296, 968)
DEPTH_SIZE = (640, 480)

_FRAME = struct.Struct("<QQQQ")
_NOISE_AT_1_M = 0.0028
"""Metres; it grows with the square of the distance, as that of a structured-light camera does."""
_UNMEASURED = 0.3
"""Share of pixels without depth, about what real ones lack."""

Blobs = tuple[bytes, bytes]
"""One frame's colour (JPEG) and depth (zlib)."""


def room_blobs(count: int) -> list[Blobs]:
    """Frames of a demo room at ScanNet's sizes, with the noise of its sensors."""
    scene = open_scene(first_room())
    rng = np.random.default_rng(0)
    blobs = []
    for header in [scene.frames[index % len(scene.frames)] for index in range(count)]:
        frame = scene.read_frame(header)
        color = np.asarray(Image.fromarray(frame.color).resize(COLOR_SIZE), np.int16)
        color += rng.integers(-5, 6, color.shape, np.int16)
        jpeg = io.BytesIO()
        Image.fromarray(color.clip(0, 255).astype(np.uint8)).save(jpeg, "JPEG", quality=85)
        depth_m = np.asarray(Image.fromarray(frame.depth_m).resize(DEPTH_SIZE), np.float64)
        depth_m += rng.normal(0, 1, depth_m.shape) * _NOISE_AT_1_M * depth_m**2
        depth_mm = np.rint(depth_m * 1000).clip(0, 65535).astype("<u2")
        depth_mm[:, : round(_UNMEASURED * DEPTH_SIZE[0])] = 0
        blobs.append((jpeg.getvalue(), zlib.compress(depth_mm.tobytes())))
    return blobs


def write_recording(path: Path, frames: Sequence[Blobs]) -> None:
    """A whole `.sens` file of these frames."""
    with path.open("wb") as file:
        file.write(_header(len(frames)))
        for index, (color, depth) in enumerate(frames):
            file.write(_pose(index) + _FRAME.pack(0, 0, len(color), len(depth)) + color + depth)
        file.write(struct.pack("<Q", 0))


def write_hollow_recording(path: Path, *, num_bytes: int, frame_bytes: int) -> int:
    """A `.sens` file of any length whose images are holes, so that it takes hardly any disk.

    Returns:
        How many frames it has.
    """
    num_frames = num_bytes // frame_bytes
    color, depth = frame_bytes // 2, frame_bytes - frame_bytes // 2
    with path.open("wb") as file:
        file.write(_header(num_frames))
        for index in range(num_frames):
            file.write(_pose(index) + _FRAME.pack(0, 0, color, depth))
            file.seek(frame_bytes, io.SEEK_CUR)
        file.write(struct.pack("<Q", 0))
    return num_frames


def _header(num_frames: int) -> bytes:
    color, depth = _camera(1170.0, COLOR_SIZE), _camera(577.0, DEPTH_SIZE)
    cameras = np.stack([color, np.eye(4), depth, np.eye(4)]).astype("<f4").tobytes()
    name = b"StructureSensor"
    start = struct.pack("<IQ", 4, len(name)) + name
    sizes = struct.pack("<iiIIII", 2, 1, *COLOR_SIZE, *DEPTH_SIZE)
    return start + cameras + sizes + struct.pack("<fQ", 1000, num_frames)


def _camera(focal_px: float, size: tuple[int, int]) -> NDArray[np.float64]:
    matrix = np.diag([focal_px, focal_px, 1.0, 1.0])
    matrix[:2, 2] = (size[0] - 1) / 2, (size[1] - 1) / 2
    return matrix


def _pose(index: int) -> bytes:
    pose = np.eye(4, dtype="<f4")
    pose[0, 3] = index * 0.001
    return pose.tobytes()
