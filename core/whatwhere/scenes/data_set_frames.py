"""Posed frames of a data set that keeps poses and intrinsics in files of its own form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.frame_files import FrameFiles
from whatwhere.scenes.frame_headers import Conventions
from whatwhere.scenes.layouts import OnStep
from whatwhere.scenes.posed_frames import PosedFrames
from whatwhere.scenes.posed_images import open_frames
from whatwhere.scenes.scan_text import ScanText
from whatwhere.scenes.turned_frames import TurnedFrames
from whatwhere.scenes.uprights import Upright, upright


@dataclass(frozen=True, slots=True, eq=False)
class FrameFacts:
    """What the data set's own files say of the frames.

    Attributes:
        poses: world from camera in OpenCV axes, by frame; a frame without one is left out.
        cameras: of the colour image, by frame.
        faults: what is wrong with the frames as a whole, as sentences.
        quarter_turns: how often pictures are to be turned clockwise until up is up.
    """

    poses: Mapping[str, Matrix4]
    cameras: Mapping[str, Intrinsics]
    faults: tuple[str, ...] = ()
    quarter_turns: int = 0


@dataclass(frozen=True, slots=True)
class DataSetFrames:
    """Frames that were found; a `FrameLayout`.

    Attributes:
        folder: of the scan.
        files: of the frames, in capture order.
        data_set: what people call it.
        read: reads poses and intrinsics; raises BrokenFileError.
    """

    folder: Path
    files: tuple[FrameFiles, ...]
    data_set: str
    read: Callable[[], FrameFacts]

    def upright(self) -> Upright:
        """All of these have z up."""
        return upright("+z", is_guess=False)

    def open(self, text: ScanText, *, on_step: OnStep | None) -> PosedFrames:
        """Read every pose and header.

        Raises:
            BrokenFileError: the file of all poses is broken.
        """
        facts = self.read()
        conventions = Conventions(poses=facts.poses, cameras=facts.cameras, faults=facts.faults)
        frames = open_frames(self.files, self.folder, text, conventions, on_step=on_step)
        turns = facts.quarter_turns
        return TurnedFrames(frames, turns) if turns else frames
