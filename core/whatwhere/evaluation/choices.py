"""What was chosen, as a place among the look-alikes of the target. Shapes: n cases."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import NO_ANSWER, CaseColumns, ModalityColumns

# Answers that were imported may name objects instead of candidates.
_FIRST_OBJECT = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceAnswers:
    """What another model answered to the same cases.

    Attributes:
        places: (n,) as `places_in_class` gives them.
        asked: (n,) whether it was asked at all.
    """

    places: NDArray[np.int64]
    asked: NDArray[np.bool_]


def is_silent(answers: ModalityColumns) -> NDArray[np.bool_]:
    """(n,) cases without any answer."""
    said = (answers.chosen != NO_ANSWER) | (answers.object_ids >= 0)
    return np.asarray(~(said | np.isfinite(answers.boxes[:, 0])))


def places_in_class(columns: CaseColumns, modality: str, iou_threshold: float) -> NDArray[np.int64]:
    """(n,) answers in the form that `bias.excess_agreement` takes.

    0 is right, a positive number names a look-alike, -1 is all else: another class, no answer.

    Args:
        columns: of one model.
        modality: one of its own.
        iou_threshold: from here on an answer is right.
    """
    answers = columns.modalities[modality]
    named = np.where(answers.object_ids >= 0, answers.object_ids + _FIRST_OBJECT, 0)
    choice = np.where(answers.chosen != NO_ANSWER, answers.chosen.astype(np.int64) + 1, named)
    wrong = np.where(answers.class_hits & (choice > 0), choice, -1)
    return np.where(answers.iou >= iou_threshold, 0, wrong).astype(np.int64)
