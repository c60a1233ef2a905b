"""SQA3D's situated questions (SilongYong/SQA3D): two files, joined by question_id."""

from collections.abc import Mapping
from math import hypot
from pathlib import Path
from typing import Any

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.language.row_values import RowError, numbers, sentence, string
from whatwhere.language.rows import ExpressionFile, read_each
from whatwhere.language.situations import Question, Situation
from whatwhere.scenes.annotation import read_json

_QUESTIONS, _ANNOTATIONS = "_questions_", "_sqa_annotations_"


def read_sqa3d(path: Path) -> ExpressionFile:
    """Every question of a split, with its situation and, where they are given, its answers.

    Args:
        path: of `v1_balanced_questions_<split>_scannetv2.json` or of the annotations beside it.

    Raises:
        MissingFileError: one of the two files is not there.
        BrokenFileError: one of them is not SQA3D's.
    """
    if _QUESTIONS not in path.name and _ANNOTATIONS not in path.name:
        raise BrokenFileError(
            path,
            "its name does not tell where the other of SQA3D's two files is",
            remedy="Keep the names v1_balanced_questions_... and v1_balanced_sqa_annotations_...",
        )
    asked = path.with_name(path.name.replace(_ANNOTATIONS, _QUESTIONS))
    answered = path.with_name(path.name.replace(_QUESTIONS, _ANNOTATIONS))
    questions, annotations = _rows(asked, "questions"), _rows(answered, "annotations")
    by_id = {str(row.get("question_id")): row for row in annotations if isinstance(row, Mapping)}
    file = read_each(asked, questions, lambda row: _question(row, by_id), form="SQA3D")
    lonely = len(by_id) - len({str(r.get("question_id")) for r in questions if isinstance(r, dict)})
    if lonely > 0:
        problem = f"{lonely:,} annotations of {answered.name} belong to no question."
        return ExpressionFile(file.expressions, (*file.problems, problem), file.form)
    return file


def _rows(path: Path, key: str) -> list[Any]:
    if not path.is_file():
        raise MissingFileError(
            path, what=f"SQA3D's {key}", remedy="Put questions and annotations into one folder"
        )
    document = read_json(path)
    rows = document.get(key) if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise BrokenFileError(path, f"it has no list of {key}")
    return rows


def _question(row: Mapping[str, Any], annotations: Mapping[str, Mapping[str, Any]]) -> Question:
    question_id = row.get("question_id")
    if not isinstance(question_id, str | int) or isinstance(question_id, bool):
        raise RowError("it has no question_id")
    annotation = annotations.get(str(question_id))
    if annotation is None:
        raise RowError(f"question {str(question_id)[:40]} has no annotation")
    scene_id = string(row, "scene_id")
    if annotation.get("scene_id") != scene_id:
        raise RowError(f"its annotation is of another scene than {scene_id}")
    others = row.get("alternative_situation", [])
    if not isinstance(others, list) or not all(isinstance(item, str) for item in others):
        raise RowError("its alternative_situation is not a list of texts")
    position, rotation = annotation.get("position"), annotation.get("rotation")
    if not isinstance(position, Mapping) or not isinstance(rotation, Mapping):
        raise RowError("it has no position or no rotation")
    x, y, z = numbers([position.get(key) for key in "xyz"], 3, "position")
    turned = numbers([rotation.get(key) for key in ("_x", "_y", "_z", "_w")], 4, "rotation")
    length = hypot(*turned)
    if abs(length - 1) > 0.01:
        raise RowError("its rotation is not a unit quaternion")
    qx, qy, qz, qw = (value / length for value in turned)
    return Question(
        scene_id=scene_id,
        text=sentence(row, "question"),
        ann_id=str(question_id),
        answers=_answers(annotation.get("answers", [])),
        situation=Situation(sentence(row, "situation"), tuple(others), (x, y, z), (qx, qy, qz, qw)),
    )


def _answers(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise RowError("its answers are not a list")
    found = [item.get("answer") if isinstance(item, Mapping) else None for item in value]
    if not all(isinstance(item, str) for item in found):
        raise RowError("one of its answers is not text")
    return tuple(str(item) for item in found)
