"""A look at the probe set as a diagnosis: its cases in the run folder, one store per checkpoint.

What is asked of whom stays the same through a run and is gathered once; a look adds the answers.
Shapes: n sentences of one scene, K candidates, M sentences of the probe set.
"""

import contextlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import SceneError
from whatwhere.evaluation.bias_cases import BiasCases
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts, versions_now
from whatwhere.evaluation.cases.gathering import gathered
from whatwhere.evaluation.cases.scene_cases import (
    Answers,
    SceneCases,
    TwinAnswers,
    candidates_hash,
)
from whatwhere.evaluation.cases.scored import scored_answers
from whatwhere.evaluation.cases.store import TEXTS, write_cases
from whatwhere.evaluation.cases.truth import Places, SceneTruth, reasons
from whatwhere.evaluation.grounding import ChoiceTable
from whatwhere.evaluation.metric import split_hash
from whatwhere.language.expressions import Expression
from whatwhere.language.relations import names_looks
from whatwhere.language.splits import Split, open_split
from whatwhere.language.tags import tags_of
from whatwhere.models.candidates import best_index
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.training.datasets import DataSet, Report
from whatwhere.training.kept_scenes import spread_scenes
from whatwhere.training.probe import Look, Probe
from whatwhere.training.run_files import checkpoint_folder, probe_cases_folder
from whatwhere.training.samples import Samples
from whatwhere.training.twins import TwinSamples

NOT_WATCHED = "not in the probe set of the run"

