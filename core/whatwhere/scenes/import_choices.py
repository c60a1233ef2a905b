"""What somebody decided about a scan of their own, as a small JSON beside it.

Beside a scan that cannot be written to, it is kept among the user's own files instead.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from whatwhere.errors import BrokenFileError, ConfigError
from whatwhere.files import replacing
from whatwhere.folders import user_folder
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4, invert
from whatwhere.scenes.scan_text import read_text
from whatwhere.scenes.uprights import Up

NAME = "whatwhere-import.json"

PoseForm = Literal["world_from_camera", "camera_from_world"]
Axes = Literal["opencv", "opengl"]
CameraNumbers = tuple[float, float, float, float, float, float]
"""fx, fy, cx, cy, width, height in pixels."""

_WORDS = {"pose": get_args(PoseForm), "axes": get_args(Axes), "up": get_args(Up)}

_FROM_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


_MAX_UNITS_PER_M = 1e6
_FARTHEST_M = 1e4


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """How the files of a scan are to be read; None where the layout's own habit holds.

    Attributes:
        pose: which way poses lead.
        axes: of a camera: OpenCV's (x right, y down, z forward) or OpenGL's (y up, z backward).
        depth_units_per_m: what a metre is in the depth images.
        camera: fx, fy, cx, cy, width, height in pixels, of both cameras.
        up: which axis of the files' world points up.
        floor_m: how far along that axis the floor lies, in metres; it is brought to 0.

    Raises:
        ConfigError: one of them cannot be.
    """

    pose: PoseForm | None = None
    axes: Axes | None = None
    depth_units_per_m: float | None = None
    camera: CameraNumbers | None = None
    up: Up | None = None
    floor_m: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, known in _WORDS.items():
            value = getattr(self, name)
            if value is not None and value not in known:
                raise ConfigError(
                    f"{name} cannot be {value!r}", remedy=f"Choose one of {', '.join(known)}"
                )
        units = self.depth_units_per_m
        if units is not None and not 0 < units <= _MAX_UNITS_PER_M:
            raise ConfigError(
                f"depth cannot have {units:g} units per metre", remedy="Most often it is 1000"
            )
        floor_m = self.floor_m
        if floor_m is not None and not abs(floor_m) <= _FARTHEST_M:
            raise ConfigError(
                f"the floor cannot lie at {floor_m:g} m", remedy="Give metres, such as -1.2"
            )
        if self.camera is not None and not _is_camera(self.camera):
            raise ConfigError(
                f"{self.camera} is no camera",
                remedy="Give fx, fy, cx, cy, width and height in pixels, the middle in the picture",
            )

    @property
    def intrinsics(self) -> Intrinsics | None:
        """`camera` as such."""
        if self.camera is None:
            return None
        fx, fy, cx, cy, width, height = self.camera
        return Intrinsics(fx, fy, cx, cy, round(width), round(height))

    def world_from_camera(self, pose: Matrix4) -> Matrix4:
        """A pose as in the files, brought to OpenCV axes; one that is not finite stays so."""
        if not np.isfinite(pose).all():
            return pose
        if self.pose == "camera_from_world":
            pose = invert(pose)
        return pose @ _FROM_OPENGL if self.axes == "opengl" else pose


def choices_path(folder: Path) -> Path | None:
    """The file that says what was decided about the scan in a folder; None where nobody has."""
    found = (path for path in (_own_path(folder), folder / NAME) if path.is_file())
    return next(found, None)


def read_choices(folder: Path) -> ImportChoices:
    """What was decided about the scan in a folder; nothing where nobody has.

    Raises:
        BrokenFileError: the file is not one of these.
    """
    path = choices_path(folder)
    if path is None:
        return ImportChoices()
    try:
        document = json.loads(read_text(path, limit=1 << 16))
    except (ValueError, RecursionError) as error:
        raise _broken(path, "it is not JSON") from error
    names = {field.name for field in fields(ImportChoices)}
    if not isinstance(document, dict) or not set(document) <= names:
        raise _broken(path, f"it may hold {', '.join(sorted(names))} and nothing else")
    numbers = [document.get(name) for name in ("depth_units_per_m", "floor_m")]
    camera = document.get("camera")
    if not all(number is None or _is_number(number) for number in numbers) or not (
        camera is None or (isinstance(camera, list) and all(map(_is_number, camera)))
    ):
        raise _broken(
            path, "depth_units_per_m or floor_m is no number, or camera no list of numbers"
        )
    try:
        return ImportChoices(**{**document, "camera": None if camera is None else tuple(camera)})
    except (ConfigError, TypeError) as error:
        fault = error.fault if isinstance(error, ConfigError) else "a word stands where none can"
        raise _broken(path, fault) from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_camera(numbers: CameraNumbers) -> bool:
    if len(numbers) != 6 or not all(0 <= value < _MAX_UNITS_PER_M for value in numbers):
        return False
    fx, fy, cx, cy, width, height = numbers
    return min(fx, fy) > 0 and min(width, height) >= 1 and cx <= width and cy <= height


def _broken(path: Path, fault: str) -> BrokenFileError:
    return BrokenFileError(
        path, fault, remedy="Correct it, or remove it and run `whatwhere scenes import` again"
    )


def write_choices(folder: Path, choices: ImportChoices) -> Path:
    """Keep what was decided, beside the scan if possible; the path of the file comes back.

    Raises:
        OSError: the user's own folder cannot be written to either.
    """
    said = {name: value for name, value in asdict(choices).items() if value is not None}
    text, own = json.dumps(said, indent=1) + "\n", _own_path(folder)
    try:
        path = _written(folder / NAME, text)
    except OSError:  # a disk of others
        own.parent.mkdir(parents=True, exist_ok=True)
        return _written(own, text)
    own.unlink(missing_ok=True)
    return path


def _written(path: Path, text: str) -> Path:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def _own_path(folder: Path) -> Path:
    """Where the user keeps it for a folder that nobody may write to."""
    name = hashlib.sha256(os.path.abspath(folder).encode(errors="surrogateescape")).hexdigest()
    return user_folder("config") / "imports" / f"{name[:32]}.json"
