"""ScanNet's small text files: the scan's `<id>.txt` and 4x4 matrices."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.poses import Matrix4, rigid_fault


@dataclass(frozen=True, slots=True, eq=False)
class ScanText:
    """What the scan's text file says.

    Attributes:
        aligned_from_mesh: its axisAlignment; the identity when it has none.
        is_aligned: whether it has one (ScanNet's test scans do not).
        values: every `key = value` line as written.
    """

    aligned_from_mesh: Matrix4
    is_aligned: bool
    values: dict[str, str]

    @classmethod
    def empty(cls) -> "ScanText":
        """Of a scan that has no text file."""
        return cls(np.eye(4), is_aligned=False, values={})

    @property
    def kind(self) -> str:
        """What kind of room it is, as the scanner's user said (sceneType); "" when unknown."""
        return self.values.get("sceneType", "")

    def size(self, kind: str) -> tuple[int, int] | None:
        """(width, height) of the "color" or "depth" stream, when the file tells."""
        width, height = self.number(f"{kind}Width"), self.number(f"{kind}Height")
        if not width or not height or min(width, height) < 1:
            return None
        return int(width), int(height)

    def camera_matrix(self, kind: str) -> Matrix4 | None:
        """The "color" or "depth" camera from fx, fy, mx, my, when the file tells."""
        values = [self.number(f"{name}_{kind}") for name in ("fx", "fy", "mx", "my")]
        fx, fy, cx, cy = values
        if fx is None or fy is None or cx is None or cy is None:
            return None
        matrix = np.eye(4)
        matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2] = fx, fy, cx, cy
        return matrix

    def number(self, key: str) -> float | None:
        """A value as a finite number, or None when it is absent or is not one."""
        value = parse_number(self.values.get(key, ""))
        return value if value is not None and np.isfinite(value) else None


def read_scan_text(path: Path) -> ScanText:
    """The scan's text file; an absent one says nothing, so the identity is used.

    Raises:
        BrokenFileError: its axisAlignment is not a rigid 4x4.
    """
    values: dict[str, str] = {}
    if path.is_file():
        for line in read_text(path, limit=1 << 20).splitlines():
            key, equals, value = line.partition("=")
            if equals:
                values[key.strip()] = value.strip()
    if "axisAlignment" not in values:
        return ScanText(np.eye(4), is_aligned=False, values=values)
    numbers = [parse_number(word) for word in values["axisAlignment"].split()]
    if len(numbers) != 16 or None in numbers:
        raise BrokenFileError(path, "axisAlignment does not hold 16 numbers")
    matrix = np.array(numbers, float).reshape(4, 4)
    if rigid_fault(matrix) is not None:
        raise BrokenFileError(
            path,
            "axisAlignment is not a rotation and a translation",
            remedy="Correct the line, or remove it to see the scan unaligned",
        )
    return ScanText(matrix, is_aligned=True, values=values)


def read_matrix(path: Path) -> Matrix4:
    """A 4x4 of numbers, row-major, finite or not (a 3x3 camera matrix is padded).

    Raises:
        BrokenFileError: there are other words in it, or more or fewer than 16 (or 9) numbers.
    """
    numbers = [parse_number(word) for word in read_text(path, limit=1 << 16).split()]
    if None in numbers or len(numbers) not in (9, 16):
        raise BrokenFileError(path, "it does not hold a 4x4 matrix of numbers")
    values = np.array(numbers, float)
    if len(values) == 16:
        return values.reshape(4, 4)
    matrix = np.eye(4)
    matrix[:3, :3] = values.reshape(3, 3)
    return matrix


def parse_number(word: str) -> float | None:
    """A float, also as Windows programs print the infinite ones (-1.#INF, 1.#QNAN)."""
    try:
        return float(word)
    except ValueError:
        return float("nan") if "#" in word else None


def read_text(path: Path, *, limit: int) -> str:
    """A small text file.

    Raises:
        BrokenFileError: it cannot be read, is larger than `limit` bytes or is not text.
    """
    try:
        with path.open("rb") as file:
            # To read so many bytes, Python first takes the memory for them.
            size = os.fstat(file.fileno()).st_size
            content = file.read(min(limit, size) + 1)
    except OSError as error:
        raise BrokenFileError(path, f"it cannot be read ({error.strerror})") from error
    if len(content) > limit:
        raise BrokenFileError(path, f"it is larger than {limit:,} bytes, which no such file is")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFileError(path, "it is not a text file") from error
