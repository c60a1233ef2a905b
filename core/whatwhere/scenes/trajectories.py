"""Trajectories: the poses of many frames in one text file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.poses import Matrix4, rotations
from whatwhere.scenes.scan_text import parse_number, read_text

_LIMIT_BYTES = 64 << 20
_NEAREST_S = 0.02
"""As in TUM's own script: what is farther apart in time does not belong together."""


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Poses in file order.

    Attributes:
        path: the file.
        times_s: (N,) when each was taken; None in a file without times.
        poses: (N, 4, 4), as the file means them, finite or not.
    """

    path: Path
    times_s: NDArray[np.float64] | None
    poses: NDArray[np.float64]

    def at(self, time_s: float) -> Matrix4 | None:
        """The pose nearest in time, or None when that is too far."""
        if self.times_s is None or not len(self.times_s):
            return None
        nearest = int(np.argmin(np.abs(self.times_s - time_s)))
        if not abs(self.times_s[nearest] - time_s) <= _NEAREST_S:
            return None
        return np.asarray(self.poses[nearest])


def read_trajectory(path: Path) -> Trajectory:
    """A text file with one pose per line; lines that begin with # are skipped.

    A line holds tx ty tz qx qy qz qw, the same after a time (TUM), or a 3x4 or 4x4 matrix.

    Raises:
        BrokenFileError: lines hold anything else, or not all the same.
    """
    rows: list[list[float]] = []
    for number, line in enumerate(read_text(path, limit=_LIMIT_BYTES).splitlines(), start=1):
        words = line.replace(",", " ").split()
        if not words or words[0].startswith("#"):
            continue
        numbers = [parse_number(word) for word in words]
        values = [number for number in numbers if number is not None]
        if len(values) < len(numbers) or len(values) not in (7, 8, 12, 16):
            raise BrokenFileError(path, f"line {number} is no pose: it has {len(words)} words")
        if rows and len(values) != len(rows[0]):
            raise BrokenFileError(path, f"line {number} has another form than the lines before it")
        rows.append(values)
    if not rows:
        raise BrokenFileError(path, "it holds no pose")
    table = np.array(rows, float)
    columns = table.shape[1]
    times_s = table[:, 0] if columns == 8 else None
    return Trajectory(path, times_s, _from_rows(table[:, 1:] if columns == 8 else table))


def _from_rows(table: NDArray[np.float64]) -> NDArray[np.float64]:
    poses = np.tile(np.eye(4), (len(table), 1, 1))
    if table.shape[1] != 7:
        poses.reshape(-1, 16)[:, : table.shape[1]] = table
        return poses
    poses[:, :3, 3] = table[:, :3]
    quaternions = table[:, 3:]
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.linalg.norm(quaternions, axis=1)
        is_turn = np.isfinite(table).all(axis=1) & (np.abs(norms - 1) < 0.05)
    poses[~is_turn] = np.nan
    if is_turn.any():
        poses[is_turn, :3, :3] = rotations(quaternions[is_turn])
    return poses


def read_image_list(path: Path) -> list[tuple[float, str]]:
    """TUM's rgb.txt and depth.txt: a time and a file name per line.

    Raises:
        BrokenFileError: a line holds anything else.
    """
    found = []
    for number, line in enumerate(read_text(path, limit=_LIMIT_BYTES).splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        time_s = parse_number(words[0])
        if len(words) != 2 or time_s is None or not np.isfinite(time_s):
            raise BrokenFileError(path, f"line {number} is not a time and a file name")
        found.append((time_s, words[1]))
    return found
