"""What has to be asked before a path can be opened: how an own scan is to be read, or nothing."""

from collections import deque
from pathlib import Path
from typing import Literal

from whatwhere.errors import BrokenFileError, SceneError, WhatWhereError
from whatwhere.scenes.images import image_size
from whatwhere.scenes.import_choices import CameraNumbers, choices_path
from whatwhere.scenes.layouts import ExportedFrames, OwnScan
from whatwhere.scenes.listed_scans import look_into
from whatwhere.scenes.places import MESH_NAME, ScenePlace, find_place

_ASKED = ("7-Scenes", "TUM RGB-D", "images with one pose file")
"""Layouts that leave something open; those of known data sets do not."""

_USUAL_FOCAL = 525 / 640
"""Of a depth camera, per pixel of width; the default of TUM's own tools."""

_MAX_LOOKED_INTO = 64
_DEPTH = 2


def what_to_ask(path: Path) -> Literal["nothing", "choices", "listing"]:
    """What cannot be known of what somebody wants to open.

    Returns:
        "choices" for an own scan about which nobody has decided, "listing" for a folder that is no
        scan but holds some, "nothing" for everything else, whether or not it can be opened.
    """
    try:
        place = find_place(path)
    except SceneError:
        return "listing" if path.is_dir() and _holds_scans(path) else "nothing"
    except (WhatWhereError, OSError):
        return "nothing"
    if not place.takes_choices or choices_path(place.folder) is not None:
        return "nothing"
    return "choices" if _is_vague(place) else "nothing"


def takes_choices(path: Path) -> bool:
    """Whether somebody can decide how the frames at a path are to be read."""
    try:
        return find_place(path).takes_choices
    except (WhatWhereError, OSError):
        return False


def assumed_camera(place: ScenePlace) -> CameraNumbers | None:
    """A usual one for exported frames without a file of intrinsics; None where one lies there."""
    layout = place.layout
    if not isinstance(layout, ExportedFrames):
        return None
    if any(layout.intrinsics.glob("*intrinsic*.txt")) or (place.text and place.text.is_file()):
        return None
    for item in layout.files:
        try:
            if item.color is not None:
                width, height = image_size(item.color)
                focal = _USUAL_FOCAL * width
                return focal, focal, (width - 1) / 2, (height - 1) / 2, width, height
        except BrokenFileError:
            continue
    return None


def _is_vague(place: ScenePlace) -> bool:
    if isinstance(place.layout, OwnScan):
        return place.layout.found.layout in _ASKED
    if isinstance(place.layout, ExportedFrames) and not place.layout.has_whole_frame:
        return False
    mesh = place.files.mesh
    if mesh is not None:
        return not mesh.name.endswith(MESH_NAME)
    return assumed_camera(place) is not None


def _holds_scans(folder: Path) -> bool:
    """Whether scans lie in a folder or up to two below, as in ScanNet's own."""
    left = deque([(folder.absolute(), 0)])
    for _ in range(_MAX_LOOKED_INTO):
        if not left:
            break
        inside, depth = left.popleft()
        try:
            look = look_into(inside)
        except OSError:
            continue
        if look.scans:
            return True
        if depth < _DEPTH:
            left.extend((inside / name, depth + 1) for name in look.inside)
    return False
