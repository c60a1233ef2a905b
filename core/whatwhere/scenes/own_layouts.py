"""How people keep scans of their own: 7-Scenes, TUM RGB-D, and images with one file of poses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.frame_files import FrameFiles, image_files
from whatwhere.scenes.images import MILLIMETRES
from whatwhere.scenes.trajectories import Trajectory, read_image_list, read_trajectory

_KINECT = Intrinsics(585.0, 585.0, 320.0, 240.0, 640, 480)
"""What the 7-Scenes page says of all its sequences."""

_TUM = Intrinsics(525.0, 525.0, 319.5, 239.5, 640, 480)
"""The default of TUM's own tools."""

_TUM_UNITS_PER_M = 5000.0
_SEVEN = re.compile(r"frame-(\d+)\.(color|depth|pose)\.(png|jpg|txt)", re.IGNORECASE)
_TRAJECTORIES = ("pose.txt", "poses.txt", "trajectory.txt", "groundtruth.txt", "traj.txt")
_NEAREST_S = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class OwnFrames:
    """The files of a scan of somebody's own.

    Attributes:
        files: of the frames, in capture order.
        poses: by frame; None where each frame has a pose file.
        camera: of both images, where no file says otherwise.
        depth_units_per_m: where nobody says otherwise.
        faults: what is wrong with the frames as a whole, as sentences.
        layout: what it is called.
    """

    files: tuple[FrameFiles, ...]
    poses: Mapping[str, Matrix4] | None
    camera: Intrinsics
    depth_units_per_m: float
    layout: str
    faults: tuple[str, ...] = ()


def find_own_frames(folder: Path) -> OwnFrames | None:
    """The frames in a folder that is laid out as one of these, else None.

    Raises:
        BrokenFileError: a file that all frames need is broken.
    """
    return _seven_scenes(folder) or _tum_lists(folder) or _with_trajectory(folder)


def find_sequence(folder: Path) -> Path | None:
    """The first sequence in a folder of several, as 7-Scenes are packed."""
    return next(
        (path.parent for path in sorted(folder.glob("seq-*/frame-*.pose.txt"))[:1]),
        None,
    )


def _seven_scenes(folder: Path) -> OwnFrames | None:
    kinds: dict[str, dict[str, Path]] = {"color": {}, "depth": {}, "pose": {}}
    for path in folder.glob("frame-*"):
        found = _SEVEN.fullmatch(path.name)
        if found:
            kinds[found[2].lower()][found[1]] = path
    names = sorted(set().union(*kinds.values()), key=lambda name: (int(name), name))
    if not names:
        return None
    files = tuple(
        FrameFiles(name, *(kinds[kind].get(name) for kind in ("color", "depth", "pose")))
        for name in names
    )
    return OwnFrames(files, None, _KINECT, MILLIMETRES, "7-Scenes")


def _tum_lists(folder: Path) -> OwnFrames | None:
    lists = [folder / name for name in ("rgb.txt", "depth.txt")]
    if not all(path.is_file() for path in lists):
        return None
    colors, depths = (read_image_list(path) for path in lists)
    trajectory = folder / "groundtruth.txt"
    poses = read_trajectory(trajectory) if trajectory.is_file() else None
    files, known, escaped = [], {}, 0
    for time_s, name in colors:
        color = _inside(folder, name)
        near = min(depths, key=lambda row: abs(row[0] - time_s), default=None)
        depth = None
        if near is not None and abs(near[0] - time_s) <= _NEAREST_S:
            depth = _inside(folder, near[1])
            escaped += depth is None
        escaped += color is None
        frame = f"{time_s:.6f}"
        files.append(FrameFiles(frame, color, depth, None))
        pose = None if poses is None else poses.at(time_s)
        if pose is not None:
            known[frame] = pose
    faults = [] if poses is not None else [f"{folder.name} has no groundtruth.txt with poses."]
    if escaped:
        faults.append(f"{escaped} of the listed images lie outside of {folder.name}: left out.")
    if not files:
        raise BrokenFileError(lists[0], "it lists no images")
    return OwnFrames(tuple(files), known, _TUM, _TUM_UNITS_PER_M, "TUM RGB-D", tuple(faults))


def _with_trajectory(folder: Path) -> OwnFrames | None:
    """Folders of colour and depth, and one file with a pose for each frame in turn."""
    path = next((folder / name for name in _TRAJECTORIES if (folder / name).is_file()), None)
    colors, depths = (_images(folder, names) for names in (("color", "rgb"), ("depth",)))
    if path is None or not colors or not depths:
        return None
    trajectory = read_trajectory(path)
    names = sorted(set(colors) | set(depths), key=_in_number_order)
    files = tuple(FrameFiles(name, colors.get(name), depths.get(name), None) for name in names)
    poses, faults = _matched(trajectory, names)
    return OwnFrames(files, poses, _TUM, MILLIMETRES, "images with one pose file", faults)


def _matched(
    trajectory: Trajectory, names: Sequence[str]
) -> tuple[dict[str, Matrix4], tuple[str, ...]]:
    """Poses by the frames' names: by time where there are times, else line by line."""
    times = [_number(name) for name in names]
    if trajectory.times_s is not None and None not in times:
        found = {name: trajectory.at(float(name)) for name in names}
        by_time = {name: pose for name, pose in found.items() if pose is not None}
        if by_time or len(trajectory.poses) != len(names):
            return by_time, ()
    poses = dict(zip(names, trajectory.poses, strict=False))
    if len(names) == len(trajectory.poses):
        return poses, ()
    return poses, (
        f"{trajectory.path.name} holds {len(trajectory.poses):,} poses for {len(names):,} frames: "
        "they are taken in turn, from the first.",
    )


def _images(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    for name in names:
        if (folder / name).is_dir() and (found := image_files(folder / name)):
            return found
    return {}


def _inside(folder: Path, name: str) -> Path | None:
    """A listed file, unless its name leads out of the folder."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or "\0" in name or ":" in name:
        return None
    path = folder / parts
    return path if path.is_file() else None


def _number(name: str) -> float | None:
    try:
        return float(name)
    except ValueError:
        return None


def _in_number_order(name: str) -> tuple[int, float, str]:
    number = _number(name)
    return (1, 0.0, name) if number is None or number != number else (0, number, name)
