"""`2d-frame` over the sentences of a scan: one picture each, judged in that picture."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, ExpressionError, MissingFileError
from whatwhere.evaluation.cases.columns import NO_ANSWER
from whatwhere.evaluation.cases.scene_cases import Answers
from whatwhere.evaluation.cases.truth import Places, SceneTruth
from whatwhere.evaluation.in_frame import frame_score, target_mask
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.picture_parts import mask_iou, on_grid
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.models.frame_grounding import FrameGrounding, FramePointer
from whatwhere.models.grounder import IsCancelled
from whatwhere.scenes.scene import Scene


def frame_answers(
    pointer: FramePointer,
    scene: Scene,
    texts: Sequence[str],
    truth: SceneTruth,
    places: Places,
    is_cancelled: IsCancelled,
) -> tuple[Answers, NDArray[np.bool_]]:
    """Where a model points in single pictures, and (n,) whether it has an answer.

    An answer is the part of the picture that it is; its IoU is that of masks in the picture, 0
    where the picture does not show the target. It is said to choose the candidate that its best
    patch lies on, or else the one that it overlaps most; candidates have no say in the scores.

    Args:
        pointer: the model.
        scene: opened.
        texts: n sentences.
        truth: of the scan.
        places: candidates, as names for what was pointed at.
        is_cancelled: polled between pictures.

    Raises:
        SceneError: no picture can be read.
        Cancelled: `is_cancelled` returned True.
    """
    pictures = _Pictures(scene, [Box.from_row(row) for row in places.boxes])
    nothing = np.where(truth.targets >= 0, 0.0, np.nan).astype(np.float32)
    none = Answers.none(len(texts), nothing)
    chosen, ious = none.chosen.copy(), nothing.copy()
    answered = np.zeros(len(texts), bool)
    for index, (text, target) in enumerate(zip(texts, truth.target_boxes, strict=True)):
        try:
            found = pointer.point_in_frame(scene, text, is_cancelled=is_cancelled)
        except ExpressionError:
            continue
        answered[index] = True
        depth, masks = pictures.of(found.frame)
        if depth is None:
            ious[index] = np.nan  # nothing tells what the picture shows
            continue
        chosen[index] = _pointed_at(found, masks)
        if target is not None:
            wanted = target_mask(target, depth)
            ious[index] = frame_score(found.mask, found.best_patch, wanted).mask_iou
    hits = (chosen >= 0) & places.of_class[np.arange(len(texts)), chosen]
    return replace(none, chosen=chosen, iou=ious, class_hits=hits), answered


class _Pictures:
    """What the frames of a scan show of its candidates; each is looked at once."""

    def __init__(self, scene: Scene, boxes: Sequence[Box]) -> None:
        self._scene, self._boxes = scene, boxes
        self._known: dict[str, tuple[PosedDepth | None, list[NDArray[np.bool_]]]] = {}

    def of(self, name: str) -> tuple[PosedDepth | None, list[NDArray[np.bool_]]]:
        """The depth of a frame, None where it cannot be read, and a mask per candidate."""
        if name not in self._known:
            header = next(header for header in self._scene.frames if header.name == name)
            try:
                depth = self._scene.read_frame(header).depth
            except (BrokenFileError, MissingFileError):
                self._known[name] = None, []
            else:
                self._known[name] = depth, [target_mask(box, depth) for box in self._boxes]
        return self._known[name]


def _pointed_at(found: FrameGrounding, masks: Sequence[NDArray[np.bool_]]) -> int:
    if not masks:
        return NO_ANSWER
    height, width = masks[0].shape
    rows, columns = found.mask.shape
    row, column = found.best_patch
    at = int((row + 0.5) * height / rows), int((column + 0.5) * width / columns)
    answer = on_grid(found.mask, height, width)
    overlaps = np.array([mask_iou(answer, mask) for mask in masks])
    under = np.array([mask[at] for mask in masks])
    if under.any():
        overlaps[~under] = -1
    return int(overlaps.argmax()) if overlaps.max() > 0 else NO_ANSWER
