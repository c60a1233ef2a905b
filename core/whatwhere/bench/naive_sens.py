"""A reader of `.sens` files as one writes it first, after the public format; a stand-in only.

It stands beside ours where the user's copy of ScanNet's own reader is not at hand: the whole file
is read into memory, colour is decoded and compressed again, depth goes through Pillow's PNG.
"""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def export_naively(path: Path, folder: Path) -> None:
    """Write every frame of a JPEG and zlib recording into color, depth and pose."""
    for part in ("color", "depth", "pose"):
        (folder / part).mkdir(parents=True)
    with path.open("rb") as file:
        (name_bytes,) = struct.unpack("<4xQ", file.read(12))
        file.read(name_bytes + 4 * 64 + 8 + 8)
        width, height, _, num_frames = struct.unpack("<IIfQ", file.read(20))
        frames = [_read_frame(file) for _ in range(num_frames)]
    for index, (pose, color, depth) in enumerate(frames):
        Image.open(io.BytesIO(color)).save(folder / "color" / f"{index}.jpg")
        units = np.frombuffer(zlib.decompress(depth), "<u2").reshape(height, width)
        Image.fromarray(units).save(folder / "depth" / f"{index}.png")
        np.savetxt(folder / "pose" / f"{index}.txt", pose, fmt="%f")


def _read_frame(file: io.BufferedReader) -> tuple[np.ndarray, bytes, bytes]:
    pose = np.frombuffer(file.read(64), "<f4").reshape(4, 4)
    color_bytes, depth_bytes = struct.unpack("<16xQQ", file.read(32))
    return pose, file.read(color_bytes), file.read(depth_bytes)
