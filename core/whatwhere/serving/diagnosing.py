"""A model over a split in its modalities, case by case: `whatwhere diagnose`.

Each scan is a line of a log that is on the disk before the next scan is begun; the columns are
made of it, every now and then while it runs and at the end.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from whatwhere.errors import (
    BrokenFileError,
    Cancelled,
    ConfigError,
    MissingFileError,
    NotSupportedError,
    SceneError,
    WhatWhereError,
)
from whatwhere.evaluation.cases.facts import DiagnosisFacts
from whatwhere.evaluation.cases.gathering import gathered
from whatwhere.evaluation.cases.scene_cases import SceneCases
from whatwhere.evaluation.cases.store import StoredCases, open_cases, write_cases
from whatwhere.evaluation.question_report import FORMS
from whatwhere.language.splits import Split, SplitScene
from whatwhere.models.cache_cap import usual_cache_bytes
from whatwhere.models.frame_grounding import IN_FRAME, as_frame_pointer
from whatwhere.models.grounder import IsCancelled, Modality
from whatwhere.scenes.opening import open_scene
from whatwhere.serving.asked_model import answer_file, load_asked, proposal_source
from whatwhere.serving.asked_scene import SceneAsked
from whatwhere.serving.box_cases import FileCases, failed_cases
from whatwhere.serving.case_asking import CaseAsker, GrounderCases, TwinKind
from whatwhere.serving.diagnosis_facts import (
    NOT_OPENED,
    DiagnosisAsked,
    diagnoses_folder,
    facts_now,
    facts_of,
    parse_asked,
)
from whatwhere.serving.file_answers import FileAnswerer
from whatwhere.serving.scene_log import SceneLog, scene_log
from whatwhere.serving.split_runner import Progressed
from whatwhere.serving.twin_asking import EDITED
from whatwhere.serving.twin_scans import TwinScan, read_twins, twin_scans

LOG_NAME = "answers.jsonl"

_PUBLISH_AFTER_S = 5.0
_PUBLISH_SHARE = 20
"""Making the columns takes no more than one part in so many of the time."""


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What came out.

    Attributes:
        cases: as they are stored.
        unopened: a sentence per scan that could not be opened.
        rows_answered: sentences that this call answered.
        wall_s: seconds of this call.
    """

    cases: StoredCases
    unopened: tuple[str, ...]
    rows_answered: int
    wall_s: float


def diagnose(  # noqa: PLR0913 - the options of `whatwhere diagnose`
    model: str | Path,
    sentences: Path | str,
    *,
    split: str = "val",
    scans: Path | str | None = None,
    modalities: str | Sequence[str] = ("fused", "2d", "3d"),
    proposals: Path | str | None = None,
    twins: bool = True,
    out: Path | None = None,
    device: str = "auto",
) -> StoredCases:
    """Ask a model about every case of a split, or go on where an earlier call was stopped.

    Args:
        model: a name from `whatwhere models list`, a model folder, or a file of answers.
        sentences: a file of ScanRefer, Nr3D, Sr3D or ScanEnts3D, or a folder with one.
        split: which of a folder's files.
        scans: the folder that holds the scans.
        modalities: what the model may see; `2d-frame` besides others.
        proposals: a file or folder of candidates, or "geometric"; None takes the annotated objects.
        twins: ask about the twins of demo rooms, too, for the follow rates.
        out: folder for the cases; None takes one of the user's.
        device: where the model runs.

    Returns:
        The cases: `.facts`, `.columns`, `.texts(...)`, `.find(...)`.

    Raises:
        WhatWhereError: something is missing or broken; what was answered is kept in `out`.
    """
    wanted, in_frame = parse_asked(modalities)
    asked = DiagnosisAsked(
        model,
        Path(sentences),
        split,
        None if scans is None else Path(scans),
        wanted,
        proposals,
        twins=twins,
        in_frame=in_frame,
        device=device,
        cache_bytes=usual_cache_bytes(),
    )
    return run_diagnosis(asked, out).cases


