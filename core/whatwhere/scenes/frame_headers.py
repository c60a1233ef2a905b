"""What is known of posed images before their pixels: cameras, poses, and why one is unusable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4, rigid_fault
from whatwhere.scenes.calibration import Calibration
from whatwhere.scenes.frame_files import FrameFiles
from whatwhere.scenes.images import image_size
from whatwhere.scenes.scan_text import read_matrix
from whatwhere.scenes.scene import FrameHeader

# Smaller than this, a picture shows nothing that could be pointed at.
_LEAST_PX = 8


@dataclass(frozen=True, slots=True, eq=False)
class Conventions:
    """How images and poses are to be read, where it is not as ScanNet has it.

    Attributes:
        camera: of both images, whatever files say; None to go by them.
        usual_camera: of both images where no file tells; None when there is no usual one.
        depth_units_per_m: None for millimetres.
        world_from_camera: brings a pose to OpenCV axes, camera to world.
        poses: by frame; None where each frame has a pose file.
        cameras: by frame, of the colour image, which the depth image was registered to; None
            where all frames share their cameras.
        faults: what is wrong with the frames as a whole, as sentences.
    """

    camera: Intrinsics | None = None
    usual_camera: Intrinsics | None = None
    depth_units_per_m: float | None = None
    world_from_camera: Callable[[Matrix4], Matrix4] = lambda pose: pose
    poses: Mapping[str, Matrix4] | None = None
    cameras: Mapping[str, Intrinsics] | None = None
    faults: tuple[str, ...] = ()

    def calibration(self, found: Calibration) -> Calibration:
        """The two cameras, given what files say of them."""
        one = self.camera
        if one is None and self.cameras is not None:
            one = next(iter(self.cameras.values()), None)
        if one is not None:
            return Calibration(one, one)
        usual = self.usual_camera
        if usual is None or found.color is not None:
            return found
        said = (
            f"No file tells the intrinsics: fx {usual.fx:g}, fy {usual.fy:g}, cx {usual.cx:g}, "
            f"cy {usual.cy:g} for {usual.width}x{usual.height} are assumed. "
            "`whatwhere scenes import` takes others."
        )
        return Calibration(usual, usual, (said,))

    @property
    def has_own_cameras(self) -> bool:
        """Whether the intrinsics differ from frame to frame."""
        return self.camera is None and self.cameras is not None

    def has_pose(self, files: FrameFiles) -> bool:
        """Whether anything tells where a frame was taken."""
        return files.pose is not None if self.poses is None else files.name in self.poses

    def pose(self, files: FrameFiles) -> Matrix4:
        """A frame's pose as it is stored.

        Raises:
            BrokenFileError: its file is not a matrix.
        """
        if self.poses is not None:
            return self.poses[files.name]
        assert files.pose is not None
        return read_matrix(files.pose)


def frame_header(
    files: FrameFiles,
    calibration: Calibration,
    conventions: Conventions,
    aligned_from_mesh: Matrix4,
) -> FrameHeader:
    """What is known of one frame, or why it cannot be used.

    Args:
        files: of the frame.
        calibration: the cameras that all frames share.
        conventions: how poses are read, and each frame's own camera where it has one.
        aligned_from_mesh: (4, 4).
    """
    missing = [kind for kind in ("color", "depth") if getattr(files, kind) is None]
    if not conventions.has_pose(files):
        if conventions.poses is not None:
            return FrameHeader(files.name, "no pose belongs to it")
        missing.append("pose")
    if missing:
        return FrameHeader(files.name, f"its {' and '.join(missing)} file is missing")
    if calibration.color is None or calibration.depth is None:
        return FrameHeader(files.name, "the scan has no camera intrinsics")
    assert files.color is not None
    assert files.depth is not None
    if conventions.has_own_cameras:
        assert conventions.cameras is not None
        own = conventions.cameras.get(files.name)
        if own is None:
            return FrameHeader(files.name, "no intrinsics belong to it")
        calibration = Calibration(own, own)
    assert calibration.color is not None
    assert calibration.depth is not None
    try:
        color_size, depth_size = image_size(files.color), image_size(files.depth)
        world_from_camera = conventions.pose(files)
    except BrokenFileError as error:
        kind = {files.color: "color", files.depth: "depth"}.get(error.path or Path(), "pose")
        return FrameHeader(files.name, f"its {kind} file is broken ({error.fault})")
    fault = (
        rigid_fault(world_from_camera)
        or _size_fault("color", color_size, calibration.color)
        or _size_fault("depth", depth_size, calibration.depth)
    )
    if fault is not None:
        return FrameHeader(files.name, fault)
    return FrameHeader(
        files.name,
        None,
        calibration.color.resized(width=color_size[0], height=color_size[1]),
        aligned_from_mesh @ conventions.world_from_camera(world_from_camera),
    )


def _size_fault(kind: str, size: tuple[int, int], calibrated: Intrinsics) -> str | None:
    """Why an image of this size cannot belong to this camera, or None.

    Images that were squeezed are taken, each axis scaled by its own factor; one that lies on its
    side is not: its camera would be a wrong one.
    """
    width, height = size
    if min(size) < _LEAST_PX:
        return f"its {kind} image is only {width}x{height} pixels"
    if (width - height) * (calibrated.width - calibrated.height) < 0:
        return (
            f"its {kind} image is {width}x{height} pixels, but the intrinsics are for "
            f"{calibrated.width}x{calibrated.height}: it lies on its side"
        )
    return None


def first_size(paths: Sequence[Path | None]) -> tuple[int, int] | None:
    """(width, height) of the first image whose header can be read."""
    for path in paths:
        try:
            if path is not None:
                return image_size(path)
        except BrokenFileError:
            continue
    return None
