"""The scenes of a probe set: opened once, with all of their cases but the answers.

Shapes: n sentences of one scene, K candidates, M sentences of the probe set.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import SceneError
from whatwhere.evaluation.cases.scene_cases import Answers, SceneCases
from whatwhere.evaluation.cases.scored import scored_answers
from whatwhere.evaluation.cases.truth import Places, SceneTruth, reasons
from whatwhere.evaluation.grounding import ChoiceTable
from whatwhere.language.relations import names_looks
from whatwhere.language.splits import Split
from whatwhere.language.tags import tags_of
from whatwhere.models.candidates import best_index
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.training.datasets import DataSet, Report
from whatwhere.training.kept_scenes import spread_scenes
from whatwhere.training.probe import Probe
from whatwhere.training.samples import Samples
from whatwhere.training.twins import TwinSamples

_TELL_EVERY = 10


@dataclass(frozen=True, slots=True, eq=False)
class ProbeScene:
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

    def judged(self, table: ChoiceTable, modality: str) -> Answers:
        """What one modality answered, of the table of the whole probe set."""
        rows = np.arange(self.first, self.first + len(self.texts))
        every = table.log_probs.get(modality)
        if every is not None:
            return scored_answers(
                every[rows][:, : len(self.places.boxes)],
                self.places,
                np.ones(len(rows), bool),
                lambda index, row: best_index(self.blank.scene_id, row, self.texts[index]),
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

    def chosen_in_twin(self, table: ChoiceTable, modality: str) -> NDArray[np.int32]:
        """(t,) places, of the table of all twins."""
        every = table.log_probs.get(modality)
        if every is None:
            return table.chosen[modality][self.twin_rows].astype(np.int32)
        # Ties are broken as in the original, so that a change of place is the model's own.
        count = len(self.places.boxes)
        return np.array(
            [
                best_index(self.blank.scene_id, every[row][:count], self.texts[item])
                for row, item in zip(self.twin_rows.tolist(), self.twin_items.tolist(), strict=True)
            ],
            np.int32,
        )


def probe_scenes(
    probe: Probe, dataset: DataSet, split: Split, report: Report
) -> tuple[ProbeScene, ...]:
    """The scenes that a probe's samples were made of, in their order.

    Raises:
        SceneError: what is on the disk is something else.
    """
    samples = probe.samples
    known = {scene.scene_id: scene for scene in split.scenes}
    names = [name for name, _ in spread_scenes(dataset, samples.num_scenes)]
    found: list[ProbeScene] = []
    first = 0
    for number, name in enumerate(names):
        if name not in known:
            raise _other_data(dataset)
        count = int((samples.scene_M == number).sum())
        asked = _asked(split, known[name].rows, known[name].path, count, first)
        _check(samples, asked, dataset)
        found.append(asked if probe.twins is None else _with_twins(asked, probe.twins))
        first += count
        if (number + 1) % _TELL_EVERY == 0:
            report(f"probe set: {number + 1} of {len(names)} scenes")
    if len(names) != samples.num_scenes or first != len(samples.target_M):
        raise _other_data(dataset)
    return tuple(found)


def _asked(split: Split, rows: Sequence[int], path: Path, count: int, first: int) -> ProbeScene:
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
    return ProbeScene(
        blank,
        places,
        tuple(item.text for item in expressions),
        first,
        np.zeros(0, np.int64),
        np.array(items, np.int32),
        None,
    )


def _check(samples: Samples, asked: ProbeScene, dataset: DataSet) -> None:
    """Row by row, the targets are those that the samples were made with."""
    rows = slice(asked.first, asked.first + len(asked.texts))
    same = np.array_equal(asked.places.targets, samples.target_M[rows].numpy())
    num_places = int(samples.scenes.mask_GK[samples.scene_M[rows]].sum(1).max()) if same else 0
    if not same or (len(asked.texts) and num_places != len(asked.places.boxes)):
        raise _other_data(dataset)


def _with_twins(asked: ProbeScene, twins: TwinSamples) -> ProbeScene:
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


def _other_data(dataset: DataSet) -> SceneError:
    return SceneError(
        "the scenes on the disk are not those that the probe set was read from",
        remedy="Put them back, or start another run",
        path=dataset.sentences,
    )
