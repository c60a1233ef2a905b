"""Scans of ARKitScenes: ARKit's mesh, boxes at any angle, and the frames of an iPad.

A scan is the folder `<id>`, as downloaded from `raw` or `3dod`: `<id>_3dod_mesh.ply`,
`<id>_3dod_annotation.json`, and, in it (raw) or in `<id>_frames` (3dod), `lowres_wide/`,
`lowres_depth/`, `confidence/` and `lowres_wide_intrinsics/` with a file for each frame, named
`<id>_<seconds>`, and `lowres_wide.traj`. Depth is in millimetres; confidence is 0 (low) to 2. A
`.pincam` file holds width, height, fx, fy, cx, cy; its time may be a millisecond off. A line of
the `.traj` holds seconds, an axis-angle rotation and a translation that lead from world to camera
(OpenCV axes). Pictures of an iPad that was held upright lie on their side. (DATA.md, raw/README.md
and threedod/benchmark_scripts/utils/tenFpsDataLoader.py in github.com/apple/ARKitScenes.)
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.data_set_frames import DataSetFrames, FrameFacts
from whatwhere.scenes.frame_files import FrameFiles, image_files
from whatwhere.scenes.scan_files import ARKITSCENES, ScanFiles
from whatwhere.scenes.scan_text import parse_number, read_text
from whatwhere.scenes.turned_frames import quarter_turns

_MESH, _ANNOTATION = "_3dod_mesh.ply", "_3dod_annotation.json"
_TRAJECTORY = "lowres_wide.traj"
_LIMIT_BYTES = 64 << 20
_MAX_NUMBER = 1e12
_BESIDE_S = 0.005
"""As in the data set's own reader: so near, a pose is taken as it is."""
_WIDEST_GAP_S = 0.5
"""Between poses farther apart in time than this, nobody knows how the camera moved."""


def arkit_id(folder: Path) -> str | None:
    """The name that a scan's files carry; None where the folder is none of ARKitScenes."""
    for name in (_MESH, _ANNOTATION):
        found = [path.name.removesuffix(name) for path in folder.glob(f"*{name}")]
        if len(found) == 1:
            return found[0]
    return None if _assets(folder, folder.name) is None else folder.name


def find_arkit(folder: Path, scene_id: str) -> ScanFiles:
    """The files of the scan in a folder."""

    def existing(name: str) -> Path | None:
        path = folder / f"{scene_id}{name}"
        return path if path.is_file() else None

    return ScanFiles(
        mesh=existing(_MESH),
        aggregation=None,
        segments=None,
        boxes=None,
        oriented=existing(_ANNOTATION),
        data_set=ARKITSCENES,
    )


def find_ipad_frames(folder: Path, scene_id: str) -> DataSetFrames | None:
    """The frames of the scan in a folder, or None."""
    assets = _assets(folder, scene_id)
    if assets is None:
        return None
    colors, depths, confidences = (
        _by_time(assets / part) for part in ("lowres_wide", "lowres_depth", "confidence")
    )
    files = tuple(
        FrameFiles(name, colors.get(name), depths.get(name), None, confidences.get(name))
        for name in sorted(colors or depths, key=float)
    )
    if not files:
        return None

    def read() -> FrameFacts:
        times_s = np.array([float(item.name) for item in files])
        moved = _read_trajectory(assets / _TRAJECTORY)
        known = zip(files, _at(moved, times_s), strict=True)
        poses = {item.name: pose for item, pose in known if pose is not None}
        cameras = _cameras(assets / "lowres_wide_intrinsics", files)
        turns = quarter_turns(np.stack(list(poses.values()))) if poses else 0
        return FrameFacts(poses, cameras, _said(files), turns)

    return DataSetFrames(folder, files, "ARKitScenes", read)


def _assets(folder: Path, scene_id: str) -> Path | None:
    """Where the frames' folders lie."""
    places = (folder, folder / f"{scene_id}_frames")
    return next((place for place in places if (place / _TRAJECTORY).is_file()), None)


def _by_time(folder: Path) -> dict[str, Path]:
    """Images by the seconds in their names, as written."""
    if not folder.is_dir():
        return {}
    found = {name.rpartition("_")[2]: path for name, path in image_files(folder).items()}
    return {name: path for name, path in found.items() if _number(name) is not None}


