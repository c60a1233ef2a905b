"""Cases of a diagnosis as the store of annotations knows them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from whatwhere.annotations.values import Case, case_id_of
from whatwhere.evaluation.cases.columns import NO_ANSWER
from whatwhere.evaluation.cases.store import StoredCases


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
