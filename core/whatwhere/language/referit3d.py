"""ReferIt3D's tables, Nr3D and Sr3D (referit3d/referit3d)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whatwhere.language.expressions import Expression
from whatwhere.language.row_values import RowError, literals, sentence, string, whole, wholes
from whatwhere.language.rows import ExpressionFile, csv_rows, read_each

COLUMNS = ("scan_id", "target_id", "instance_type", "utterance", "stimulus_id")
MAX_TOKENS = 24
"""ReferIt3D's own evaluation leaves out longer sentences."""

_READ = {*COLUMNS, "tokens", "anchor_ids"}


@dataclass(frozen=True, slots=True)
class Stimulus:
    """What a stimulus_id says.

    Attributes:
        scene_id: of the scan.
        label: of the target, blanks for underscores.
        num_objects: of that class, the target included.
        target_id: its objectId.
        distractor_ids: objectIds of the others.
    """

    scene_id: str
    label: str
    num_objects: int
    target_id: int
    distractor_ids: tuple[int, ...]


def parse_stimulus(stimulus_id: str) -> Stimulus:
    """From "scene0525_00-plant-5-9-10-11-12-13"; without distractors it has four parts.

    Raises:
        RowError: it is no stimulus_id, or its count of objects is wrong.
    """
    parts = stimulus_id.split("-", 4)
    if len(parts) < 4 or not parts[0] or not parts[1]:
        raise RowError(f"its stimulus_id is {stimulus_id[:60]!r}, not scene-label-count-target")
    rest = parts[4].split("-") if len(parts) > 4 else []
    num_objects = whole(parts[2], "stimulus_id")
    distractors = tuple(whole(item, "stimulus_id") for item in rest)
    if num_objects != len(distractors) + 1:
        raise RowError(
            f"its stimulus_id counts {num_objects} objects and lists {len(distractors) + 1}"
        )
    return Stimulus(
        parts[0],
        parts[1].replace("_", " "),
        num_objects,
        whole(parts[3], "stimulus_id"),
        distractors,
    )


def read_referit3d(path: Path) -> ExpressionFile:
    """Every row of Nr3D or Sr3D.

    `mentions_target_class` and `correct_guess` stay in `Expression.extra` as written: which rows
    count is for the evaluation to say.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is no such table.
    """
    rows = csv_rows(path, COLUMNS, what="ReferIt3D table")
    return read_each(path, rows, expression_of, form="ReferIt3D")


def expression_of(row: Mapping[str, Any]) -> Expression:
    """One row.

    Raises:
        RowError: it cannot be used.
    """
    stimulus = parse_stimulus(string(row, "stimulus_id"))
    scene_id, target_id = string(row, "scan_id"), whole(row.get("target_id"), "target_id")
    if (scene_id, target_id) != (stimulus.scene_id, stimulus.target_id):
        raise RowError(
            f"it is about object {target_id} of {scene_id}, its stimulus_id about object "
            f"{stimulus.target_id} of {stimulus.scene_id}"
        )
    tokens, anchors = row.get("tokens"), row.get("anchor_ids")
    return Expression(
        scene_id=scene_id,
        text=sentence(row, "utterance"),
        target_id=target_id,
        target_label=string(row, "instance_type").replace("_", " "),
        ann_id=str(row.get("assignmentid") or ""),
        anchor_ids=wholes(anchors, "anchor_ids") if anchors else (),
        skill=str(row.get("reference_type") or "") or None,
        tokens=literals(tokens, "tokens") if isinstance(tokens, str) and tokens else (),
        num_lookalikes=stimulus.num_objects,
        extra={
            key: value for key, value in row.items() if isinstance(key, str) and key not in _READ
        },
    )
