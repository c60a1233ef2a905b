"""The cases of one scan: a model, or a file of answers, is asked and what it says is judged."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from whatwhere.errors import SceneError
from whatwhere.evaluation.cases.scene_cases import (
    Answers,
    SceneCases,
    left_out_where_silent,
)
from whatwhere.evaluation.cases.scored import scored_answers
from whatwhere.evaluation.cases.truth import Places, SceneTruth, reasons
from whatwhere.models.candidates import best_index
from whatwhere.models.frame_grounding import IN_FRAME, FramePointer
from whatwhere.models.grounder import Grounder, IsCancelled, Modality, SceneEncoding
from whatwhere.scenes.proposal_files import ProposalSource
from whatwhere.scenes.proposals import annotation_proposals, box_source_of
from whatwhere.scenes.scene import Scene
from whatwhere.serving.asked_scene import SceneAsked, target_visibility
from whatwhere.serving.box_cases import cases_of_boxes
from whatwhere.serving.frame_cases import frame_answers
from whatwhere.serving.row_scores import RowScores, found_boxes, row_scores
from whatwhere.serving.twin_asking import Original, TwinAsker, Twins

TwinKind = Literal["rendered", "edited", "none"]
"""Those that a data set lists, colours exchanged in the frames, or none."""

CaseAsker = Callable[[SceneAsked], SceneCases]
"""Answers everything that is asked of one scan.

Raises:
    SceneError: nothing can be said about this scan.
    MissingFileError, BrokenFileError: the candidates of this scan are not there.
    Cancelled: the user cancelled.
"""


class GrounderCases:
    """A model that is asked; a `CaseAsker`."""

    def __init__(
        self,
        grounder: Grounder,
        modalities: Sequence[Modality],
        proposals: ProposalSource | None = None,
        *,
        twins: TwinKind = "rendered",
        pointer: FramePointer | None = None,
        is_cancelled: IsCancelled,
    ) -> None:
        """Ask nothing yet.

        Args:
            grounder: the model.
            modalities: what it may see.
            proposals: where candidates come from; None takes the annotated objects.
            twins: those that a data set lists, or colours exchanged in the frames.
            pointer: the same model, where it is to point in single pictures, too.
            is_cancelled: polled between groups of sentences.
        """
        self._grounder = grounder
        self._twins = twins
        self._pointer = pointer
        self._modalities = tuple(modalities)
        self._proposals = proposals
        self._is_cancelled = is_cancelled

    def __call__(self, asked: SceneAsked) -> SceneCases:
        """See `CaseAsker`."""
        started = time.perf_counter()
        scene = asked.scene
        encoding = self._encoded(scene)
        truth = SceneTruth.of(scene, asked.expressions)
        own = tuple(encoding.proposals)
        encode_s = time.perf_counter() - started
        started = time.perf_counter()
        if not own:
            by_modality = found_boxes(
                self._grounder, encoding, asked.texts, self._modalities, self._is_cancelled
            )
            ground_s = time.perf_counter() - started
            found = cases_of_boxes(asked, truth, by_modality, "model", encoding.frames)
            return replace(found, encode_s=encode_s, ground_ms=_each_ms(ground_s, asked))
        scores = row_scores(
            self._grounder, encoding, asked.texts, self._modalities, self._is_cancelled
        )
        ground_s = time.perf_counter() - started
        places = Places.of_proposals(own, truth)
        excluded = reasons(truth, places)
        for name in self._modalities:
            excluded = left_out_where_silent(excluded, scores.answered[name], name)
        answers = _judged(asked, scores, places)
        if self._pointer is not None:
            answers[IN_FRAME], answered = frame_answers(
                self._pointer, scene, asked.texts, truth, places, self._is_cancelled
            )
            excluded = left_out_where_silent(excluded, answered, IN_FRAME)
        twins, notes = self._asked_twins(Original(asked, encoding, places, answers, excluded))
        return SceneCases(
            scene_id=scene.scene_id,
            rows=asked.rows,
            box_source=box_source_of(own),
            boxes=places.boxes.astype(np.float32),
            object_ids=places.object_ids,
            labels=truth.labels,
            num_candidates=np.full(len(asked.rows), len(own), np.int32),
            num_lookalikes=places.of_class.sum(axis=1).astype(np.int32),
            lookalike_m=truth.lookalike_m(),
            visibility=target_visibility(scene, truth, encoding.frames),
            excluded=tuple(excluded),
            answers=answers,
            twins=twins,
            ground_ms=_each_ms(ground_s, asked),
            encode_s=encode_s,
            notes=notes,
        )

    def _encoded(self, scene: Scene) -> SceneEncoding:
        among = (
            annotation_proposals(scene)
            if self._proposals is None
            else self._proposals.of(scene).proposals
        )
        if not among:
            raise SceneError(
                "there are no candidates to choose from", remedy="Give other proposals"
            )
        return self._grounder.encode(scene, among, is_cancelled=self._is_cancelled)

    def _asked_twins(self, original: Original) -> Twins:
        """Answers in twins, where this scan has some or they can be made."""
        if self._twins == "none" or not (original.asked.twins or self._twins == "edited"):
            return {}, ()
        if self._proposals is not None:
            return {}, (
                f"{original.asked.scene.scene_id}: twins are asked on annotated boxes only, so "
                "there is no follow rate.",
            )
        asker = TwinAsker(self._grounder, self._modalities, self._is_cancelled)
        return asker.edited(original) if self._twins == "edited" else asker.rendered(original)


def _judged(asked: SceneAsked, scores: RowScores, places: Places) -> dict[str, Answers]:
    scene_id, texts = asked.scene.scene_id, asked.texts
    return {
        name: scored_answers(
            log_probs,
            places,
            scores.answered[name],
            lambda index, row: best_index(scene_id, row, texts[index]),
        )
        for name, log_probs in scores.log_probs.items()
    }


def _each_ms(seconds: float, asked: SceneAsked) -> float:
    return 1000 * seconds / max(1, len(asked.rows))
