"""What somebody decided about a scan of their own, as a small JSON beside it."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from whatwhere.errors import BrokenFileError, ConfigError
from whatwhere.files import replacing
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4, invert
from whatwhere.scenes.scan_text import read_text

NAME = "whatwhere-import.json"

PoseForm = Literal["world_from_camera", "camera_from_world"]
Axes = Literal["opencv", "opengl"]
Up = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
CameraNumbers = tuple[float, float, float, float, float, float]
"""fx, fy, cx, cy, width, height in pixels."""

_WORDS = {"pose": get_args(PoseForm), "axes": get_args(Axes), "up": get_args(Up)}

_FROM_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


_MAX_UNITS_PER_M = 1e6


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """How the files of a scan are to be read; None where the layout's own habit holds.

    Attributes:
        pose: which way poses lead.
        axes: of a camera: OpenCV's (x right, y down, z forward) or OpenGL's (y up, z backward).
        depth_units_per_m: what a metre is in the depth images.
        camera: fx, fy, cx, cy, width, height in pixels, of both cameras.
        up: which axis of the files' world points up.

    Raises:
        ConfigError: one of them cannot be.
    """

    pose: PoseForm | None = None
    axes: Axes | None = None
    depth_units_per_m: float | None = None
    camera: CameraNumbers | None = None
    up: Up | None = None

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


def read_choices(folder: Path) -> ImportChoices:
    """What was decided about the scan in a folder; nothing where the file is absent.

    Raises:
        BrokenFileError: the file is not one of these.
    """
    path = folder / NAME
    if not path.is_file():
        return ImportChoices()
    try:
        document = json.loads(read_text(path, limit=1 << 16))
    except (ValueError, RecursionError) as error:
        raise _broken(path, "it is not JSON") from error
    names = {field.name for field in fields(ImportChoices)}
    if not isinstance(document, dict) or not set(document) <= names:
        raise _broken(path, f"it may hold {', '.join(sorted(names))} and nothing else")
    units, camera = document.get("depth_units_per_m"), document.get("camera")
    if not (units is None or _is_number(units)) or not (
        camera is None or (isinstance(camera, list) and all(map(_is_number, camera)))
    ):
        raise _broken(path, "depth_units_per_m is no number, or camera no list of numbers")
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
    """Keep what was decided beside the scan; the path of the file comes back.

    Raises:
        OSError: the folder cannot be written to.
    """
    path = folder / NAME
    said = {name: value for name, value in asdict(choices).items() if value is not None}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True, slots=True)
class Upright:
    """Which way a scan without an axisAlignment is set upright.

    Attributes:
        aligned_from_mesh: (4, 4), a rotation.
        up: the axis of the files' world that points up then.
        is_guess: whether the cameras told, and nobody decided.
    """

    aligned_from_mesh: Matrix4
    up: Up
    is_guess: bool


def upright(up: Up, *, is_guess: bool) -> Upright:
    """The rotation that brings an axis up and turns the others as little as possible."""
    source = _axis(up)
    target = np.array([0.0, 0.0, 1.0])
    matrix = np.eye(4)
    cosine = float(source @ target)
    if cosine < 0:
        matrix[:3, :3] = np.diag([1.0, -1.0, -1.0])
    elif cosine < 1:
        cross = np.cross(source, target)
        skew = np.array(
            [[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]]
        )
        matrix[:3, :3] += skew + skew @ skew
    return Upright(matrix, up, is_guess)


def upright_by_cameras(world_from_camera: Matrix4) -> Upright:
    """The axis nearest to where most cameras (N, 4, 4) have their upper side."""
    ups: tuple[Up, ...] = ("+z", "-z", "+y", "-y", "+x", "-x")
    mean_up = -world_from_camera[:, :3, 1].mean(axis=0)
    return upright(max(ups, key=lambda up: float(_axis(up) @ mean_up)), is_guess=True)


def _axis(up: Up) -> np.ndarray:
    axis = np.zeros(3)
    axis["xyz".index(up[1])] = 1.0 if up[0] == "+" else -1.0
    return axis
