"""A model over a whole split: each scan is encoded once, then asked all its sentences."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from whatwhere.errors import BrokenFileError, Cancelled, MissingFileError, SceneError
from whatwhere.evaluation.answered import Chosen, SceneAnswers
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.language.splits import Split, SplitScene
from whatwhere.models.batches import best_of_all
from whatwhere.models.grounder import Grounder, IsCancelled, Modality
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposal_files import ProposalSource, best_overlaps
from whatwhere.scenes.proposals import annotation_proposals, box_source_of
from whatwhere.scenes.scene import Scene
from whatwhere.serving.answer_log import AnswerLog

SENTENCES_PER_CALL = 64


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a run is.

    Attributes:
        scenes_done: of `num_scenes`.
        num_scenes: in all.
        rows_done: sentences.
        num_rows: in all.
        left_s: seconds that the rest will take as far as this run can tell; None at first.
    """

    scenes_done: int
    num_scenes: int
    rows_done: int
    num_rows: int
    left_s: float | None


class Answerer(Protocol):
    """Whatever answers the rows of one scan."""

    def answer(self, scene: Scene, expressions: Sequence[Expression]) -> "Answers":
        """The choices.

        Raises:
            SceneError: it cannot say anything about this scan; its rows count as wrong.
            MissingFileError, BrokenFileError: the candidates of this scan are not there; its rows
                are not asked.
        """


@dataclass(frozen=True, slots=True)
class Answers:
    """What was chosen for n sentences.

    Attributes:
        chosen: modality -> n choices, None where there is no answer.
        best_overlaps: n, or None where nothing was chosen among.
        box_source: where the candidates came from.
        num_empty: candidates that held nothing.
        ground_s: seconds that the sentences took.
        said: modality -> n answers in words, for questions.
    """

    chosen: dict[str, tuple[Chosen | None, ...]]
    best_overlaps: tuple[float, ...] | None
    box_source: str
    num_empty: int = 0
    ground_s: float = 0.0
    said: dict[str, tuple[str | None, ...]] = field(default_factory=dict)


class GrounderAnswerer:
    """A model, which chooses among annotated objects or those of another source."""

    def __init__(
        self,
        grounder: Grounder,
        modalities: Sequence[Modality],
        proposals: ProposalSource | None = None,
        *,
        is_cancelled: IsCancelled | None = None,
    ) -> None:
        self._grounder = grounder
        self._modalities = tuple(modalities)
        self._proposals = proposals
        self._is_cancelled = is_cancelled

    def answer(self, scene: Scene, expressions: Sequence[Expression]) -> Answers:
        """See `Answerer.answer`."""
        given = None if self._proposals is None else self._proposals.of(scene)
        among = annotation_proposals(scene) if given is None else given.proposals
        if not among:
            raise SceneError(
                "there are no candidates to choose from", remedy="Give other proposals"
            )
        encoding = self._grounder.encode(scene, among, is_cancelled=self._is_cancelled)
        started = time.perf_counter()
        texts = [item.text for item in expressions]
        found = []
        for start in range(0, len(texts), SENTENCES_PER_CALL):
            if self._is_cancelled is not None and self._is_cancelled():
                raise Cancelled("The evaluation")
            part = texts[start : start + SENTENCES_PER_CALL]
            found += best_of_all(self._grounder, scene.scene_id, encoding, part, self._modalities)
        chosen: dict[str, tuple[Chosen | None, ...]] = {
            modality: tuple(
                None if (item := best.get(modality)) is None else Chosen(item.box, item.object_id)
                for best in found
            )
            for modality in self._modalities
        }
        own = encoding.proposals
        return Answers(
            chosen,
            tuple(best_overlaps(_targets(scene, expressions), own).tolist()) if own else None,
            box_source_of(own),
            0 if given is None else given.num_empty,
            time.perf_counter() - started,
        )


def run_split(
    answerer: Answerer,
    split: Split,
    log: AnswerLog,
    *,
    on_progress: Callable[[Progressed], None] | None = None,
    is_cancelled: IsCancelled | None = None,
) -> tuple[tuple[SceneAnswers, ...], tuple[str, ...]]:
    """Answer what the log lacks; each scan is in the log before the next one is begun.

    Returns:
        The answers in the order of the split, and a sentence per scan that could not be opened.

    Raises:
        Cancelled: `is_cancelled` returned True; what was answered is kept.
        WhatWhereError: the model failed; what was answered is kept.
    """
    left = [scene for scene in split.scenes if scene.scene_id not in log.done]
    faults = []
    started = time.perf_counter()
    rows_done = len(split.rows) - sum(len(scene.rows) for scene in left)
    for number, scene in enumerate(left):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("The evaluation")
        try:
            log.add(_answered(answerer, scene, [split.expressions[row] for row in scene.rows]))
        except _UnopenedError as error:
            faults.append(str(error))
        rows_done += len(scene.rows)
        if on_progress is not None:
            per_scene_s = (time.perf_counter() - started) / (number + 1)
            on_progress(
                Progressed(
                    len(split.scenes) - len(left) + number + 1,
                    len(split.scenes),
                    rows_done,
                    len(split.rows),
                    per_scene_s * (len(left) - number - 1),
                )
            )
    return tuple(_in_order(split, log)), tuple(faults)


class _UnopenedError(Exception):
    """A scan that cannot be read: its rows are not asked, and the report names it."""


def _answered(
    answerer: Answerer, scene: SplitScene, expressions: Sequence[Expression]
) -> SceneAnswers:
    started = time.perf_counter()
    try:
        opened = open_scene(scene.path)
        targets = _targets(opened, expressions)
    except (MissingFileError, BrokenFileError, SceneError) as error:
        raise _UnopenedError(str(error)) from error
    try:
        found = answerer.answer(opened, expressions)
    except (MissingFileError, BrokenFileError) as error:
        raise _UnopenedError(str(error)) from error  # its candidates are not here
    except SceneError as error:
        fault = str(error)
        return SceneAnswers(scene.scene_id, scene.rows, targets, None, {}, "none", fault=fault)
    elapsed_s = time.perf_counter() - started
    return SceneAnswers(
        scene_id=scene.scene_id,
        rows=scene.rows,
        targets=targets,
        best_overlaps=found.best_overlaps,
        chosen=found.chosen,
        box_source=found.box_source,
        num_empty=found.num_empty,
        encode_s=elapsed_s - found.ground_s,
        ground_s=found.ground_s,
        said=found.said,
    )


def _targets(scene: Scene, expressions: Sequence[Expression]) -> tuple[Box | None, ...]:
    boxes = {item.object_id: item.box for item in scene.objects}
    return tuple(
        None if item.target_id is None else boxes.get(item.target_id) for item in expressions
    )


def _in_order(split: Split, log: AnswerLog) -> Iterator[SceneAnswers]:
    for scene in split.scenes:
        if scene.scene_id in log.done:
            yield log.done[scene.scene_id]
