"""ScanRefer's JSON lists of referring expressions (daveredrum/ScanRefer)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.language.expressions import Expression
from whatwhere.language.row_values import sentence, string, whole, wholes
from whatwhere.language.rows import ExpressionFile, read_each
from whatwhere.language.viewpoints import viewpoint_of
from whatwhere.scenes.annotation import read_json

_KNOWN_KEYS = {
    *("scene_id", "object_id", "object_name", "ann_id", "description"),
    *("token", "camera", "anchor_ids", "skill", "num_lookalikes"),
}


def read_scanrefer(path: Path) -> ExpressionFile:
    """Every row of a ScanRefer file, of one scene or of many.

    `object_id` may be a string (as in the official files) or a number. A row may carry its
    annotator's `camera`; the demo world's keys `anchor_ids`, `skill` and `num_lookalikes` are
    understood; any other key is kept in `Expression.extra`.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is not a JSON list.
    """
    return read_each(path, read_row_list(path), expression_of, form="ScanRefer")


def read_row_list(path: Path) -> list[Any]:
    """The rows of a file in ScanRefer's form.

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
    return rows


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


def expression_of(row: Mapping[str, Any]) -> Expression:
    """One row.

    Raises:
        RowError: it cannot be used.
    """
    text = sentence(row, "description")
    name, skill, count = row.get("object_name"), row.get("skill"), row.get("num_lookalikes")
    return Expression(
        scene_id=string(row, "scene_id"),
        text=text,
        target_id=whole(row.get("object_id"), "object_id"),
        target_label=name.replace("_", " ") if isinstance(name, str) else None,
        ann_id=str(row.get("ann_id", "")),
        anchor_ids=wholes(row.get("anchor_ids", ()), "anchor_ids"),
        skill=skill if isinstance(skill, str) else None,
        tokens=_tokens(row.get("token", ())),
        num_lookalikes=count if type(count) is int and count > 0 else None,
        viewpoint=None if "camera" not in row else viewpoint_of(row["camera"]),
        extra={key: value for key, value in row.items() if key not in _KNOWN_KEYS},
    )


def _tokens(value: object) -> tuple[str, ...]:
    is_list = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    return tuple(value) if is_list else ()  # type: ignore[arg-type]
