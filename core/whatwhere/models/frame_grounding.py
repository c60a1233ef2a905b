"""The `2d-frame` modality: one frame's pixels and a sentence; the answer is a part of the picture.

It is no `Modality` among the others, because its answer is no candidate: neither boxes nor depth
nor poses have a say in it. Nothing here needs torch.

Shapes: H x W pixels of the colour image, h x w patches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import NotSupportedError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.picture_parts import PixelBox, on_grid
from whatwhere.models.grounder import Grounder, IsCancelled, Progress
from whatwhere.scenes.scene import Scene

IN_FRAME = "2d-frame"
"""What the modality is called, in commands and documents."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameGrounding:
    """Where in one frame a model points.

    Attributes:
        frame: name of the frame.
        size_px: (width, height) of its colour image.
        log_probs: (h, w) float32 natural log-probability of each patch among those of the frame.
        mask: (h, w) bool, the patches of the answer: the best one and those joined to it.
        frames: names of all frames that were looked at before this one was chosen.
        lifted: the mask in aligned metres, through the frame's depth; for display only, and None
            where nobody asked or nothing was measured.
        warnings: what the user should know.
    """

    frame: str
    size_px: tuple[int, int]
    log_probs: NDArray[np.float32]
    mask: NDArray[np.bool_]
    frames: tuple[str, ...] = ()
    lifted: Box | None = None
    warnings: tuple[str, ...] = ()

    @property
    def best_patch(self) -> tuple[int, int]:
        """Row and column of the patch that scores highest, the first of equals."""
        return best_patch(self.log_probs)

    @property
    def point_px(self) -> tuple[float, float]:
        """(x, y) of the middle of the best patch, pixel centres at integers."""
        row, column = self.best_patch
        left, top, right, bottom = self._pixels(row, column, row + 1, column + 1)
        return (left + right) / 2, (top + bottom) / 2

    @property
    def box_px(self) -> PixelBox:
        """Around the mask."""
        rows, columns = np.nonzero(self.mask)
        return self._pixels(rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)

    def mask_at(self, height: int, width: int) -> NDArray[np.bool_]:
        """(height, width): the mask on another grid of the same view, such as the depth image."""
        return on_grid(self.mask, height, width)

    def _pixels(self, top: int, left: int, bottom: int, right: int) -> PixelBox:
        """Borders of patches as borders in pixels."""
        width, height = self.size_px
        rows, columns = self.mask.shape
        return (
            float(left * width / columns - 0.5),
            float(top * height / rows - 0.5),
            float(right * width / columns - 0.5),
            float(bottom * height / rows - 0.5),
        )

    def as_json(self) -> dict[str, Any]:
        """The `2d-frame` part of the `ground` JSON document."""
        return {
            "frame": self.frame,
            "size_px": list(self.size_px),
            "log_probs": self.log_probs.tolist(),
            "mask": self.mask.astype(int).tolist(),
            "point_px": list(self.point_px),
            "box_px": list(self.box_px),
            "frames": list(self.frames),
            "lifted": None if self.lifted is None else self.lifted.as_json(),
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "FrameGrounding":
        """The inverse of `as_json`."""
        width, height = value["size_px"]
        lifted = value["lifted"]
        return cls(
            frame=str(value["frame"]),
            size_px=(int(width), int(height)),
            log_probs=np.array(value["log_probs"], np.float32),
            mask=np.array(value["mask"], bool),
            frames=tuple(value["frames"]),
            lifted=None if lifted is None else Box.from_json(lifted),
            warnings=tuple(value["warnings"]),
        )


class FramePointer(Grounder, Protocol):
    """A grounder that also points in single pictures; its capabilities say so."""

    def point_in_frame(
        self,
        scene: Scene,
        text: str,
        frame: str | None = None,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> FrameGrounding:
        """Point at a part of a picture that a sentence speaks of.

        Of the scene nothing but colour images is read, and the scores of a frame depend on its
        pixels and the sentence alone, to the bit on the CPU.

        Args:
            scene: whose frames are looked at.
            text: the sentence.
            frame: name of the frame; None takes, of frames spread evenly, the one whose best
                patch scores highest.
            progress: told of every frame.
            is_cancelled: polled between two frames.

        Raises:
            ExpressionError: the sentence is empty.
            SceneError: there is no such frame, or none that can be read.
            Cancelled: `is_cancelled` returned True.
        """


def as_frame_pointer(grounder: Grounder) -> FramePointer:
    """The same model, which can be asked about single frames.

    Raises:
        NotSupportedError: it cannot.
    """
    if not grounder.capabilities.points_in_frames:
        raise NotSupportedError(
            f"{grounder.name} has no {IN_FRAME} answer: it does not score the patches of a picture",
            remedy="Ask for its other modalities, or use a spatial_vlm or a frame_vlm",
        )
    return cast("FramePointer", grounder)


def best_patch(log_probs: NDArray[np.floating]) -> tuple[int, int]:
    """Row and column of the highest of (h, w), the first of equals."""
    row, column = np.unravel_index(int(log_probs.argmax()), log_probs.shape)
    return int(row), int(column)
