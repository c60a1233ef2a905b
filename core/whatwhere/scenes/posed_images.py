"""Posed RGB-D frames that are files of their own.

Poses are camera to world in OpenCV axes, world being the mesh frame.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.scenes.calibration import Calibration, read_calibration
from whatwhere.scenes.coarse_depth import CoarseDepth
from whatwhere.scenes.frame_files import FrameFiles
from whatwhere.scenes.frame_headers import Conventions, first_size, frame_header
from whatwhere.scenes.images import MILLIMETRES, metres, read_color, read_depth_units, read_levels
from whatwhere.scenes.posed_frames import frame_of
from whatwhere.scenes.scan_text import ScanText
from whatwhere.scenes.scene import Frame, FrameHeader, StoredFrame


@dataclass(frozen=True, slots=True, eq=False)
class PosedImages:
    """All frames of one scan that are files of their own; a `PosedFrames`.

    Attributes:
        headers: every frame, usable or not, in capture order.
        files: their files, by name.
        calibration: the two cameras; of the first frame where each has its own.
        depth_units_per_m: what a metre is in the depth images.
        faults: what is wrong with them as a whole, as sentences.
        has_own_cameras: whether the intrinsics differ from frame to frame.
    """

    headers: tuple[FrameHeader, ...]
    files: dict[str, FrameFiles]
    calibration: Calibration
    depth_units_per_m: float = MILLIMETRES
    faults: tuple[str, ...] = ()
    has_own_cameras: bool = False

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
        color, _ = self.paths(header)
        calibration = self.calibration
        if self.has_own_cameras:
            calibration = Calibration(header.camera, header.camera)
        return frame_of(header, calibration, read_color(color), self.read_depth(header))

    def read_depth(self, header: FrameHeader) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Depth (h, w) in metres of one usable frame, and where it was measured.

        Raises:
            BrokenFileError: an image is cut short or is not what it should be.
        """
        _, depth = self.paths(header)
        units = _sure_depth(depth, self.files[header.name].confidence)
        return metres(units, units_per_m=self.depth_units_per_m)

    def depth_camera(self, header: FrameHeader) -> Intrinsics:
        """The depth camera of one usable frame, at the size it was measured for."""
        camera = header.camera if self.has_own_cameras else self.calibration.depth
        assert camera is not None
        return camera

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
        return StoredFrame(color, suffix, _sure_depth(files.depth, files.confidence))

    def read_coarse_depth(self, header: FrameHeader) -> CoarseDepth:
        """Every few pixels of one usable frame's depth.

        Raises:
            BrokenFileError: the image is cut short or is not what it should be.
        """
        return CoarseDepth.of(self.read_depth(header)[0])

    def read_coarse_color(self, header: FrameHeader, *, width_px: int) -> NDArray[np.uint8]:
        """The colours of one usable frame, at about this width or more.

        Raises:
            BrokenFileError: the image is cut short or is not what it should be.
        """
        return read_color(self.paths(header)[0], width_px=width_px)


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
    color_size = first_size([item.color for item in files])
    depth_size = first_size([item.depth for item in files])
    calibration = conventions.calibration(
        read_calibration(intrinsics_folder, text, color_size=color_size, depth_size=depth_size)
    )
    headers: list[FrameHeader] = []
    for done, item in enumerate(files):
        if on_step is not None:
            on_step(done, len(files), f"frame {done + 1} of {len(files)}")
        headers.append(frame_header(item, calibration, conventions, text.aligned_from_mesh))
    return PosedImages(
        tuple(headers),
        {item.name: item for item in files},
        calibration,
        conventions.depth_units_per_m or MILLIMETRES,
        conventions.faults,
        conventions.has_own_cameras,
    )


def _sure_depth(depth: Path, confidence: Path | None) -> NDArray[np.uint16]:
    """(h, w) as stored, 0 where the sensor said that it is not sure."""
    units = read_depth_units(depth)
    if confidence is None:
        return units
    levels = read_levels(confidence)
    if levels.shape != units.shape:
        raise BrokenFileError(
            confidence,
            f"it is {levels.shape[1]}x{levels.shape[0]} pixels, "
            f"but its depth image is {units.shape[1]}x{units.shape[0]}",
        )
    return np.where(levels == 0, np.uint16(0), units)
