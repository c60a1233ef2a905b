"""Posed RGB-D frames in the two folder layouts that ScanNet users export.

The official exporter writes `color/N.jpg depth/N.png pose/N.txt intrinsic/*.txt` into the scan
folder; the EmbodiedScan layout is `posed_images/<scene>/NNNNN.{jpg,png,txt}` beside the scans.
Poses are camera to world in OpenCV axes, world being the mesh frame.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4, rigid_fault
from whatwhere.scenes.calibration import Calibration, read_calibration
from whatwhere.scenes.coarse_depth import CoarseDepth
from whatwhere.scenes.images import (
    MILLIMETRES,
    image_size,
    read_color,
    read_depth,
    read_depth_units,
)
from whatwhere.scenes.posed_frames import frame_of
from whatwhere.scenes.scan_text import ScanText, read_matrix
from whatwhere.scenes.scene import Frame, FrameHeader, StoredFrame

# Smaller than this, a picture shows nothing that could be pointed at.
_LEAST_PX = 8
_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".pgm", ".ppm")


@dataclass(frozen=True, slots=True)
class FrameFiles:
    """The files of one frame; None where one is missing."""

    name: str
    color: Path | None
    depth: Path | None
    pose: Path | None


@dataclass(frozen=True, slots=True, eq=False)
class Conventions:
    """How images and poses are to be read, where it is not as ScanNet has it.

    Attributes:
        camera: of both images, whatever files say; None to go by them.
        usual_camera: of both images where no file tells; None when there is no usual one.
        depth_units_per_m: None for millimetres.
        world_from_camera: brings a pose to OpenCV axes, camera to world.
        poses: by frame; None where each frame has a pose file.
        faults: what is wrong with the frames as a whole, as sentences.
    """

    camera: Intrinsics | None = None
    usual_camera: Intrinsics | None = None
    depth_units_per_m: float | None = None
    world_from_camera: Callable[[Matrix4], Matrix4] = lambda pose: pose
    poses: Mapping[str, Matrix4] | None = None
    faults: tuple[str, ...] = ()

    def calibration(self, found: Calibration) -> Calibration:
        """The two cameras, given what files say of them."""
        if self.camera is not None:
            return Calibration(self.camera, self.camera)
        usual = self.usual_camera
        if usual is None or found.color is not None:
            return found
        said = (
            f"No file tells the intrinsics: fx {usual.fx:g}, fy {usual.fy:g}, cx {usual.cx:g}, "
            f"cy {usual.cy:g} for {usual.width}x{usual.height} are assumed. "
            "`whatwhere scenes import` takes others."
        )
        return Calibration(usual, usual, (said,))

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


@dataclass(frozen=True, slots=True, eq=False)
class PosedImages:
    """All frames of one scan that are files of their own; a `PosedFrames`.

    Attributes:
        headers: every frame, usable or not, in capture order.
        files: their files, by name.
        calibration: the two cameras.
        depth_units_per_m: what a metre is in the depth images.
        faults: what is wrong with them as a whole, as sentences.
    """

    headers: tuple[FrameHeader, ...]
    files: dict[str, FrameFiles]
    calibration: Calibration
    depth_units_per_m: float = MILLIMETRES
    faults: tuple[str, ...] = ()

    def paths(self, header: FrameHeader) -> tuple[Path, Path]:
        """The files of one usable frame's colour and depth."""
        files = self.files[header.name]
        if files.color is None or files.depth is None or header.world_from_camera is None:
            raise ValueError(f"frame {header.name} has a fault: {header.fault}")
        return files.color, files.depth

    def read(self, header: FrameHeader) -> Frame:
        """Decode one usable frame.

        Raises:
            BrokenFileError: an image is cut short or is not what it should be.
        """
        color, depth = self.paths(header)
        depth_image = read_depth(depth, units_per_m=self.depth_units_per_m)
        return frame_of(header, self.calibration, read_color(color), depth_image)

    def read_stored(self, header: FrameHeader) -> StoredFrame:
        """One frame as it is stored, one that lost tracking too.

        Raises:
            BrokenFileError: an image is missing, or the depth image is broken.
        """
        files = self.files[header.name]
        if files.color is None or files.depth is None:
            raise BrokenFileError(header.name, "an image of this frame is missing")
        try:
            color = files.color.read_bytes()
        except OSError as error:
            raise BrokenFileError(files.color, f"it cannot be read ({error.strerror})") from error
        suffix = files.color.suffix.lower().replace("jpeg", "jpg")
        return StoredFrame(color, suffix, read_depth_units(files.depth))

    def read_coarse_depth(self, header: FrameHeader) -> CoarseDepth:
        """Every few pixels of one usable frame's depth.

        Raises:
            BrokenFileError: the image is cut short or is not what it should be.
        """
        _, depth = self.paths(header)
        return CoarseDepth.of(read_depth(depth, units_per_m=self.depth_units_per_m)[0])

    def read_coarse_color(self, header: FrameHeader, *, width_px: int) -> NDArray[np.uint8]:
        """The colours of one usable frame, at about this width or more.

        Raises:
            BrokenFileError: the image is cut short or is not what it should be.
        """
        return read_color(self.paths(header)[0], width_px=width_px)


