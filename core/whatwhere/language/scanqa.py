"""ScanQA's questions (ATR-DBI/ScanQA)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whatwhere.language.row_values import RowError, sentence, string, wholes
from whatwhere.language.rows import ExpressionFile, read_each
from whatwhere.language.scanrefer import read_row_list
from whatwhere.language.situations import Question


def read_scanqa(path: Path) -> ExpressionFile:
    """Every question of a ScanQA file; those of its test splits have no answers.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is not a JSON list.
    """
    return read_each(path, read_row_list(path), _question, form="ScanQA")


def _question(row: Mapping[str, Any]) -> Question:
    answers = row.get("answers", [])
    if not isinstance(answers, list) or not all(isinstance(item, str) for item in answers):
        raise RowError("its answers are not a list of texts")
    return Question(
        scene_id=string(row, "scene_id"),
        text=sentence(row, "question"),
        ann_id=string(row, "question_id"),
        answers=tuple(answers),
        object_ids=wholes(row.get("object_ids", ()), "object_ids"),
    )
