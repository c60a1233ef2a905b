"""What a scan's posed RGB-D frames are to whoever reads them, wherever they are stored."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.scenes.calibration import Calibration
from whatwhere.scenes.coarse_depth import CoarseDepth
from whatwhere.scenes.scene import Frame, FrameHeader, StoredFrame


class PosedFrames(Protocol):
    """All frames of one scan; headers are known, pixels are decoded when asked for."""

    @property
    def headers(self) -> Sequence[FrameHeader]:
        """Every frame, usable or not, in capture order."""

    @property
    def calibration(self) -> Calibration:
        """The two cameras."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with them as a whole, as sentences."""

    @property
    def depth_units_per_m(self) -> float:
        """What a metre is in the stored depth images."""

    def paths(self, header: FrameHeader) -> tuple[Path, Path]:
        """The image files of one usable frame's colour and depth.

        Raises:
            SceneError: its images are no files of their own.
        """

    def depth_camera(self, header: FrameHeader) -> Intrinsics:
        """The depth camera of one usable frame, at the size it was measured for."""

    def read(self, header: FrameHeader) -> Frame:
        """Decode one usable frame.

        Raises:
            BrokenFileError: an image is cut short or is not what it should be.
        """

    def read_stored(self, header: FrameHeader) -> StoredFrame:
        """One frame as it is stored, one that lost tracking too.

        Raises:
            BrokenFileError: an image is missing, or the depth image is broken.
        """

    def read_coarse_depth(self, header: FrameHeader) -> CoarseDepth:
        """Every few pixels of one usable frame's depth.

        Raises:
            BrokenFileError: the image is cut short or is not what it should be.
        """

    def read_coarse_color(self, header: FrameHeader, *, width_px: int) -> NDArray[np.uint8]:
        """(h, w, 3) RGB of one usable frame, at about this width or more.

        Raises:
            BrokenFileError: the image is cut short or is not what it should be.
        """


def camera_of_size(calibrated: Intrinsics | None, shape: tuple[int, ...]) -> Intrinsics:
    """The camera of an image of shape (H, W, ...); frames without a camera have no pixels."""
    assert calibrated is not None
    return calibrated.resized(width=shape[1], height=shape[0])


def frame_of(
    header: FrameHeader,
    calibration: Calibration,
    color: NDArray[np.uint8],
    depth: tuple[NDArray[np.float32], NDArray[np.bool_]],
) -> Frame:
    """One decoded frame.

    Args:
        header: of a usable frame.
        calibration: of the scan.
        color: (H, W, 3) RGB.
        depth: (h, w) metres, and where it was measured.
    """
    assert header.world_from_camera is not None
    depth_m, depth_valid = depth
    return Frame(
        name=header.name,
        color=color,
        depth_m=depth_m,
        depth_valid=depth_valid,
        color_camera=camera_of_size(calibration.color, color.shape),
        depth_camera=camera_of_size(calibration.depth, depth_m.shape),
        world_from_camera=header.world_from_camera,
    )