def find_frames(folder: Path, scene_id: str) -> tuple[list[FrameFiles], Path] | None:
    """The frames' files in capture order and the folder of their intrinsics; None without frames.

    Looks into the scan folder first, then for `posed_images/<scene>` beside it, beside its parent,
    or for the folder being one.
    """
    if (folder / "color").is_dir():
        files = _join([_by_stem(folder / part) for part in ("color", "depth", "pose")])
        if files:
            return files, folder / "intrinsic"
    for root in (folder.parent, folder.parent.parent):
        flat = root / "posed_images" / scene_id
        if flat.is_dir() and (files := _flat_frames(flat)):
            return files, flat
    if files := _flat_frames(folder):
        return files, folder
    return None


def open_frames(
    files: Sequence[FrameFiles],
    intrinsics_folder: Path,
    text: ScanText,
    conventions: Conventions | None = None,
    *,
    on_step: Callable[[int, int, str], None] | None = None,
) -> PosedImages:
    """Read every pose and image header; frames that cannot be used keep the reason.

    Args:
        files: of the frames, in capture order.
        intrinsics_folder: where the two cameras are described.
        text: the scan's text file.
        conventions: how all this is to be read, where it is not as ScanNet has it.
        on_step: called with (done, total, what is being done) before each frame.

    Raises:
        BrokenFileError: an intrinsics file is broken.
    """
    conventions = conventions or Conventions()
    color_size = _first_size([item.color for item in files])
    depth_size = _first_size([item.depth for item in files])
    calibration = conventions.calibration(
        read_calibration(intrinsics_folder, text, color_size=color_size, depth_size=depth_size)
    )
    headers: list[FrameHeader] = []
    for done, item in enumerate(files):
        if on_step is not None:
            on_step(done, len(files), f"frame {done + 1} of {len(files)}")
        headers.append(_header(item, calibration, conventions, text.aligned_from_mesh))
    return PosedImages(
        tuple(headers),
        {item.name: item for item in files},
        calibration,
        conventions.depth_units_per_m or MILLIMETRES,
        conventions.faults,
    )


def _header(
    files: FrameFiles,
    calibration: Calibration,
    conventions: Conventions,
    aligned_from_mesh: Matrix4,
) -> FrameHeader:
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


def _first_size(paths: Sequence[Path | None]) -> tuple[int, int] | None:
    """The size of the first image whose header can be read."""
    for path in paths:
        try:
            if path is not None:
                return image_size(path)
        except BrokenFileError:
            continue
    return None


def _flat_frames(folder: Path) -> list[FrameFiles]:
    """Frames of a `posed_images/<scene>` folder: files whose stem is a number."""
    kinds: list[dict[str, Path]] = [{}, {}, {}]
    for path in folder.iterdir():
        if not path.stem.isdigit():
            continue
        suffix = path.suffix.lower()
        for kind, suffixes in zip(kinds, ((".jpg", ".jpeg"), (".png",), (".txt",)), strict=True):
            if suffix in suffixes:
                kind[path.stem] = path
    return _join(kinds) if kinds[0] else []


def image_files(folder: Path) -> dict[str, Path]:
    """The images in a folder, by their names without the ending."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in _IMAGE_SUFFIXES)
    return {path.name.removesuffix(path.suffix): path for path in found}


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    if folder.name != "pose":
        return image_files(folder)
    return {path.stem: path for path in folder.iterdir() if path.suffix.lower() == ".txt"}


def _join(kinds: Sequence[dict[str, Path]]) -> list[FrameFiles]:
    color, depth, pose = kinds
    names = sorted(set(color) | set(depth) | set(pose), key=_capture_order)
    return [FrameFiles(name, color.get(name), depth.get(name), pose.get(name)) for name in names]


def _capture_order(name: str) -> tuple[int, int, str]:
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
