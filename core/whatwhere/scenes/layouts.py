"""Which posed frames lie in a folder, told by what is in it and not by its name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from whatwhere.scenes.posed_frames import PosedFrames
from whatwhere.scenes.posed_images import FrameFiles, find_frames, open_frames
from whatwhere.scenes.scan_text import ScanText
from whatwhere.scenes.sens import SUFFIX
from whatwhere.scenes.sens_frames import open_sens

OnStep = Callable[[int, int, str], None]
"""Called with (done, total, what is being done); total 0 while unknown."""


class FrameLayout(Protocol):
    """Frames that were found and are still to be opened."""

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

    def open(self, text: ScanText, *, on_step: OnStep | None) -> PosedFrames:
        """Read every pose and header."""
        return open_frames(self.files, self.intrinsics, text, on_step=on_step)


@dataclass(frozen=True, slots=True)
class Recording:
    """A `.sens` file."""

    path: Path

    def open(self, text: ScanText, *, on_step: OnStep | None) -> PosedFrames:
        """Find every frame."""

        def told(done: int, total: int) -> None:
            if on_step is not None:
                on_step(done, total, f"frame {done:,} of {total:,}")

        return open_sens(self.path, text, on_walk=told)


def find_layout(folder: Path, scene_id: str) -> FrameLayout | None:
    """The frames of a scene; exported ones before a recording, for someone chose them.

    Args:
        folder: of the scan.
        scene_id: of the scan.
    """
    if found := find_frames(folder, scene_id):
        return ExportedFrames(tuple(found[0]), found[1])
    recording = find_recording(folder, scene_id)
    return None if recording is None else Recording(recording)


def find_recording(folder: Path, scene_id: str) -> Path | None:
    """The scan's own `.sens` file, or the only one in its folder."""
    own = folder / f"{scene_id}{SUFFIX}"
    if own.is_file():
        return own
    recordings = list(folder.glob(f"*{SUFFIX}"))
    return recordings[0] if len(recordings) == 1 else None
