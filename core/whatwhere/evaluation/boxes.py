"""Accuracy of one box per sentence, as ScanRefer counts it, and what candidates allow at most."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.metric import Facts, Metric, measured
from whatwhere.geometry.boxes import Box, box_rows, paired_iou

THRESHOLDS = (0.25, 0.5)
"""ScanRefer's."""


def answer_ious(
    answers: Sequence[Box | None], targets: Sequence[Box | None]
) -> NDArray[np.float64]:
    """(n,) overlap of each answer with its target; 0 where either is missing.

    An empty answer is a wrong one and is never left out; neither is a target that has no box
    (a wall), since nothing can hit it.
    """
    none = Box((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    found = paired_iou(
        box_rows(answer or none for answer in answers), box_rows(box or none for box in targets)
    )
    is_whole = [a is not None and b is not None for a, b in zip(answers, targets, strict=True)]
    return np.where(np.array(is_whole, bool), found, 0.0)


def accuracy_at_thresholds(
    ious: NDArray[np.floating],
    scenes: NDArray[np.integer],
    facts: Facts,
    *,
    prefix: str = "scanrefer",
    axes: Mapping[str, NDArray[np.str_]] | None = None,
    strict: bool = False,
) -> list[Metric]:
    """Acc@0.25 and Acc@0.5.

    Args:
        ious: (n,) from `answer_ious`.
        scenes: (n,) which scene.
        facts: what the numbers depend on.
        prefix: of their names.
        axes: axis -> (n,) the part that each row belongs to.
        strict: an overlap of exactly the threshold is a miss (UniVLG); officially it is a hit. It
            is named in the variant.
    """
    if strict:
        facts = replace(facts, variant=f"{facts.variant}, strictly above")
    return [
        measured(
            f"{prefix}.acc@{threshold:g}",
            ious > threshold if strict else ious >= threshold,
            scenes,
            facts,
            axes,
        )
        for threshold in THRESHOLDS
    ]


def recall_at_thresholds(
    best_ious: NDArray[np.floating],
    scenes: NDArray[np.integer],
    facts: Facts,
    axes: Mapping[str, NDArray[np.str_]] | None = None,
) -> list[Metric]:
    """What a model that always chose the best candidate would score: the ceiling of a score.

    Args:
        best_ious: (n,) overlap of each target with its best candidate.
        scenes: (n,) which scene.
        facts: what the numbers depend on.
        axes: axis -> (n,) the part that each row belongs to.
    """
    return [
        measured(f"recall@{threshold:g}", best_ious >= threshold, scenes, facts, axes)
        for threshold in THRESHOLDS
    ]