_BOXES_ELSEWHERE = (
    "The model says boxes of its own: drawn are the candidates that they overlap most, "
    "IoU is that of what was said."
)
_TELL_EVERY = 10


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One scene of the probe set.

    Attributes:
        blank: its cases without an answer.
        places: its candidates.
        texts: n sentences.
        first: of its n rows among the M.
        twin_rows: (t,) rows of its sentences in the twin, among all rows of the twins.
        twin_items: (t,) which of the n sentences they are.
        pair: the look-alikes that were exchanged; None without a twin.
    """

    blank: SceneCases
    places: Places
    texts: tuple[str, ...]
    first: int
    twin_rows: NDArray[np.int64]
    twin_items: NDArray[np.int32]
    pair: tuple[int, int] | None


@dataclass(frozen=True, slots=True, eq=False)
class ProbeCases:
    """What a run's looks have in common.

    Attributes:
        run: its folder.
        facts: of every look, but for its step.
        expressions: of the split.
        scenes: of the probe set, in its order.
        twin_kind: what the twins exchange; "" without any.
        checkpoint_every: steps between checkpoints.
        steps: of the whole run.
    """

    run: Path
    facts: DiagnosisFacts
    expressions: tuple[Expression, ...]
    scenes: tuple[_Asked, ...]
    twin_kind: str
    checkpoint_every: int
    steps: int

    def write(self, step: int, look: Look) -> dict[str, float]:
        """Keep the cases of one look; they are whole or not there.

        Returns:
            Its follow rates for the curves, as a diagnosis defines them.

        Raises:
            RefusedPathError: they cannot be written.
        """
        folder = probe_cases_folder(self.run, step)
        done = [self._answered(scene, look) for scene in self.scenes]
        modalities = tuple(look.table.chosen)
        has_checkpoint = step > 0 and (step % self.checkpoint_every == 0 or step == self.steps)
        facts = replace(
            self.facts,
            name=f"{self.run.name}-step-{step}",
            model=f"{self.run.name} step {step}",
            step=step,
            modalities=modalities,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            asked_model=str(checkpoint_folder(self.run, step)) if has_checkpoint else "",
            notes=(_BOXES_ELSEWHERE,) if look.table.ious else (),
        )
        self._share_texts(folder)
        columns = gathered(self.expressions, done, modalities)
        write_cases(folder, facts, columns, [item.text for item in self.expressions])
        return self._follow_metrics(columns)

    def _follow_metrics(self, columns: CaseColumns) -> dict[str, float]:
        rates = BiasCases(columns).figures().follow.get(self.twin_kind, {})
        found = {}
        for modality, of in rates.items():
            found[f"probe/follow_appearance/{modality}"] = of.follow_appearance.value
            found[f"probe/follow_position/{modality}"] = of.follow_position.value
        return {name: value for name, value in found.items() if np.isfinite(value)}

    def _share_texts(self, folder: Path) -> None:
        """The sentences of another look are those of this one: one file on the disk for all."""
        known = next(folder.parent.glob(f"*/{TEXTS}"), None)
        if known is None or (folder / TEXTS).exists():
            return
        # Where links or copies fail, they are simply written once more.
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                os.link(known, folder / TEXTS)
            except OSError:
                partial = folder / f".{TEXTS}"
                shutil.copyfile(known, partial)
                partial.replace(folder / TEXTS)

    def _answered(self, scene: _Asked, look: Look) -> SceneCases:
        rows = np.arange(scene.first, scene.first + len(scene.texts))
        answers = {name: _judged(scene, look.table, name, rows) for name in look.table.chosen}
        if scene.pair is None or look.twins is None or not len(scene.twin_items):
            return replace(scene.blank, answers=answers)
        twin, placebo = (
            {name: _chosen_in_twin(scene, table, name) for name in table.chosen}
            for table in (look.twins.twin, look.twins.placebo)
        )
        found = TwinAnswers(scene.twin_items, scene.pair, twin, placebo)
        return replace(scene.blank, answers=answers, twins={self.twin_kind: found})


def probe_cases(
    probe: Probe,
    dataset: DataSet,
    run: Path,
    *,
    twin_kind: str,
    checkpoint_every: int,
    steps: int,
    report: Report,
) -> ProbeCases:
    """Gather what a run's looks have in common: its scenes are opened once.

    Args:
        probe: what the run is watched on.
        dataset: that it was read from.
        run: its folder.
        twin_kind: what the probe's twins exchange.
        checkpoint_every: steps between checkpoints.
        steps: of the whole run.
        report: told what is being done.

    Raises:
        WhatWhereError: the data set is no longer what the probe was read from.
    """
    split = open_split(dataset.folder, split=dataset.split)
    known = {scene.scene_id: scene for scene in split.scenes}
    names = [name for name, _ in spread_scenes(dataset, probe.samples.num_scenes)]
    scenes: list[_Asked] = []
    first = 0
    for number, name in enumerate(names):
        if name not in known:
            raise _other_data(dataset)
        count = int((probe.samples.scene_M == number).sum())
        asked = _asked(split, known[name].rows, known[name].path, count, first)
        _check(probe.samples, asked, first, dataset)
        scenes.append(asked if probe.twins is None else _with_twins(asked, probe.twins))
        first += count
        if (number + 1) % _TELL_EVERY == 0:
            report(f"probe set: {number + 1} of {len(names)} scenes")
    if len(names) != probe.samples.num_scenes or first != len(probe.samples.target_M):
        raise _other_data(dataset)
    blanks = [scene.blank for scene in scenes]
    left = len(split.expressions) - first
    facts = DiagnosisFacts(
        name=run.name,
        model=run.name,
        model_hash="",
        data=str(dataset.folder.resolve()),
        split=dataset.split,
        split_hash=split_hash(split.expressions),
        num_sentences=len(split.expressions),
        modalities=(),
        box_source="annotation",
        created="",
        is_complete=True,
        not_asked={NOT_WATCHED: left} if left else {},
        versions=versions_now(),
        checkpoint_of=str(run.resolve()),
        candidates_hash=candidates_hash(blanks),
    )
    kind = "" if probe.twins is None else twin_kind
    return ProbeCases(run, facts, split.expressions, tuple(scenes), kind, checkpoint_every, steps)


def _asked(split: Split, rows: Sequence[int], path: Path, count: int, first: int) -> _Asked:
    """A scene and those of its sentences that are watched: the first whose target is there."""
    scene = open_scene(path)
    own = annotation_proposals(scene)
    ids = {proposal.object_id for proposal in own}
    watched = tuple(row for row in rows if split.expressions[row].target_id in ids)[:count]
    expressions = [split.expressions[row] for row in watched]
    truth = SceneTruth.of(scene, expressions)
    places = Places.of_proposals(own, truth)
    blank = SceneCases(
        scene_id=scene.scene_id,
        rows=watched,
        box_source="annotation",
        boxes=places.boxes.astype(np.float32),
        object_ids=places.object_ids,
        labels=truth.labels,
        num_candidates=np.full(len(watched), len(own), np.int32),
        num_lookalikes=places.of_class.sum(axis=1).astype(np.int32),
        lookalike_m=truth.lookalike_m(),
        visibility=np.full(len(watched), np.nan, np.float32),
        excluded=tuple(reasons(truth, places)),
        answers={},
    )
    items = [
        index
        for index, item in enumerate(expressions)
        if tags_of(item).is_spatial and not names_looks(item.text)
    ]
    return _Asked(
        blank,
        places,
        tuple(item.text for item in expressions),
        first,
        np.zeros(0, np.int64),
        np.array(items, np.int32),
        None,
    )


def _check(samples: Samples, asked: _Asked, first: int, dataset: DataSet) -> None:
    """Row by row, the targets are those that the samples were made with."""
    rows = slice(first, first + len(asked.texts))
    same = np.array_equal(asked.places.targets, samples.target_M[rows].numpy())
    num_places = int(samples.scenes.mask_GK[samples.scene_M[rows]].sum(1).max()) if same else 0
    if not same or (len(asked.texts) and num_places != len(asked.places.boxes)):
        raise _other_data(dataset)


def _with_twins(asked: _Asked, twins: TwinSamples) -> _Asked:
    rows = twins.rows.numpy()
    wanted = asked.first + asked.twin_items.astype(np.int64)
    place_of = {int(row): place for place, row in enumerate(rows)}
    known = [place_of.get(row, -1) for row in wanted.tolist()]
    kept = np.array([place >= 0 for place in known], bool)
    twin_rows = np.array([place for place in known if place >= 0], np.int64)
    pair = None
    if len(twin_rows):
        one, other = twins.pair[twin_rows[0]].tolist()
        pair = (int(one), int(other))
    return replace(asked, twin_rows=twin_rows, twin_items=asked.twin_items[kept], pair=pair)


def _judged(scene: _Asked, table: ChoiceTable, modality: str, rows: NDArray[np.int64]) -> Answers:
    every = table.log_probs.get(modality)
    if every is not None:
        return scored_answers(
            every[rows][:, : len(scene.places.boxes)],
            scene.places,
            np.ones(len(rows), bool),
            lambda index, row: best_index(scene.blank.scene_id, row, scene.texts[index]),
        )
    unknown = np.full(len(rows), np.nan, np.float32)
    return Answers(
        chosen=table.chosen[modality][rows].astype(np.int32),
        iou=table.ious[modality][rows].astype(np.float32),
        class_hits=table.class_hits[modality][rows] > 0,
        log_p=unknown,
        log_p_in_class=unknown,
        confidence=unknown,
    )


def _chosen_in_twin(scene: _Asked, table: ChoiceTable, modality: str) -> NDArray[np.int32]:
    every = table.log_probs.get(modality)
    if every is None:
        return table.chosen[modality][scene.twin_rows].astype(np.int32)
    # Ties are broken as in the original, so that a change of place is the model's own.
    count = len(scene.places.boxes)
    return np.array(
        [
            best_index(scene.blank.scene_id, every[row][:count], scene.texts[item])
            for row, item in zip(scene.twin_rows.tolist(), scene.twin_items.tolist(), strict=True)
        ],
        np.int32,
    )


def _other_data(dataset: DataSet) -> SceneError:
    return SceneError(
        "the scenes on the disk are not those that the probe set was read from",
        remedy="Put them back, or start another run",
        path=dataset.sentences,
    )
