"""What tests of the core share: a `.sens` file, byte by byte."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

POSE = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
"""Of a camera that looks along +y with z up."""


@pytest.fixture(scope="session")
def sens_bytes() -> Callable[..., bytes]:
    """The bytes of a `.sens` file whose cameras look at `write_scan`'s wall.

    Colour is 64x48, depth 32x24; the third frame lost tracking. Frame k's colour is random with
    seed k, its depth 3,000 + k units with two rows unmeasured.
    """
    return _sens_bytes


def _sens_bytes(
    *,
    num_frames: int = 4,
    color: int = 2,
    depth: int = 1,
    units_per_m: float = 1000.0,
    promised: int | None = None,
    name: bytes = b"StructureSensor",
    color_size: tuple[int, int] = (64, 48),
    noise: int = 0,
) -> bytes:
    width, height = color_size
    parts = [struct.pack("<IQ", 4, len(name)), name]
    for focal, cx, cy in ((60.0, 31.5, 23.5), (1.0, 0.0, 0.0), (30.0, 15.75, 11.75), (1.0, 0, 0)):
        matrix = np.diag([focal, focal, 1.0, 1.0])
        matrix[:2, 2] = cx, cy
        parts.append(matrix.astype("<f4").tobytes())
    parts.append(struct.pack("<ii", color, depth))
    parts.append(struct.pack("<IIII", width, height, 32, 24))
    parts.append(struct.pack("<f", units_per_m))
    parts.append(struct.pack("<Q", num_frames if promised is None else promised))
    for index in range(num_frames):
        pose = np.full((4, 4), -np.inf) if index == 2 else POSE
        rng = np.random.default_rng(index)
        pixels = rng.integers(0, 255, (height, width, 3), np.uint8)
        units = np.full((24, 32), 3000 + index, "<u2")
        units += rng.integers(0, noise + 1, units.shape, np.uint16)
        units[:2] = 0
        color_blob = _color(pixels, color)
        depth_blob = units.tobytes() if depth == 0 else zlib.compress(units.tobytes())
        parts.append(pose.astype("<f4").tobytes())
        parts.append(struct.pack("<QQQQ", 7, 7, len(color_blob), len(depth_blob)))
        parts += [color_blob, depth_blob]
    parts.append(struct.pack("<Q", 1))  # one IMU frame, of 128 bytes
    parts.append(bytes(128))
    return b"".join(parts)


def _color(pixels: np.ndarray, form: int) -> bytes:
    if form == 0:
        return pixels.tobytes()
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG" if form == 1 else "JPEG")
    return file.getvalue()
