"""ScanRefer's JSON lists of referring expressions (daveredrum/ScanRefer)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.language.expressions import Expression
from whatwhere.scenes.annotation import read_json

_KNOWN_KEYS = {
    "scene_id", "object_id", "object_name", "ann_id", "description", "anchor_ids", "skill"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScanReferFile:
    """One file's rows.

    Attributes:
        expressions: the usable rows in file order.
        problems: one sentence for each row that was dropped.
    """

    expressions: tuple[Expression, ...]
    problems: tuple[str, ...]

    def by_scene(self) -> dict[str, tuple[Expression, ...]]:
        """The expressions of every scene, scenes in order of first appearance."""
        scenes: dict[str, list[Expression]] = {}
        for expression in self.expressions:
            scenes.setdefault(expression.scene_id, []).append(expression)
        return {scene_id: tuple(rows) for scene_id, rows in scenes.items()}


class _RowError(Exception):
    """Why a row cannot be used."""


def read_scanrefer(path: Path) -> ScanReferFile:
    """Every row of a ScanRefer file, of one scene or of many.

    `object_id` may be a string (as in the official files) or a number. The demo world's keys
    `anchor_ids` and `skill` are understood; any other key is kept in `Expression.extra`.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is not a JSON list.
    """
    if not path.is_file():
        raise MissingFileError(
            path, what="Expression file", remedy="Check the path to the ScanRefer JSON file"
        )
    rows = read_json(path)
    if not isinstance(rows, list):
        raise BrokenFileError(
            path, "it is not a list of expressions", remedy="See ScanRefer's form"
        )
    expressions, problems = [], []
    for number, row in enumerate(rows, start=1):
        try:
            expressions.append(_expression(row))
        except _RowError as error:
            problems.append(f"Row {number} of {path.name} was dropped: {error}.")
    return ScanReferFile(tuple(expressions), tuple(problems))


def unknown_targets(expressions: Iterable[Expression], object_ids: Iterable[int]) -> list[str]:
    """A sentence for each target of one scene's expressions that the scene does not have."""
    known = set(object_ids)
    counts = Counter(
        expression.target_id
        for expression in expressions
        if expression.target_id is not None and expression.target_id not in known
    )
    return [
        f"{count} expressions point at object {target_id}, which the scene does not have."
        if count > 1
        else f"One expression points at object {target_id}, which the scene does not have."
        for target_id, count in counts.items()
    ]


def _expression(row: object) -> Expression:
    if not isinstance(row, Mapping):
        raise _RowError("it is not an object with keys")
    text = _string(row, "description").strip()
    if not text:
        raise _RowError("its description is empty")
    name, skill = row.get("object_name"), row.get("skill")
    return Expression(
        scene_id=_string(row, "scene_id"),
        text=text,
        target_id=_whole(row.get("object_id"), "object_id"),
        target_label=name.replace("_", " ") if isinstance(name, str) else None,
        ann_id=str(row.get("ann_id", "")),
        anchor_ids=_anchor_ids(row.get("anchor_ids", ())),
        skill=skill if isinstance(skill, str) else None,
        extra={key: value for key, value in row.items() if key not in _KNOWN_KEYS},
    )


def _string(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise _RowError(f"it has no {key}")
    return value


def _whole(value: object, key: str) -> int:
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    raise _RowError(f"its {key} is not a whole number ({value!r})")


def _anchor_ids(value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise _RowError("its anchor_ids are not a list")
    return tuple(_whole(item, "anchor_ids") for item in value)
