"""Which posed frames lie in a folder, told by what is in it and not by its name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.poses import Matrix4, rigid_fault
from whatwhere.scenes.frame_files import FrameFiles, find_frames
from whatwhere.scenes.frame_headers import Conventions
from whatwhere.scenes.import_choices import ImportChoices, read_choices
from whatwhere.scenes.own_layouts import OwnFrames, find_own_frames
from whatwhere.scenes.posed_frames import PosedFrames
from whatwhere.scenes.posed_images import open_frames
from whatwhere.scenes.scan_text import ScanText, read_matrix
from whatwhere.scenes.sens import SUFFIX
from whatwhere.scenes.sens_frames import open_sens
from whatwhere.scenes.uprights import Upright, upright, upright_by_cameras

OnStep = Callable[[int, int, str], None]
"""Called with (done, total, what is being done); total 0 while unknown."""

_MAX_LOOKED_AT = 60
"""Poses that tell which way is up."""


class FrameLayout(Protocol):
    """Frames that were found and are still to be opened."""

    def upright(self) -> Upright | None:
        """How to set a scan without axisAlignment upright; None to leave it as it is."""

    def open(self, text: ScanText, *, on_step: OnStep | None) -> PosedFrames:
        """Read every pose and header.

        Raises:
            BrokenFileError: what all frames need is broken.
            SceneError: they are stored in a way that nobody else can read.
        """


@dataclass(frozen=True, slots=True)
class ExportedFrames:
    """Images, depth and poses as the official exporter or EmbodiedScan's writes them."""

    files: tuple[FrameFiles, ...]
    intrinsics: Path
    choices: ImportChoices

    @property
    def has_whole_frame(self) -> bool:
        """Whether any frame has colour, depth and pose."""
        return any(None not in (item.color, item.depth, item.pose) for item in self.files)

    def upright(self) -> Upright | None:
        """Only as somebody decided: such worlds have z up."""
        return _decided(self.choices)

    def open(self, text: ScanText, *, on_step: OnStep | None) -> PosedFrames:
        """Read every pose and header."""
        conventions = Conventions(
            camera=self.choices.intrinsics,
            depth_units_per_m=self.choices.depth_units_per_m,
            world_from_camera=self.choices.world_from_camera,
        )
        return open_frames(self.files, self.intrinsics, text, conventions, on_step=on_step)


@dataclass(frozen=True, slots=True)
class OwnScan:
    """Frames that somebody keeps as 7-Scenes or TUM do."""

    folder: Path
    found: OwnFrames
    choices: ImportChoices

    def upright(self) -> Upright | None:
        """As somebody decided, else as the cameras stand."""
        if self.choices.up is not None:
            return upright(self.choices.up, is_guess=False, floor_m=self.choices.floor_m)
        step = max(1, len(self.found.files) // _MAX_LOOKED_AT)
        poses = [
            pose for item in self.found.files[::step] if (pose := self._pose(item)) is not None
        ]
        usable = [pose for pose in poses if rigid_fault(pose) is None]
        if not usable:
            return None
        return upright_by_cameras(np.stack(usable), floor_m=self.choices.floor_m)

    def open(self, text: ScanText, *, on_step: OnStep | None) -> PosedFrames:
        """Read every pose and header."""
        conventions = Conventions(
            camera=self.choices.intrinsics,
            usual_camera=self.found.camera,
            depth_units_per_m=self.choices.depth_units_per_m or self.found.depth_units_per_m,
            world_from_camera=self.choices.world_from_camera,
            poses=self.found.poses,
            faults=self.found.faults,
        )
        intrinsics = self.folder / "intrinsic"
        place = intrinsics if intrinsics.is_dir() else self.folder
        return open_frames(self.found.files, place, text, conventions, on_step=on_step)

    def _pose(self, files: FrameFiles) -> Matrix4 | None:
        """Of one frame; None where it has none, or a broken one."""
        if self.found.poses is not None:
            pose = self.found.poses.get(files.name)
            return None if pose is None else self.choices.world_from_camera(pose)
        try:
            return (
                None
                if files.pose is None
                else self.choices.world_from_camera(read_matrix(files.pose))
            )
        except BrokenFileError:
            return None


@dataclass(frozen=True, slots=True)
class Recording:
    """A `.sens` file; all but which way is up stands in it."""

    path: Path
    choices: ImportChoices = field(default_factory=ImportChoices)

    def upright(self) -> Upright | None:
        """Only as somebody decided: ScanNet's recordings have z up."""
        return _decided(self.choices)

    def open(self, text: ScanText, *, on_step: OnStep | None) -> PosedFrames:
        """Find every frame."""

        def told(done: int, total: int) -> None:
            if on_step is not None:
                on_step(done, total, f"frame {done:,} of {total:,}")

        return open_sens(self.path, text, on_walk=told)


def _decided(choices: ImportChoices) -> Upright | None:
    """None where nobody decided."""
    up, floor_m = choices.up, choices.floor_m
    if up is None:
        return None if floor_m is None else upright("+z", is_guess=False, floor_m=floor_m)
    return upright(up, is_guess=False, floor_m=floor_m)


def find_layout(folder: Path, scene_id: str) -> FrameLayout | None:
    """The frames of a scene; exported ones before a recording, for someone chose them.

    Args:
        folder: of the scan.
        scene_id: of the scan.

    Raises:
        BrokenFileError: a file that all frames need is broken.
    """
    choices = read_choices(folder)
    if not (folder / "pose").is_dir() and (own := find_own_frames(folder)):
        return OwnScan(folder, own, choices)
    if found := find_frames(folder, scene_id):
        return ExportedFrames(tuple(found[0]), found[1], choices)
    recording = find_recording(folder, scene_id)
    return None if recording is None else Recording(recording, choices)


def find_recording(folder: Path, scene_id: str) -> Path | None:
    """The scan's own `.sens` file, or the only one in its folder."""
    own = folder / f"{scene_id}{SUFFIX}"
    if own.is_file():
        return own
    recordings = list(folder.glob(f"*{SUFFIX}"))
    return recordings[0] if len(recordings) == 1 else None
