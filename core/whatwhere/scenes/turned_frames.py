"""Frames of a device that was held on its side, turned so that up is up.

A network that has learned from upright pictures sees little in others. Pictures, depth, cameras
and poses turn together, about the camera's own axis, so that each pixel stays where it was in the
room.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import SceneError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.calibration import Calibration
from whatwhere.scenes.coarse_depth import CoarseDepth
from whatwhere.scenes.images import decode_color, encode_color
from whatwhere.scenes.posed_images import PosedImages
from whatwhere.scenes.scene import Frame, FrameHeader, StoredFrame

_CLOCKWISE = np.array([[0.0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
"""From a camera whose picture was turned clockwise by a quarter to the camera that took it."""


def quarter_turns(world_from_camera: Matrix4) -> int:
    """How often pictures are to be turned clockwise until up is up, 0 to 3.

    Args:
        world_from_camera: (N, 4, 4), N >= 1, of a world with z up.
    """
    across, down = world_from_camera[:, 2, :2].mean(axis=0)
    return int(np.argmax([-down, -across, down, across]))


def turned_camera(camera: Intrinsics, turns: int) -> Intrinsics:
    """The intrinsics of pictures that were turned clockwise."""
    for _ in range(turns):
        camera = Intrinsics(
            camera.fy,
            camera.fx,
            camera.height - 1 - camera.cy,
            camera.cx,
            camera.height,
            camera.width,
        )
    return camera


@dataclass(frozen=True, eq=False)
class TurnedFrames:
    """All frames of a scan, turned clockwise; a `PosedFrames`.

    Attributes:
        stored: the frames as they lie in their files.
        turns: quarters, 1 to 3.
    """

    stored: PosedImages
    turns: int

    @cached_property
    def headers(self) -> Sequence[FrameHeader]:
        """Every frame, usable or not, in capture order."""
        turn = np.linalg.matrix_power(_CLOCKWISE, self.turns)
        return tuple(
            header
            if header.camera is None or header.world_from_camera is None
            else replace(
                header,
                camera=turned_camera(header.camera, self.turns),
                world_from_camera=header.world_from_camera @ turn,
            )
            for header in self.stored.headers
        )

    @cached_property
    def calibration(self) -> Calibration:
        """The two cameras."""
        found = self.stored.calibration
        color, depth = (
            camera and turned_camera(camera, self.turns) for camera in (found.color, found.depth)
        )
        return replace(found, color=color, depth=depth)

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with them as a whole, as sentences."""
        quarters = "a quarter turn" if self.turns == 1 else f"{self.turns} quarter turns"
        said = f"The pictures lie on their side in their files: they are shown {quarters} clockwise"
        return (*self.stored.faults, f"{said}, with their cameras.")

    @property
    def depth_units_per_m(self) -> float:
        """What a metre is in the stored depth images."""
        return self.stored.depth_units_per_m

    def paths(self, header: FrameHeader) -> tuple[Path, Path]:
        """There are none: the files hold the pictures as they were taken.

        Raises:
            SceneError: always.
        """
        raise SceneError(
            f"frame {header.name} lies on its side in its file, and what asks for it reads files",
            remedy="Export the frames first: whatwhere frames export SCENE FOLDER",
            path=self.stored.files[header.name].color,
        )

    def depth_camera(self, header: FrameHeader) -> Intrinsics:
        """The depth camera of one usable frame, at the size it was measured for."""
        return turned_camera(self.stored.depth_camera(self._stored(header)), self.turns)

    def read(self, header: FrameHeader) -> Frame:
        """Decode one usable frame.

        Raises:
            BrokenFileError: an image is cut short or is not what it should be.
        """
        frame = self.stored.read(self._stored(header))
        assert header.world_from_camera is not None
        return Frame(
            name=frame.name,
            color=self._turned(frame.color),
            depth_m=self._turned(frame.depth_m),
            depth_valid=self._turned(frame.depth_valid),
            color_camera=turned_camera(frame.color_camera, self.turns),
            depth_camera=turned_camera(frame.depth_camera, self.turns),
            world_from_camera=header.world_from_camera,
        )

    def read_stored(self, header: FrameHeader) -> StoredFrame:
        """One frame to be written elsewhere: turned, and its colour made anew as PNG.

        Raises:
            BrokenFileError: an image is missing or broken.
        """
        found = self.stored.read_stored(header)
        path = self.stored.files[header.name].color
        assert path is not None
        color = encode_color(self._turned(decode_color(found.color, path)))
        return StoredFrame(color, ".png", self._turned(found.depth_units))

    def read_coarse_depth(self, header: FrameHeader) -> CoarseDepth:
        """Every few pixels of one usable frame's depth.

        Raises:
            BrokenFileError: the image is cut short or is not what it should be.
        """
        depth_m, _ = self.stored.read_depth(self._stored(header))
        return CoarseDepth.of(self._turned(depth_m))

    def read_coarse_color(self, header: FrameHeader, *, width_px: int) -> NDArray[np.uint8]:
        """The colours of one usable frame, at about this width or more.

        Raises:
            BrokenFileError: the image is cut short or is not what it should be.
        """
        stored = self._stored(header)
        assert stored.camera is not None
        if self.turns % 2:
            width_px = -(-width_px * stored.camera.width // stored.camera.height)
        return self._turned(self.stored.read_coarse_color(stored, width_px=width_px))

    @cached_property
    def _by_name(self) -> dict[str, FrameHeader]:
        return {header.name: header for header in self.stored.headers}

    def _stored(self, header: FrameHeader) -> FrameHeader:
        return self._by_name[header.name]

    def _turned(self, image: NDArray[Any]) -> NDArray[Any]:
        """Rows and columns turned clockwise."""
        return np.ascontiguousarray(np.rot90(image, -self.turns))
