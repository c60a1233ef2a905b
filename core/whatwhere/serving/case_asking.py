"""The cases of one scan: a model, or a file of answers, is asked and what it says is judged."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, MissingFileError, SceneError
from whatwhere.evaluation.cases.columns import NO_ANSWER
from whatwhere.evaluation.cases.scene_cases import (
    Answers,
    SceneCases,
    TwinAnswers,
    left_out_where_silent,
)
from whatwhere.evaluation.cases.scored import scored_answers
from whatwhere.evaluation.cases.truth import Places, SceneTruth, reasons
from whatwhere.language.relations import names_looks
from whatwhere.language.tags import tags_of
from whatwhere.models.candidates import best_index
from whatwhere.models.frame_grounding import IN_FRAME, FramePointer
from whatwhere.models.grounder import Grounder, IsCancelled, Modality, SceneEncoding
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposal_files import ProposalSource
from whatwhere.scenes.proposals import Proposal, annotation_proposals, box_source_of
from whatwhere.scenes.scene import Scene
from whatwhere.serving.asked_scene import SceneAsked, target_visibility
from whatwhere.serving.box_cases import cases_of_boxes
from whatwhere.serving.frame_cases import frame_answers
from whatwhere.serving.row_scores import RowScores, found_boxes, row_scores
from whatwhere.serving.twin_scans import PLACEBO, POSITION, TwinScan, as_places

IN_TWINS: tuple[Modality, ...] = ("fused", "2d", "3d")
"""Modalities that are asked about twins; the others have nothing to follow."""

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
        pointer: FramePointer | None = None,
        is_cancelled: IsCancelled,
    ) -> None:
        """Ask nothing yet.

        Args:
            grounder: the model.
            modalities: what it may see.
            proposals: where candidates come from; None takes the annotated objects.
            pointer: the same model, where it is to point in single pictures, too.
            is_cancelled: polled between groups of sentences.
        """
        self._grounder = grounder
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
        twins, notes = self._twins(asked, places, excluded)
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

    def _twins(
        self, asked: SceneAsked, places: Places, excluded: Sequence[str | None]
    ) -> tuple[dict[str, TwinAnswers], tuple[str, ...]]:
        """Spatial sentences that name no looks, asked again where something was exchanged."""
        modalities = tuple(name for name in self._modalities if name in IN_TWINS)
        items = [
            index
            for index, item in enumerate(asked.expressions)
            if excluded[index] is None and tags_of(item).is_spatial and not names_looks(item.text)
        ]
        placebo = next((twin for twin in asked.twins if twin.kind == PLACEBO), None)
        if not items or not modalities or placebo is None:
            return {}, ()
        if self._proposals is not None:
            return {}, (
                f"{asked.scene.scene_id}: twins are asked on annotated boxes only, so there is no "
                "follow rate.",
            )
        texts = [asked.texts[index] for index in items]
        found: dict[str, TwinAnswers] = {}
        notes: list[str] = []
        calm = self._in_twin(placebo, asked.scene, texts, places, modalities, notes)
        for twin in asked.twins if calm is not None else ():
            if twin.kind == PLACEBO:
                continue
            pair = _pair(twin, places)
            changed = self._in_twin(twin, asked.scene, texts, places, modalities, notes)
            if pair is None:
                notes.append(f"{twin.path.name}: what was exchanged is no candidate.")
            elif changed is not None and calm is not None:
                if twin.kind == POSITION:
                    changed = {name: as_places(chosen, pair) for name, chosen in changed.items()}
                found[twin.kind] = TwinAnswers(np.array(items, np.int32), pair, changed, calm)
        return found, tuple(notes)

    def _in_twin(
        self,
        twin: TwinScan,
        original: Scene,
        texts: Sequence[str],
        places: Places,
        modalities: Sequence[Modality],
        notes: list[str],
    ) -> dict[str, NDArray[np.int32]] | None:
        """What is chosen in a changed scan; None, and a note, where it cannot be compared."""
        try:
            scene = open_scene(twin.path)
            among = annotation_proposals(scene)
            if not _are_alike(among, places):
                notes.append(f"{twin.path.name}: its candidates are not those of the original.")
                return None
            encoding = self._grounder.encode(scene, among, is_cancelled=self._is_cancelled)
        except (MissingFileError, BrokenFileError, SceneError) as error:
            notes.append(str(error))
            return None
        scores = row_scores(self._grounder, encoding, texts, modalities, self._is_cancelled)
        # Ties are broken as in the original, so that a change of place is the model's own.
        return {
            name: np.array(
                [
                    best_index(original.scene_id, row, text) if is_known else NO_ANSWER
                    for row, text, is_known in zip(
                        scores.log_probs[name], texts, scores.answered[name], strict=True
                    )
                ],
                np.int32,
            )
            for name in modalities
        }


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


def _are_alike(proposals: Sequence[Proposal], places: Places) -> bool:
    ids = [-1 if item.object_id is None else item.object_id for item in proposals]
    return bool(ids == places.object_ids.tolist())


def _pair(twin: TwinScan, places: Places) -> tuple[int, int] | None:
    ids = places.object_ids.tolist()
    one, two = twin.exchanged
    return (ids.index(one), ids.index(two)) if one in ids and two in ids else None


def _each_ms(seconds: float, asked: SceneAsked) -> float:
    return 1000 * seconds / max(1, len(asked.rows))
