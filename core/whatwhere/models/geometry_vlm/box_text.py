"""A box as text, in the camera of one frame, and its way to the aligned world and back.

The form is VG-LLM's (LaVi-Lab/VG-LLM, scripts/preprocess): `{"frame": index, "bbox_3d": [x, y, z,
dx, dy, dz, rz, rx, ry]}` in a JSON fence, metres in the camera's axes (x right, y down, z
forward), angles in radians, intrinsic z-x-y (EmbodiedScan's convention, which their training data
is written in; their evaluation reads the angles as extrinsic ones, which we do not follow).
"""

import json
import re
from dataclasses import dataclass
from math import isfinite

import numpy as np
from scipy.spatial.transform import Rotation  # type: ignore[import-untyped]

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.poses import Matrix4, invert, transform

_DECIMALS = 2
_FARTHEST_M = 1000.0
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_FRAME = re.compile(r"[\"']?frame[\"']?\s*[:=]\s*[\"']?(?:frame[-_ ]?)?(\d+)", re.IGNORECASE)
_ROW = re.compile(r"[\"']?bbox_3d[\"']?\s*[:=]\s*[\[(]+([^\])]*)", re.IGNORECASE)
_NUMBERS = re.compile(_NUMBER)


@dataclass(frozen=True, slots=True)
class CameraBox:
    """An oriented box in one frame's camera.

    Attributes:
        frame: index among the frames that the model looked at, from 0.
        center: x, y, z in metres, OpenCV camera axes.
        size: full edge lengths in metres along the box's own axes.
        angles_rad: intrinsic rotations about z, x, y.
    """

    frame: int
    center: tuple[float, float, float]
    size: tuple[float, float, float]
    angles_rad: tuple[float, float, float] = (0.0, 0.0, 0.0)


def box_text(box: CameraBox) -> str:
    """What a model is taught to say, numbers with two decimals."""
    row = [round(value, _DECIMALS) + 0.0 for value in (*box.center, *box.size, *box.angles_rad)]
    return f"```json\n\t{json.dumps({'frame': box.frame, 'bbox_3d': row})}\n```"


def parse_box(text: str, *, num_frames: int) -> CameraBox:
    """The first box in a text, whatever stands around it.

    Fences, quotation marks, a missing end, and six numbers (no angles) are understood.

    Args:
        text: what a model said.
        num_frames: that it looked at.

    Raises:
        ValueError: there is none, or it cannot be one; the message says why.
    """
    row = _ROW.search(text)
    if row is None:
        raise ValueError("no bbox_3d is in it")
    numbers = tuple(float(number) for number in _NUMBERS.findall(row[1]))
    if len(numbers) not in (6, 9):
        raise ValueError(f"its bbox_3d has {len(numbers)} numbers, not 9")
    if not all(isfinite(number) and abs(number) < _FARTHEST_M for number in numbers):
        raise ValueError("its bbox_3d holds a number that is no distance in a room")
    if min(numbers[3:6]) <= 0:
        raise ValueError("its bbox_3d has a size that is not positive")
    frame = _FRAME.search(text)
    if frame is None:
        raise ValueError("it names no frame")
    index = int(frame[1])
    if index >= num_frames:
        raise ValueError(f"it names frame {index} of {num_frames}, counted from 0")
    x, y, z, dx, dy, dz, *angles = (*numbers, 0.0, 0.0, 0.0)[:9]
    return CameraBox(index, (x, y, z), (dx, dy, dz), (angles[0], angles[1], angles[2]))


def in_world(box: CameraBox, world_from_camera: Matrix4) -> Box:
    """The axis-aligned box around it in aligned metres.

    A box that is upright and parallel to the walls comes back as it was; one that is turned grows.
    """
    turn = Rotation.from_euler("ZXY", box.angles_rad).as_matrix()
    corners = Box((0.0, 0.0, 0.0), box.size).corners() @ turn.T + np.array(box.center)
    return Box.from_points(transform(corners, world_from_camera))


def in_camera(box: Box, frame: int, world_from_camera: Matrix4) -> CameraBox:
    """A box of the aligned world as frame `frame` sees it; `in_world` is the inverse."""
    camera_from_world = invert(world_from_camera)
    x, y, z = transform(np.array(box.center), camera_from_world)
    turn = Rotation.from_matrix(camera_from_world[:3, :3]).as_euler("ZXY")
    rz, rx, ry = (float(angle) for angle in turn)
    return CameraBox(frame, (float(x), float(y), float(z)), box.size, (rz, rx, ry))
