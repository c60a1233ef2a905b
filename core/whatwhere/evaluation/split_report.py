"""The numbers of a model on a split, with everything that they depend on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.answered import Chosen, SceneAnswers
from whatwhere.evaluation.boxes import (
    accuracy_at_thresholds,
    answer_ious,
    recall_at_thresholds,
)
from whatwhere.evaluation.counting import CountingRule, is_others, unique_rows
from whatwhere.evaluation.metric import Facts, Metric, split_hash
from whatwhere.evaluation.referit3d import axes_of, choice_accuracy, official_rows
from whatwhere.language.expressions import Expression
from whatwhere.language.rows import ExpressionFile
from whatwhere.language.tags import tags_of
from whatwhere.scenes.label_table import LabelTable

Axes = Mapping[str, NDArray[np.str_]]


@dataclass(frozen=True, slots=True)
class Rules:
    """Which of the circulating definitions.

    Attributes:
        unique: what makes a ScanRefer row unique.
        table: ScanNet's labels; None where there are none.
        strict: an overlap of exactly the threshold is a miss, as UniVLG has it.
        all_rows: of ReferIt3D, also the rows that its own evaluation leaves out.
    """

    unique: CountingRule = "official"
    table: LabelTable | None = None
    strict: bool = False
    all_rows: bool = False


@dataclass(frozen=True, slots=True)
class SplitReport:
    """What came out.

    Attributes:
        num_rows: that were scored.
        num_scenes: that they are about.
        split_hash: of these rows.
        box_source: where the candidates came from; several are joined by "+".
        counts: part -> rows, over all axes.
        recall: what the candidates allow at most; () where nothing was chosen among.
        by_modality: modality -> metrics.
        unanswered: modality -> rows without an answer, which count as wrong.
        targets_without_box: rows whose target has no box, which nothing can hit.
        left_out: rows that ReferIt3D's own evaluation leaves out.
        num_empty: candidates that held nothing.
        faults: scans that the model has no answer to, as sentences.
        notes: what could not be computed here, as sentences.
    """

    num_rows: int
    num_scenes: int
    split_hash: str
    box_source: str
    counts: dict[str, int]
    recall: tuple[Metric, ...]
    by_modality: dict[str, tuple[Metric, ...]]
    unanswered: dict[str, int]
    targets_without_box: int
    left_out: int
    num_empty: int
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The part of the `evaluate` JSON document that is about numbers."""
        by_modality = {
            modality: {metric.name: metric.as_json() for metric in metrics}
            for modality, metrics in self.by_modality.items()
        }
        return {
            "n": self.num_rows,
            "num_scenes": self.num_scenes,
            "split_hash": self.split_hash,
            "box_source": self.box_source,
            "counts": self.counts,
            "recall": {metric.name: metric.as_json() for metric in self.recall},
            "metrics": next(iter(by_modality.values()), {}),
            "by_modality": by_modality,
            "unanswered": self.unanswered,
            "targets_without_box": self.targets_without_box,
            "left_out": self.left_out,
            "num_empty_proposals": self.num_empty,
            "faults": list(self.faults),
            "notes": list(self.notes),
        }