def _number(name: str) -> float | None:
    value = parse_number(name)
    return value if value is not None and abs(value) < _MAX_NUMBER else None


def _cameras(folder: Path, files: Sequence[FrameFiles]) -> dict[str, Intrinsics]:
    """By frame; one whose file is missing or is no camera has none."""
    paths = list(folder.glob("*.pincam")) if folder.is_dir() else []
    stamps = {path: _number(path.stem.rpartition("_")[2]) for path in paths}
    by_ms = {round(1000 * stamp): path for path, stamp in stamps.items() if stamp is not None}
    cameras = {}
    for item in files:
        at_ms = round(1000 * float(item.name))
        near = (by_ms[ms] for ms in (at_ms, at_ms - 1, at_ms + 1) if ms in by_ms)
        path = next(near, None)
        camera = None if path is None else _read_pincam(path)
        if camera is not None:
            cameras[item.name] = camera
    return cameras


def _read_pincam(path: Path) -> Intrinsics | None:
    try:
        numbers = [_number(word) for word in read_text(path, limit=1 << 12).split()]
    except BrokenFileError:
        return None
    values = [number for number in numbers if number is not None and 0 < number < 1e6]
    if len(values) != 6 or len(numbers) != 6:
        return None
    width, height, fx, fy, cx, cy = values
    if min(width, height) < 1 or cx > width or cy > height:
        return None
    return Intrinsics(fx, fy, cx, cy, round(width), round(height))


def _read_trajectory(path: Path) -> NDArray[np.float64]:
    """(N, 7) rows of seconds, axis-angle, translation; in the order of time."""
    rows: list[list[float]] = []
    for number, line in enumerate(read_text(path, limit=_LIMIT_BYTES).splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        values = [value for word in words if (value := _number(word)) is not None]
        if len(values) != 7 or len(words) != 7:
            raise BrokenFileError(path, f"line {number} is not a time and six numbers")
        rows.append(values)
    if not rows:
        raise BrokenFileError(path, "it holds no pose")
    table = np.array(rows)
    return table[np.argsort(table[:, 0], kind="stable")]


def _at(table: NDArray[np.float64], times_s: NDArray[np.float64]) -> Sequence[Matrix4 | None]:
    """World from camera at each time: between two poses that are near, in between; else None."""
    # It takes a moment to import, which only those pay who open such a scan.
    from scipy.spatial.transform import Rotation, Slerp  # type: ignore[import-untyped]

    known_s, first = np.unique(table[:, 0], return_index=True)
    turns = Rotation.from_rotvec(table[first, 1:4]).inv()
    centers = -turns.apply(table[first, 4:7])
    after = np.searchsorted(known_s, times_s).clip(1, max(1, len(known_s) - 1))
    before, after = after - 1, after.clip(max=len(known_s) - 1)
    gaps_s = known_s[after] - known_s[before]
    is_between = (times_s >= known_s[before]) & (times_s <= known_s[after])
    off_s = np.minimum(np.abs(times_s - known_s[before]), np.abs(times_s - known_s[after]))
    is_known = (is_between & (gaps_s <= _WIDEST_GAP_S)) | (off_s <= _BESIDE_S)
    clipped_s = times_s.clip(known_s[0], known_s[-1])
    share = (clipped_s - known_s[before]) / np.where(gaps_s > 0, gaps_s, 1.0)
    poses = np.tile(np.eye(4), (len(times_s), 1, 1))
    poses[:, :3, 3] = centers[before] + share[:, None] * (centers[after] - centers[before])
    turned = turns if len(known_s) == 1 else Slerp(known_s, turns)(clipped_s)
    poses[:, :3, :3] = turned.as_matrix()
    return [pose if known else None for pose, known in zip(poses, is_known, strict=True)]


def _said(files: Sequence[FrameFiles]) -> tuple[str, ...]:
    num_unsure = sum(item.confidence is None for item in files)
    if num_unsure == len(files):
        return ("There are no confidence images: all depth counts as measured.",)
    said = ["Depth of low confidence (0 of 2) counts as not measured."]
    if num_unsure:
        said.append(f"{num_unsure} of {len(files)} frames have no confidence image.")
    return tuple(said)
