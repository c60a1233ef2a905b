"""The frames of a `.sens` file, read in place."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, SceneError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import rigid_faults
from whatwhere.scenes.calibration import Calibration, camera_for, joined
from whatwhere.scenes.coarse_depth import CoarseDepth
from whatwhere.scenes.images import encode_color
from whatwhere.scenes.posed_frames import frame_of
from whatwhere.scenes.scan_text import ScanText
from whatwhere.scenes.scene import Frame, FrameHeader, StoredFrame
from whatwhere.scenes.sens import OnWalk, SensFile


@dataclass(frozen=True, slots=True, eq=False)
class SensFrames:
    """All frames of one recording; a `PosedFrames`.

    Attributes:
        file: the recording.
        headers: every frame that is there whole, usable or not, named by its number.
        calibration: the two cameras.
    """

    file: SensFile
    headers: tuple[FrameHeader, ...]
    calibration: Calibration

    @property
    def faults(self) -> tuple[str, ...]:
        """That frames are missing, if they are."""
        return () if self.file.fault is None else (self.file.fault,)

    @property
    def depth_units_per_m(self) -> float:
        """As the recording says."""
        return self.file.header.depth_units_per_m

    def paths(self, header: FrameHeader) -> tuple[Path, Path]:
        """There are none.

        Raises:
            SceneError: always.
        """
        raise SceneError(
            f"frame {header.name} lies within the recording, and what asks for it reads images",
            remedy="Export the frames first: whatwhere frames export SCENE FOLDER",
            path=self.file.path,
        )

    def read(self, header: FrameHeader) -> Frame:
        """Decode one usable frame.

        Raises:
            BrokenFileError: its bytes are not what the header promises.
        """
        index = int(header.name)
        return frame_of(header, self.calibration, self.file.color(index), self.file.depth(index))

    def depth_camera(self, header: FrameHeader) -> Intrinsics:
        """The depth camera, which all frames share."""
        assert self.calibration.depth is not None
        return self.calibration.depth

    def read_stored(self, header: FrameHeader) -> StoredFrame:
        """One frame as it is stored, one that lost tracking too.

        Raises:
            BrokenFileError: an image is empty, or the depth is broken.
        """
        index = int(header.name)
        color, depth = self.file.color_blob(index), self.file.depth_units(index)
        if self.file.header.color_form == "raw":
            return StoredFrame(encode_color(self.file.color(index)), ".png", depth)
        if not color:
            raise BrokenFileError(self.file.path, f"frame {index} has no colour")
        is_jpeg = color.startswith(b"\xff\xd8")
        return StoredFrame(color, ".jpg" if is_jpeg else ".png", depth)

    def read_coarse_depth(self, header: FrameHeader) -> CoarseDepth:
        """Every few pixels of one usable frame's depth.

        Raises:
            BrokenFileError: its bytes are not what the header promises.
        """
        return CoarseDepth.of(self.file.depth(int(header.name))[0])

    def read_coarse_color(self, header: FrameHeader, *, width_px: int) -> NDArray[np.uint8]:
        """The colours of one usable frame, at about this width or more.

        Raises:
            BrokenFileError: its bytes are not what the header promises.
        """
        return self.file.color(int(header.name), width_px=width_px)


def open_sens(path: Path, text: ScanText, *, on_walk: OnWalk | None = None) -> SensFrames:
    """Find the frames of a recording; those that cannot be used keep the reason.

    Args:
        path: of the `.sens` file.
        text: the scan's text file.
        on_walk: told of progress; what it raises stops the opening.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is no such file, its header is broken, or no frame is whole.
        SceneError: its depth is compressed in a way that nobody else can read.
    """
    file = SensFile(path, on_walk=on_walk)
    if not len(file):
        raise BrokenFileError(path, "it is cut short before the end of its first frame")
    calibration = _calibration(file, text)
    faults = _faults(file, calibration)
    known = np.array([fault is None for fault in faults], bool)
    poses = np.where(known[:, None, None], file.world_from_camera, np.eye(4))
    aligned = text.aligned_from_mesh @ poses
    width, height = file.header.color_size
    camera = calibration.color and calibration.color.resized(width=width, height=height)
    headers = tuple(
        FrameHeader(str(index), fault)
        if fault is not None
        else FrameHeader(str(index), None, camera, aligned[index])
        for index, fault in enumerate(faults)
    )
    return SensFrames(file, headers, calibration)


def _calibration(file: SensFile, text: ScanText) -> Calibration:
    header = file.header
    said: list[str] = []
    color = camera_for(
        "color",
        header.intrinsic_color,
        image_size=header.color_size,
        text_size=text.size("color"),
        said=said,
    )
    depth = camera_for(
        "depth",
        header.intrinsic_depth,
        image_size=header.depth_size,
        text_size=text.size("depth"),
        said=said,
    )
    return joined(color, depth, said)


def _faults(file: SensFile, calibration: Calibration) -> list[str | None]:
    """Why each frame cannot be used, or None."""
    if calibration.color is None or calibration.depth is None:
        return ["the scan has no camera intrinsics"] * len(file)
    faults: list[str | None] = list(rigid_faults(file.world_from_camera))
    for kind, sizes in (("color", file.color_bytes), ("depth", file.depth_bytes)):
        for index in np.flatnonzero(sizes == 0):
            faults[index] = f"its {kind} image is empty"
    return faults