def split_report(
    file: ExpressionFile,
    answers: Sequence[SceneAnswers],
    modalities: Sequence[str],
    rules: Rules,
) -> SplitReport:
    """Score what was answered.

    Args:
        file: the whole loaded split: which rows are unique depends on all of it.
        answers: of the scans that were asked.
        modalities: that the model was asked in.
        rules: which definitions.

    Raises:
        ConfigError: the counting rule needs a label table.
    """
    is_referit = file.form == "ReferIt3D"
    rows = np.array([row for scene in answers for row in scene.rows], int)
    expressions = [file.expressions[row] for row in rows]
    kept = np.ones(len(rows), bool)
    if is_referit and not rules.all_rows:
        kept = official_rows(expressions)
    places = np.flatnonzero(kept).tolist()
    expressions = [expressions[place] for place in places]
    scenes = np.repeat(np.arange(len(answers)), [len(scene.rows) for scene in answers])[kept]
    targets = [target for scene in answers for target in scene.targets]
    targets = [targets[place] for place in places]
    variant = _variant(is_referit, rules)
    # A scan that the model failed on says nothing of where its candidates come from.
    source = "+".join(sorted({s.box_source for s in answers if s.fault is None})) or "none"
    facts = Facts(variant, source, split_hash(expressions))
    axes = _axes(file, rows[kept], rules)
    chosen = {modality: _column(answers, modality, places) for modality in modalities}
    by_modality = {
        modality: tuple(
            _metrics(choices, targets, expressions, scenes, facts, axes, rules, is_referit)
        )
        for modality, choices in chosen.items()
    }
    return SplitReport(
        num_rows=len(expressions),
        num_scenes=len(set(scenes.tolist())),
        split_hash=facts.split_hash,
        box_source=source,
        counts={
            str(part): int((parts == part).sum())
            for parts in axes.values()
            for part in np.unique(parts)
        },
        recall=_recall(answers, places, scenes, facts, axes),
        by_modality=by_modality,
        unanswered={name: sum(item is None for item in found) for name, found in chosen.items()},
        targets_without_box=sum(target is None for target in targets),
        left_out=len(rows) - len(expressions),
        num_empty=sum(scene.num_empty for scene in answers),
        faults=tuple(scene.fault for scene in answers if scene.fault is not None),
    )


def _metrics(
    choices: Sequence[Chosen | None],
    targets: Sequence[Any],
    expressions: Sequence[Expression],
    scenes: NDArray[np.integer],
    facts: Facts,
    axes: Axes,
    rules: Rules,
    is_referit: bool,
) -> list[Metric]:
    ious = answer_ious([None if item is None else item.box for item in choices], targets)
    prefix = "referit3d.det" if is_referit else "scanrefer"
    metrics = accuracy_at_thresholds(
        ious, scenes, facts, prefix=prefix, axes=axes, strict=rules.strict
    )
    if is_referit and facts.box_source == "annotation":
        ids = [None if item is None else item.object_id for item in choices]
        metrics.insert(0, choice_accuracy(ids, expressions, scenes, facts))
    return metrics


def _variant(is_referit: bool, rules: Rules) -> str:
    if is_referit:
        return "all rows" if rules.all_rows else "official rows"
    return f"{rules.unique} counting"


def _axes(file: ExpressionFile, rows: NDArray[np.integer], rules: Rules) -> Axes:
    """The parts of each kind of data set, and for all whether place is spoken of."""
    expressions = [file.expressions[row] for row in rows]
    if file.form == "ReferIt3D":
        axes = axes_of(expressions)
    else:
        is_unique = unique_rows(file.expressions, rules.unique, rules.table)[rows]
        axes = {"lookalikes": np.where(is_unique, "unique", "multiple")}
        if rules.table is not None:
            others = is_others(expressions, rules.table)
            axes["class"] = np.where(others, "others", "17 classes")
    spatial = np.array([tags_of(item).is_spatial for item in expressions], bool)
    axes["place"] = np.where(spatial, "spatial", "not spatial")
    return axes


def _column(
    answers: Sequence[SceneAnswers], modality: str, places: Sequence[int]
) -> list[Chosen | None]:
    column: list[Chosen | None] = []
    for scene in answers:
        column += scene.chosen.get(modality, (None,) * len(scene.rows))
    return [column[place] for place in places]


def _recall(
    answers: Sequence[SceneAnswers],
    places: Sequence[int],
    scenes: NDArray[np.integer],
    facts: Facts,
    axes: Axes,
) -> tuple[Metric, ...]:
    """The ceiling; rows of a scan without candidates have none to hit and count as missed."""
    if all(scene.best_overlaps is None for scene in answers):
        return ()
    best = [
        value for scene in answers for value in (scene.best_overlaps or (0.0,) * len(scene.rows))
    ]
    column = np.array([best[place] for place in places])
    return tuple(recall_at_thresholds(column, scenes, facts, axes))
