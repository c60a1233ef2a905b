"""ScanEnts3D: ScanRefer and Nr3D with the objects that every phrase names.

Locate 3D's data have the same form.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from whatwhere.language import referit3d, scanrefer
from whatwhere.language.expressions import Expression, Phrase
from whatwhere.language.row_values import RowError, whole
from whatwhere.language.rows import ExpressionFile, csv_rows, read_each

FORM = "ScanEnts3D"


def read_scanents3d(path: Path) -> ExpressionFile:
    """Every row of ScanEnts3D: a JSON list in ScanRefer's form, or a table in Nr3D's.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is neither.
    """
    if path.suffix.lower() == ".csv":
        rows = csv_rows(path, (*referit3d.COLUMNS, "entities"), what="ScanEnts3D table")
        return read_each(path, rows, _of_nr3d, form=FORM)
    return read_each(path, scanrefer.read_row_list(path), _of_scanrefer, form=FORM)


def _of_scanrefer(row: Mapping[str, Any]) -> Expression:
    return _with_phrases(scanrefer.expression_of(row), row.get("entities"))


def _of_nr3d(row: Mapping[str, Any]) -> Expression:
    return _with_phrases(referit3d.expression_of(row), _as_lists(row.get("entities")))


def _as_lists(text: object) -> object:
    """A table keeps its entities as Python wrote them: lists of numbers and quoted labels."""
    if not isinstance(text, str) or len(text) > 100_000:
        raise RowError("its entities are not a list")
    for candidate in (text, text.replace("(", "[").replace(")", "]").replace("'", '"')):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    raise RowError("its entities are not a list")


def _with_phrases(expression: Expression, entities: object) -> Expression:
    if not isinstance(entities, list):
        raise RowError("its entities are not a list")
    phrases = tuple(_phrase(item, len(expression.tokens)) for item in entities)
    named = dict.fromkeys(number for phrase in phrases for number in phrase.object_ids)
    anchors = tuple(number for number in named if number != expression.target_id)
    extra = {key: value for key, value in expression.extra.items() if key != "entities"}
    return replace(expression, phrases=phrases, anchor_ids=anchors, extra=extra)


def _phrase(item: object, num_tokens: int) -> Phrase:
    fault = 'an entity is not [[token indices], ["objectId_label", ...]]'
    if not isinstance(item, list) or len(item) != 2 or not isinstance(item[0], list):
        raise RowError(fault)
    if not isinstance(item[1], list) or not all(isinstance(name, str) for name in item[1]):
        raise RowError(fault)
    places = tuple(whole(place, "entity's token index") for place in item[0])
    if places and max(places) >= num_tokens:
        raise RowError(f"an entity names word {max(places)} of {num_tokens}")
    ids, labels = [], []
    for name in item[1]:
        number, _, label = name.partition("_")
        ids.append(whole(number, "entity's objectId"))
        labels.append(label.replace("_", " "))
    return Phrase(places, tuple(ids), labels[0] if labels else "")
