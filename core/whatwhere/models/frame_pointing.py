"""Reading the pictures of a scene for the `2d-frame` modality, and choosing one of them.

Colour images are all that is read, each by itself, so nothing else can reach a score.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.errors import BrokenFileError, Cancelled, MissingFileError, SceneError
from whatwhere.models.frame_grounding import FrameGrounding
from whatwhere.models.frame_masks import answer_mask
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.spatial_vlm.views import resize_color, spread
from whatwhere.scenes.scene import FrameHeader, Scene

Look = Callable[[NDArray[np.uint8]], Tensor]
"""(H, W, 3) uint8 RGB of the model's image size -> what its tower sees of it."""

Score = Callable[[Tensor], NDArray[np.float32]]
"""What a tower saw of one frame -> (h, w) scores of its patches before any softmax, so that frames
compare."""

_MAX_KEPT = 32


class FramePointing:
    """Looks at single frames, and keeps what was seen of the last few.

    Args:
        image_size: (height, width) that frames are resized to.
        max_frames: among which one is chosen.
    """

    def __init__(self, *, image_size: tuple[int, int], max_frames: int) -> None:
        self._image_size = image_size
        self._max_frames = max_frames
        self._kept: OrderedDict[tuple[Path, str, str, str], tuple[tuple[int, int], Tensor]] = (
            OrderedDict()
        )

    def point(
        self,
        scene: Scene,
        look: Look,
        score: Score,
        frame: str | None,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> FrameGrounding:
        """The answer in the frame that is named, or in the one whose best patch scores highest.

        `look` is given each time: kept, it would keep its model, and the model this.

        Raises:
            SceneError: there is no such frame, or none that can be read.
            BrokenFileError: the image of the frame that is named cannot be read.
            Cancelled: `is_cancelled` returned True.
        """
        headers = self._headers(scene, frame)
        best: FrameGrounding | None = None
        best_score, seen, warnings = -np.inf, [], []
        for done, header in enumerate(headers, start=1):
            if is_cancelled is not None and is_cancelled():
                raise Cancelled("Looking at frames")
            try:
                size_px, features = self._seen(scene, header, look)
            except (BrokenFileError, MissingFileError) as error:
                if frame is not None:
                    raise
                warnings.append(f"Frame {header.name} was left out: {error}")
                continue
            scores = score(features)
            seen.append(header.name)
            if float(scores.max()) > best_score:
                best_score = float(scores.max())
                log_probs = _log_softmax(scores)
                best = FrameGrounding(header.name, size_px, log_probs, answer_mask(log_probs))
            if progress is not None:
                progress(done, len(headers), f"looking at frame {done} of {len(headers)}")
        if best is None:
            raise SceneError(
                f"none of the {len(headers)} frames that the model would look at can be read",
                remedy="Export the colour images again; `whatwhere info` names what is wrong",
                path=scene.folder,
            )
        return FrameGrounding(
            best.frame,
            best.size_px,
            best.log_probs,
            best.mask,
            frames=tuple(seen),
            warnings=tuple(warnings),
        )

    def _headers(self, scene: Scene, frame: str | None) -> Sequence[FrameHeader]:
        if frame is None:
            headers = spread(scene.frames, self._max_frames)
            if headers:
                return headers
            raise SceneError(
                "the scene has no usable frames, so the model cannot see it",
                remedy="Add posed frames (color, depth, pose, intrinsic), or open another scene",
                path=scene.folder,
            )
        found = next((header for header in scene.frames if header.name == frame), None)
        if found is None:
            names = [header.name for header in scene.frames]
            told = f"{names[0]} to {names[-1]}" if names else "none"
            raise SceneError(
                f'the scene has no usable frame "{frame}"',
                remedy=f"Name one of its {len(names)} usable frames ({told})",
                path=scene.folder,
            )
        return [found]

    def _seen(
        self, scene: Scene, header: FrameHeader, look: Look
    ) -> tuple[tuple[int, int], Tensor]:
        """(width, height) of a frame, and what the tower saw of it."""
        key = (scene.folder, scene.scene_id, scene.edit, header.name)
        found = self._kept.get(key)
        if found is None:
            assert header.camera is not None  # it is a usable frame
            color = scene.read_coarse_color(header, width_px=header.camera.width)
            size_px = color.shape[1], color.shape[0]
            found = size_px, look(resize_color(color, self._image_size))
            self._kept[key] = found
            while len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found


def _log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = scores.astype(np.float64) - scores.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), np.float32)