def run_diagnosis(
    asked: DiagnosisAsked,
    folder: Path | None = None,
    *,
    on_progress: Callable[[Progressed], None] | None = None,
    is_cancelled: IsCancelled = lambda: False,
    publish_after_s: float = _PUBLISH_AFTER_S,
) -> Diagnosed:
    """Ask what was not asked yet, and store all of it as columns.

    Args:
        asked: what.
        folder: holds the cases, also those of an earlier call; None takes one of the user's.
        on_progress: told after every scan.
        is_cancelled: polled between scans and groups of sentences.
        publish_after_s: while it runs, columns are made no more often.

    Raises:
        Cancelled: `is_cancelled` returned True; what was answered is kept, and can be opened.
        ConfigError: the folder holds another diagnosis, or the model none of the modalities.
        NotSupportedError: the sentences are questions.
        WhatWhereError: the model failed; what was answered is kept.
    """
    started = time.perf_counter()
    split = asked.open_split()
    if split.file.form in FORMS:
        raise NotSupportedError(
            f"{split.file.form} asks questions, and a diagnosis is of sentences that point",
            remedy="Use `whatwhere evaluate` for questions",
        )
    folder = folder or diagnoses_folder() / asked.name(split)
    if (stored := _finished(folder, asked.name(split))) is not None:
        return Diagnosed(stored, (), 0, time.perf_counter() - started)
    twins = read_twins(asked.sentences) if asked.twins else {}
    kind: TwinKind = "none" if not asked.twins else "rendered" if twins else "edited"
    with (
        _asker(asked, kind, is_cancelled) as (name, modalities, notes, asker),
        scene_log(
            folder / LOG_NAME,
            asked.about(split, modalities),
            SceneCases.from_json,
            what="diagnosis",
        ) as log,
    ):
        before = _num_rows(log.done.values())
        run = _Run(
            folder,
            split,
            log,
            facts_of(asked, split, name, modalities, notes),
            edits_twins=kind == "edited",
            publish_after_s=publish_after_s,
        )
        try:
            for scene in run.left(on_progress):
                if is_cancelled():
                    raise Cancelled("The diagnosis")
                run.take(scene, asker, twin_scans(scene, twins))
        except BaseException:
            run.publish(is_over=False)
            raise
        if not log.done:
            raise SceneError(
                f"not one scan of {split.name} could be asked",
                remedy=next(iter(run.unopened.values()), "Check the scans").rstrip("."),
            )
        run.publish(is_over=True)
        return Diagnosed(
            open_cases(folder),
            tuple(run.unopened.values()),
            _num_rows(log.done.values()) - before,
            time.perf_counter() - started,
        )


def _finished(folder: Path, name: str) -> StoredCases | None:
    """The very same diagnosis, where every scan that is here was asked."""
    try:
        stored = open_cases(folder)
    except WhatWhereError:
        return None  # none yet, or to be made again from the log
    is_over = stored.facts.is_complete and NOT_OPENED not in stored.facts.not_asked
    return stored if is_over and stored.facts.name == name else None


