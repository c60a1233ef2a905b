"""Answers in the form that ScanRefer's benchmark takes."""

from collections.abc import Sequence
from typing import Any

from whatwhere.errors import ConfigError
from whatwhere.evaluation.answered import SceneAnswers
from whatwhere.evaluation.counting import is_others, unique_rows
from whatwhere.language.expressions import Expression
from whatwhere.scenes.label_table import LabelTable


def scanrefer_submission(
    expressions: Sequence[Expression],
    answers: Sequence[SceneAnswers],
    modality: str,
    table: LabelTable | None,
) -> list[dict[str, Any]]:
    """One row per answer; rows without one are left out, and count as wrong there.

    Args:
        expressions: the whole loaded split.
        answers: of its scans.
        modality: which answers.
        table: ScanNet's labels.

    Raises:
        ConfigError: there is no label table, by which rows are sorted into unique and multiple.
    """
    if table is None:
        raise ConfigError(
            "a ScanRefer submission sorts rows by ScanNet's label table",
            remedy="Name scannetv2-labels.combined.tsv with --labels",
        )
    unique, others = unique_rows(expressions, "official", table), is_others(expressions, table)
    rows = []
    for scene in answers:
        for row, chosen in zip(scene.rows, scene.chosen.get(modality, ()), strict=False):
            if chosen is not None:
                item = expressions[row]
                rows.append(
                    {
                        "scene_id": item.scene_id,
                        "object_id": str(item.target_id),
                        "ann_id": item.ann_id,
                        "bbox": chosen.box.corners().tolist(),
                        "unique_multiple": int(not unique[row]),
                        "others": int(others[row]),
                    }
                )
    return rows
