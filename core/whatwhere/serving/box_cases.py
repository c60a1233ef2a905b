"""Cases from boxes that a model or a file gave, rather than from candidates that were given."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from whatwhere.evaluation.cases.scene_cases import (
    FAILED,
    Answers,
    SceneCases,
    left_out_where_silent,
)
from whatwhere.evaluation.cases.scored import scored_answers
from whatwhere.evaluation.cases.truth import Places, SceneTruth, reasons
from whatwhere.geometry.boxes import Box, box_rows
from whatwhere.models.grounder import Modality
from whatwhere.models.ranking import Scored
from whatwhere.serving.asked_scene import SceneAsked, target_visibility
from whatwhere.serving.file_answers import FileAnswerer


class FileCases:
    """Answers that some program gave; a `CaseAsker`."""

    def __init__(self, answers: FileAnswerer, modalities: Sequence[Modality]) -> None:
        self._answers = answers
        self._modalities = tuple(modalities)

    def __call__(self, asked: SceneAsked) -> SceneCases:
        """See `CaseAsker`."""
        by_modality: dict[str, list[Scored | None]] = {}
        for name in self._modalities:
            lines = [self._answers.line_of(name, item) for item in asked.expressions]
            by_modality[name] = [
                None
                if line is None or not line.boxes
                else Scored(line.boxes, line.scores if line.scores is not None else ())
                for line in lines
            ]
        truth = SceneTruth.of(asked.scene, asked.expressions)
        return cases_of_boxes(asked, truth, by_modality, "model", None)


def failed_cases(asked: SceneAsked, modalities: Sequence[str], fault: str) -> SceneCases:
    """A scan that the model has no answer to: every case is there, and left out."""
    truth = SceneTruth.of(asked.scene, asked.expressions)
    found = cases_of_boxes(
        asked, truth, {name: [None] * len(asked.rows) for name in modalities}, "none", ()
    )
    excluded = tuple(
        reason if known is not None else FAILED
        for reason, known in zip(found.excluded, reasons(truth, None), strict=True)
    )
    return replace(found, excluded=excluded, notes=(fault,))


def cases_of_boxes(
    asked: SceneAsked,
    truth: SceneTruth,
    by_modality: Mapping[str, Sequence[Scored | None]],
    box_source: str,
    frames: Sequence[str] | None,
) -> SceneCases:
    """Cases from boxes that were found, not chosen among candidates.

    A place is a box that was chosen; equal boxes of several modalities are one place.

    Args:
        asked: the scan.
        truth: of the scan.
        by_modality: modality -> n answers, best first; without scores only the first counts.
        box_source: where the boxes came from.
        frames: names of those that visibility is taken from; None takes some.
    """
    place_of: dict[Box, int] = {}
    answers, excluded = {}, reasons(truth, None)
    for name, given in by_modality.items():
        known = np.array([answer is not None for answer in given], bool)
        answers[name] = _found(given, truth, place_of)
        excluded = left_out_where_silent(excluded, known, name)
    places = Places.of_boxes(box_rows(place_of).reshape(-1, 6), truth)
    return SceneCases(
        scene_id=asked.scene.scene_id,
        rows=asked.rows,
        box_source=box_source,
        boxes=places.boxes.astype(np.float32),
        object_ids=places.object_ids,
        labels=truth.labels,
        num_candidates=np.zeros(len(asked.rows), np.int32),
        num_lookalikes=truth.num_of_class,
        lookalike_m=truth.lookalike_m(),
        visibility=target_visibility(asked.scene, truth, frames),
        excluded=tuple(excluded),
        answers=answers,
    )


def _found(given: Sequence[Scored | None], truth: SceneTruth, place_of: dict[Box, int]) -> Answers:
    rows = []
    for index, answer in enumerate(given):
        own = truth.only(index)
        if answer is None:
            nothing = np.array([0.0 if own.targets[0] >= 0 else np.nan], np.float32)
            rows.append(Answers.none(1, nothing))
            continue
        has_scores = len(answer.boxes) > 1 and bool(answer.scores)
        boxes = answer.boxes if has_scores else answer.boxes[:1]
        places = Places.of_boxes(box_rows(boxes).reshape(-1, 6), own)
        scores = np.array(answer.scores if has_scores else [0.0])
        first = int(scores.argmax())
        place = place_of.setdefault(boxes[first], len(place_of))
        log_probs = scores - scores.max()
        log_probs -= np.log(np.exp(log_probs).sum())
        found = scored_answers(
            log_probs.astype(np.float32)[None],
            places,
            np.ones(1, bool),
            lambda _, row: int(row.argmax()),
        )
        unknown = np.full(1, np.nan, np.float32)
        if not has_scores:
            found = replace(found, log_p=unknown, log_p_in_class=unknown, confidence=unknown)
        rows.append(replace(found, chosen=np.array([place], np.int32)))
    return Answers.joined(rows)
