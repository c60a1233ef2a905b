"""From boxes and scores that some other program gave to ranked candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from whatwhere.errors import SceneError
from whatwhere.geometry.boxes import Box, box_rows, iou
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere.scenes.proposals import Proposal, annotation_proposals
from whatwhere.scenes.scene import Scene

MAX_BOXES = 10_000
"""More in one answer are nobody's ranking."""

_SAME_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Scored:
    """Boxes with what some model thinks of each.

    Attributes:
        boxes: aligned metres.
        scores: as many; natural log-probabilities, or anything else whose exponentials are in
            proportion.
    """

    boxes: tuple[Box, ...]
    scores: tuple[float, ...]


def checked_scores(value: object, num_boxes: int) -> tuple[float, ...]:
    """One finite number for each box.

    Raises:
        ValueError: something else; it says what.
    """
    if not isinstance(value, list | tuple):
        raise ValueError("its scores are not a list")
    if len(value) != num_boxes:
        raise ValueError(f"there are {num_boxes} boxes and {len(value)} scores")
    for item in value:
        if type(item) not in (int, float) or not isfinite(item) or abs(item) > 1e6:
            raise ValueError(f"a score is {_short(item)}, which is no finite number")
    return tuple(float(item) for item in value)


def checked_boxes(value: object) -> tuple[Box, ...]:
    """Boxes from rows of cx, cy, cz, dx, dy, dz in aligned metres.

    Raises:
        ValueError: something else; it says what.
    """
    if not isinstance(value, list | tuple):
        raise ValueError("its boxes are not a list")
    if len(value) > MAX_BOXES:
        raise ValueError(f"there are {len(value):,} boxes, more than the {MAX_BOXES:,} allowed")
    return tuple(_box(row) for row in value)


def _box(row: object) -> Box:
    if not isinstance(row, list | tuple) or len(row) != 6:
        raise ValueError(f"a box is {_short(row)}, not cx, cy, cz, dx, dy, dz")
    for number in row:
        if type(number) not in (int, float) or not isfinite(number) or abs(number) > 1e6:
            raise ValueError(f"a box holds {_short(number)}, which is no finite number of metres")
    if min(row[3:]) <= 0:
        raise ValueError(f"a box has the size {_short(list(row[3:]))}, which is not positive")
    return Box.from_row(row)


def _short(value: object) -> str:
    said = repr(value)
    return said if len(said) <= 60 else f"{said[:57]}..."


def ranked(
    answers: Mapping[Modality, Scored],
    proposals: Sequence[Proposal],
    *,
    are_own_boxes: bool,
    frames: tuple[str, ...] = (),
) -> dict[Modality, Grounding]:
    """Groundings, best candidates first, scores made log-probabilities.

    A box of a model's own is named after the annotated object that it overlaps by half or more;
    boxes that are equal in several modalities have one number.

    Args:
        answers: one box at least in each.
        proposals: what was chosen among; for boxes of a model's own, the annotated objects, if any.
        are_own_boxes: the boxes are the model's, not those of the proposals.
        frames: that were looked at.
    """
    numbers: dict[Box, int] = {}
    for answer in answers.values():
        for box in answer.boxes:
            numbers.setdefault(box, len(numbers))
    named = _named(list(numbers), proposals) if are_own_boxes else {}
    found = {}
    for modality, answer in answers.items():
        scores = np.array(answer.scores, float)
        top = scores.max()
        log_probs = scores - top - np.log(np.exp(scores - top).sum())
        order = np.argsort(-log_probs, kind="stable")
        candidates = []
        for index in order:
            box = answer.boxes[index]
            own = named.get(box) if are_own_boxes else proposals[index]
            candidates.append(
                Candidate(
                    box=box,
                    score=float(log_probs[index]),
                    proposal=numbers[box] if are_own_boxes else proposals[index].proposal,
                    object_id=None if own is None else own.object_id,
                    label=None if own is None else own.label,
                )
            )
        found[modality] = Grounding(modality, tuple(candidates), frames)
    return found


def _named(boxes: Sequence[Box], proposals: Sequence[Proposal]) -> dict[Box, Proposal]:
    """The annotated object that each box overlaps most, where that is half or more."""
    if not boxes or not proposals:
        return {}
    overlaps = iou(box_rows(boxes), box_rows(item.box for item in proposals))
    best = overlaps.argmax(axis=1)
    return {
        box: proposals[int(column)]
        for box, column, row in zip(boxes, best, overlaps, strict=True)
        if row[column] >= _SAME_IOU
    }


def annotated(scene: Scene) -> tuple[Proposal, ...]:
    """The annotated objects, none where a scene has none."""
    try:
        return annotation_proposals(scene)
    except SceneError:
        return ()
