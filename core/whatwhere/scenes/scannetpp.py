"""Scans of ScanNet++: the laser scan's mesh, its annotation, and the frames of an iPhone.

A scan is the folder `data/<id>`: `scans/mesh_aligned_0.05.ply` with `segments.json` (segIndices)
and `segments_anno.json` (segGroups), and `iphone/` with `pose_intrinsic_imu.json`, which says of
every frame its `aligned_pose` (camera to the mesh's world, OpenCV axes) and `intrinsic` (3x3, for
1920x1440). Depth is 256x192, in millimetres, registered to the colour images. As they are
downloaded, pictures are in a video and depth is in one file; the data set's toolkit takes them
out, as `rgb/frame_000000.jpg` and `depth/frame_000000.png` (common/scene_release.py and
iphone/prepare_iphone_data.py in github.com/scannetpp/scannetpp). The photographs in `dslr/` are
taken through a fisheye lens and have no depth; they are not read.
"""

from pathlib import Path

import numpy as np

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.annotation import read_json
from whatwhere.scenes.calibration import measured_size
from whatwhere.scenes.data_set_frames import DataSetFrames, FrameFacts
from whatwhere.scenes.frame_files import FrameFiles, image_files
from whatwhere.scenes.frame_headers import first_size
from whatwhere.scenes.scan_files import SCANNETPP, ScanFiles

_POSES = "pose_intrinsic_imu.json"
_VIDEOS = ("rgb.mp4", "rgb.mkv")
_VIDEO_SIZE = (1920, 1440)
_TOOL = "python -m iphone.prepare_iphone_data iphone/configs/prepare_iphone_data.yml"


def find_scannetpp(folder: Path) -> ScanFiles | None:
    """The files of the scan in a folder, or None where it is none of ScanNet++."""
    scans = folder / "scans"
    mesh = scans / "mesh_aligned_0.05.ply"
    if not mesh.is_file() and not (folder / "iphone" / _POSES).is_file():
        return None

    def existing(path: Path) -> Path | None:
        return path if path.is_file() else None

    return ScanFiles(
        mesh=existing(mesh),
        aggregation=existing(scans / "segments_anno.json"),
        segments=existing(scans / "segments.json"),
        boxes=None,
        data_set=SCANNETPP,
    )


def find_iphone_frames(folder: Path) -> DataSetFrames | None:
    """The frames of the scan in a folder; None where there is nothing of an iPhone.

    Raises:
        BrokenFileError: they are there, but still packed.
    """
    iphone = folder / "iphone"
    if not (iphone / _POSES).is_file():
        return None
    colors, depths = (
        image_files(iphone / part) if (iphone / part).is_dir() else {} for part in ("rgb", "depth")
    )
    for found, packed in ((colors, _VIDEOS), (depths, ("depth.bin",))):
        whole = next((iphone / name for name in packed if (iphone / name).is_file()), None)
        if not found and whole is not None:
            raise BrokenFileError(
                whole,
                "the iPhone's frames are still packed in it",
                remedy=f"Take them out with the ScanNet++ toolkit: {_TOOL}",
            )
    # Often only some pictures were taken out, but depth of all: the pictures say which are meant.
    names = sorted(colors or depths)
    files = tuple(FrameFiles(name, colors.get(name), depths.get(name), None) for name in names)
    if not files:
        return None

    def read() -> FrameFacts:
        return _read_poses(iphone / _POSES, files)

    return DataSetFrames(folder, files, "ScanNet++ iPhone", read)


def _read_poses(path: Path, files: tuple[FrameFiles, ...]) -> FrameFacts:
    """Poses and intrinsics of those frames that have images."""
    document = read_json(path)
    if not isinstance(document, dict):
        raise BrokenFileError(path, "it is no mapping from frames to their poses")
    image_size = first_size([item.color for item in files])
    poses: dict[str, Matrix4] = {}
    cameras: dict[str, Intrinsics] = {}
    for item in files:
        row = document.get(item.name)
        if not isinstance(row, dict):
            continue
        pose, matrix = _matrix(row.get("aligned_pose"), 4), _matrix(row.get("intrinsic"), 3)
        if pose is not None:
            poses[item.name] = pose
        if matrix is not None and np.isfinite(matrix).all() and matrix[:2, :].max() < 1e6:
            if min(matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2]) <= 0:
                continue
            (width, height), _ = measured_size(matrix, image_size=image_size, text_size=_VIDEO_SIZE)
            cameras[item.name] = Intrinsics.from_matrix(matrix, width=width, height=height)
    if not poses:
        raise BrokenFileError(path, "it holds no aligned_pose of any frame that has an image")
    return FrameFacts(poses, cameras)


def _matrix(rows: object, size: int) -> Matrix4 | None:
    """A square matrix, finite or not; None for anything else."""
    try:
        matrix = np.array(rows, np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return matrix if matrix.shape == (size, size) else None
