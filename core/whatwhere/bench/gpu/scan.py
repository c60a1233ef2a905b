"""A scan of made-up pictures: only how many there are, and how large, matters."""

from pathlib import Path

import numpy as np
from PIL import Image

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Scene

_RADIUS_M = 2.5
_NUM_BOXES = 40


def write_scan(
    folder: Path, *, num_frames: int, color_size: tuple[int, int], depth_size: tuple[int, int]
) -> Scene:
    """Frames of a camera that turns once in the middle of a round room.

    Args:
        folder: that is made.
        num_frames: of the scan.
        color_size: (width, height), pixels.
        depth_size: (width, height), pixels.
    """
    for name in ("color", "depth", "pose", "intrinsic"):
        (folder / name).mkdir(parents=True)
    noise = np.random.default_rng(0)
    depth_mm = np.full(depth_size[::-1], 1000 * _RADIUS_M, np.uint16)
    for index in range(num_frames):
        coarse = noise.integers(0, 256, (24, 32, 3), np.uint8)
        picture = Image.fromarray(coarse).resize(color_size, Image.Resampling.BICUBIC)
        picture.save(folder / "color" / f"{index}.jpg", quality=90)
        Image.fromarray(depth_mm).save(folder / "depth" / f"{index}.png")
        np.savetxt(folder / "pose" / f"{index}.txt", _pose(2 * np.pi * index / num_frames))
    for kind, (width, height) in (("color", color_size), ("depth", depth_size)):
        matrix = np.diag([0.9 * width, 0.9 * width, 1.0, 1.0])
        matrix[:2, 2] = (width - 1) / 2, (height - 1) / 2
        np.savetxt(folder / "intrinsic" / f"intrinsic_{kind}.txt", matrix)
    return open_scene(folder)


def boxes() -> tuple[Proposal, ...]:
    """Candidates on the wall of that room."""
    angles = 2 * np.pi * np.arange(_NUM_BOXES) / _NUM_BOXES
    return tuple(
        Proposal(
            index,
            Box((_RADIUS_M * np.cos(angle), _RADIUS_M * np.sin(angle), 0.0), (0.8, 0.8, 0.8)),
            "user",
        )
        for index, angle in enumerate(angles)
    )


def _pose(angle: float) -> np.ndarray:
    """(4, 4) camera to world, OpenCV axes, looking along a horizontal direction."""
    cos, sin = np.cos(angle), np.sin(angle)
    pose = np.eye(4)
    pose[:3, :3] = np.array([[sin, -cos, 0], [0, 0, -1], [cos, sin, 0]]).T
    return pose