class _Run:
    """One call: what is left, what was found, and when it was last published."""

    def __init__(
        self,
        folder: Path,
        split: Split,
        log: SceneLog[SceneCases],
        facts: DiagnosisFacts,
        *,
        edits_twins: bool,
        publish_after_s: float,
    ) -> None:
        self.unopened: dict[str, str] = {}
        self._folder, self._split, self._log, self._facts = folder, split, log, facts
        self._edits_twins, self._publish_after_s = edits_twins, publish_after_s
        self._published_at = time.perf_counter()
        self._publishing_s = 0.0

    def left(self, on_progress: Callable[[Progressed], None] | None) -> Iterator[SplitScene]:
        """Scans that were not asked yet; progress is told after each."""
        split = self._split
        left = [scene for scene in split.scenes if scene.scene_id not in self._log.done]
        num_before = len(split.scenes) - len(left)
        rows_done = len(split.rows) - sum(len(scene.rows) for scene in left)
        started = time.perf_counter()
        for number, scene in enumerate(left, start=1):
            yield scene
            rows_done += len(scene.rows)
            if on_progress is not None:
                left_s = (time.perf_counter() - started) / number * (len(left) - number)
                on_progress(
                    Progressed(
                        num_before + number,
                        len(split.scenes),
                        rows_done,
                        len(split.rows),
                        left_s,
                    )
                )

    def take(self, scene: SplitScene, asker: CaseAsker, twins: Sequence[TwinScan]) -> None:
        """Ask one scan and log it; one that cannot be read is asked again by the next call."""
        expressions = tuple(self._split.expressions[row] for row in scene.rows)
        try:
            opened = open_scene(scene.path)
            asked = SceneAsked(opened, scene.rows, expressions, tuple(twins))
            _ = opened.objects  # read here, where a broken annotation is the scan's fault
        except (MissingFileError, BrokenFileError, SceneError) as error:
            self.unopened[scene.scene_id] = str(error)
            return
        try:
            found = asker(asked)
        except (MissingFileError, BrokenFileError) as error:
            self.unopened[scene.scene_id] = str(error)
            return
        except SceneError as error:
            found = failed_cases(asked, self._facts.modalities, str(error))
        self._log.add(found)
        since_s = time.perf_counter() - self._published_at
        if since_s >= max(self._publish_after_s, _PUBLISH_SHARE * self._publishing_s):
            self.publish(is_over=False)

    def publish(self, *, is_over: bool) -> None:
        """Make columns of everything in the log."""
        if not self._log.done:
            return
        started = time.perf_counter()
        done = [
            self._log.done[scene.scene_id]
            for scene in self._split.scenes
            if scene.scene_id in self._log.done
        ]
        columns = gathered(self._split.expressions, done, self._facts.modalities)
        facts = facts_now(self._facts, self._split, done, self.unopened, is_over=is_over)
        if self._edits_twins and any(scene.twins for scene in done):
            facts = replace(facts, notes=(EDITED, *facts.notes))
        write_cases(self._folder, facts, columns, [item.text for item in self._split.expressions])
        self._published_at = time.perf_counter()
        self._publishing_s = self._published_at - started


@contextmanager
def _asker(
    asked: DiagnosisAsked, twins: TwinKind, is_cancelled: IsCancelled
) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...], CaseAsker]]:
    """The model's name, those modalities that it has, notes, and what answers."""
    path = answer_file(asked.model)
    if path is not None:
        answers = FileAnswerer(path)
        has = answers.modalities
        name = Path(asked.model).stem
        modalities, notes = _those_of(name, asked.modalities, has)
        if asked.in_frame:
            notes = (*notes, f"{name} has no {IN_FRAME} answers.")
        yield name, modalities, notes, FileCases(answers, modalities)
        return
    from whatwhere.models.external import closing_external

    proposals = proposal_source(asked.proposals, asked.first)
    grounder = load_asked(asked.model, device=asked.device, cache_bytes=asked.cache_bytes)
    modalities, notes = _those_of(grounder.name, asked.modalities, grounder.capabilities.modalities)
    pointer = None
    if asked.in_frame and grounder.capabilities.points_in_frames:
        pointer = as_frame_pointer(grounder)
    elif asked.in_frame:
        notes = (*notes, f"{grounder.name} has no {IN_FRAME} answers.")
    with closing_external(grounder):
        asker = GrounderCases(
            grounder,
            modalities,
            proposals,
            twins=twins,
            pointer=pointer,
            is_cancelled=is_cancelled,
        )

        asked_in = modalities if pointer is None else (*modalities, IN_FRAME)
        yield grounder.name, asked_in, notes, asker


def _those_of(
    name: str, wanted: Sequence[Modality], has: Sequence[Modality]
) -> tuple[tuple[Modality, ...], tuple[str, ...]]:
    """Those modalities that there are, and a sentence on those that there are not."""
    found = tuple(item for item in wanted if item in has)
    if not found:
        raise ConfigError(
            f"{name} has none of the modalities {', '.join(wanted)}",
            remedy=f"Ask for {', '.join(has)}",
        )
    lacking = [item for item in wanted if item not in has]
    notes = (f"{name} has no {' and no '.join(lacking)} answers.",) if lacking else ()
    return found, notes


def _num_rows(scenes: Any) -> int:
    return sum(len(scene.rows) for scene in scenes)
