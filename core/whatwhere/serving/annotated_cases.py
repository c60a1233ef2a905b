"""Cases of a diagnosis as the store of annotations knows them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from whatwhere.annotations.queries import CaseQuery, find_cases
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.values import Case, case_id_of
from whatwhere.evaluation.cases.columns import NO_ANSWER, CaseColumns
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.language.splits import Split, open_split
from whatwhere.serving.twin_scans import PLACEBO, POSITION, read_twins, twin_scans
from whatwhere.training.hard_sets import HardSet, HardSetPlan
from whatwhere.training.writing_hard_sets import write_hard_set

_RIGHT_FROM = 0.25

GROUND_TRUTH_WRONG = "ground truth wrong (annotated)"
"""Why a case is left out of figures."""


def annotated_cases(cases: StoredCases, indices: Sequence[int]) -> tuple[Case, ...]:
    """Some cases of a diagnosis, with what their annotator is shown.

    Args:
        cases: all of them.
        indices: which, as places in the columns.

    Raises:
        BrokenFileError: the sentences cannot be read.
    """
    texts = cases.texts(np.asarray(indices, np.int64))
    return tuple(_case(cases, int(index), text) for index, text in zip(indices, texts, strict=True))


def without_wrong_truth(cases: StoredCases, store: AnnotationStore) -> StoredCases:
    """The same cases, but those whose ground truth annotators hold for wrong are left out, named.

    Args:
        cases: of one model on one split.
        store: may know some of them, of this model or of another.

    Raises:
        StoreUnavailableError: the store cannot be read just now.
    """
    query = CaseQuery(split_hash=cases.facts.split_hash, truth_is_wrong=True)
    rows = [case.row for case in find_cases(store, query, limit=len(cases.columns) + 1)]
    columns = cases.columns
    wrong = np.isin(columns.rows, rows) & (columns.excluded < 0)
    if not wrong.any():
        return cases
    reasons = (*columns.reasons, GROUND_TRUTH_WRONG)
    excluded = np.where(wrong, np.int32(len(reasons) - 1), columns.excluded)
    return replace(cases, columns=replace(columns, reasons=reasons, excluded=excluded))


def hard_set_of(
    cases: StoredCases,
    rows: Sequence[int],
    folder: Path,
    plan: HardSetPlan | None = None,
    *,
    tags: Mapping[str, Collection[int]] | None = None,
) -> HardSet:
    """Annotated failures of a diagnosis as something to train on.

    Args:
        cases: the diagnosis.
        rows: of its split: the failures.
        folder: to be made.
        plan: how; None takes the usual one.
        tags: tag -> those of the rows that carry it.

    Raises:
        WhatWhereError: the split is no longer where it was, or too few scans are among the rows.
    """
    facts, columns = cases.facts, cases.columns
    plan = plan or HardSetPlan()
    data = Path(facts.data)
    split = open_split(data, split=facts.split, scans=Path(facts.scans) if facts.scans else None)
    return write_hard_set(
        folder,
        split,
        rows,
        plan,
        tags=tags,
        answers=_answers(columns),
        twins=_twins_of(split, data) if plan.with_twins else None,
        diagnosis=str(cases.folder),
    )


def _answers(columns: CaseColumns) -> dict[int, bool]:
    """Row -> whether fused, or what else there is, was right; of the cases that count."""
    asked = columns.modalities
    item = asked.get("fused") or next(iter(asked.values()))
    counts = np.asarray(columns.counts)
    right = np.asarray(item.iou >= _RIGHT_FROM)[counts]
    return dict(zip(columns.rows[counts].tolist(), right.tolist(), strict=True))


def _twins_of(split: Split, data: Path) -> dict[str, list[Path]]:
    """Those in which every object stays where it is, so that targets do."""
    listed = read_twins(data)
    return {
        scene.scene_id: [
            twin.path
            for twin in twin_scans(scene, listed)
            if twin.kind not in (PLACEBO, POSITION) and twin.path.is_dir()
        ]
        for scene in split.scenes
    }


def _case(cases: StoredCases, index: int, text: str) -> Case:
    facts, columns = cases.facts, cases.columns
    row, target = int(columns.rows[index]), int(columns.target_ids[index])
    label = int(columns.label_codes[index])
    return Case(
        case_id=case_id_of(facts.split_hash, row, text, facts.model, facts.model_hash),
        data=facts.data,
        split=facts.split,
        split_hash=facts.split_hash,
        row=row,
        scene_id=columns.scene_ids[int(columns.scenes[index])],
        ann_id=str(row),
        target_id=target if target >= 0 else None,
        target_label=columns.labels[label] if label >= 0 else "",
        expression=text,
        model=facts.model,
        model_hash=facts.model_hash,
        seen=_seen(cases, index),
    )


def _seen(cases: StoredCases, index: int) -> dict[str, Any]:
    found = {}
    for name, item in cases.columns.modalities.items():
        box = item.boxes[index]
        if item.chosen[index] == NO_ANSWER or not np.isfinite(box).all():
            continue
        seen: dict[str, Any] = {"box": [round(float(value), 4) for value in box]}
        for key, value in (("iou", item.iou[index]), ("log_p", item.log_p[index])):
            if np.isfinite(value):
                seen[key] = round(float(value), 4)
        found[name] = seen
    return found
