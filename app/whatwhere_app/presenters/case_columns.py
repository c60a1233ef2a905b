"""The columns of the case table: what each says, and what it sorts by.

Shapes: N cases, P of a page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.quadrants import QUADRANTS
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.case_values import QUADRANT_NAMES, CaseColumn
from whatwhere_app.presenters.train_lines import MODALITY_NAMES
from whatwhere_app.services.case_points import copies_2d, quadrant_codes

_WRONG = QUADRANTS.index("both_wrong")
_NONE = "–"  # noqa: RUF001 - as tables have it where there is no number
_SHORT = {
    "fused": "Fused",
    "2d": "2D",
    "3d": "3D",
    "2d-frame": "2D frame",
    "blind": "Words",
    "shuffled": "Shuffled",
}

Cases = NDArray[np.int64]


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        shown: title, hint, width.
        key: (N,) numbers to sort by.
        texts: of the cells of some cases.
    """

    shown: CaseColumn
    key: Callable[[CaseColumns, float], NDArray[Any]]
    texts: Callable[[StoredCases, Cases, float], list[str]]


def columns_for(cases: StoredCases) -> tuple[Column, ...]:
    """What there is to show of these cases."""
    columns = cases.columns
    found = [Column(CaseColumn("Sentence", "As it is in the split", 0), _by_split, _sentences)]
    if {"fused", "2d"} <= columns.modalities.keys():
        shown = CaseColumn("Quadrant", "Which of fused and 2D are right", 22)
        found.append(Column(shown, quadrant_codes, _quadrants))
    found += [
        _coded("Target", "Its category", 11, "label_codes", "labels"),
        Column(CaseColumn("Relations", "Found in the sentence", 12), _by_relation, _relations),
        Column(
            CaseColumn("Alike", "Candidates of the target's class, the target included", 6, True),
            lambda columns, _: columns.num_lookalikes,
            _counts,
        ),
    ]
    for name in columns.modalities:
        found.append(_number(name, "", "IoU: overlap of the answer with the target's box", "iou"))
    for name in ("fused", "2d"):
        item = columns.modalities.get(name)
        if item is not None and np.isfinite(item.log_p_in_class).any():
            hint = "natural log of p(target | its class)"
            found.append(_number(name, "log p", hint, "log_p_in_class"))
    found.append(_coded("Scene", "The scan", 18, "scenes", "scene_ids"))
    if (columns.excluded >= 0).any():
        found.append(_coded("Left out", "Why the case does not count", 16, "excluded", "reasons"))
    return tuple(found)


def order_of(
    cases: StoredCases,
    kept_N: NDArray[np.bool_],
    column: int | None,
    threshold: float,
    *,
    down: bool,
) -> Cases:
    """(K,) the kept cases in the order of a column; unknown values come last."""
    which = np.flatnonzero(kept_N)
    if column is None:
        return which
    key = np.asarray(columns_for(cases)[column].key(cases.columns, threshold))[which]
    values = key.astype(np.float64)
    order = np.argsort(-values if down else values, kind="stable")
    return which[order]


def _coded(title: str, hint: str, width: int, codes: str, names: str) -> Column:
    def ranks(columns: CaseColumns, _: float) -> NDArray[np.float64]:
        known = getattr(columns, names)
        rank = np.empty(len(known) + 1)
        rank[np.argsort(np.array(known, dtype=object), kind="stable")] = np.arange(len(known))
        rank[-1] = np.nan  # the code of what is unknown is -1
        return np.asarray(rank[getattr(columns, codes)])

    def texts(cases: StoredCases, which: Cases, _: float) -> list[str]:
        known = (*getattr(cases.columns, names), "")
        return [known[code] for code in getattr(cases.columns, codes)[which].tolist()]

    return Column(CaseColumn(title, hint, width), ranks, texts)


def _number(modality: str, what: str, hint: str, field: str) -> Column:
    title = f"{what} {_SHORT.get(modality, modality)}".strip()
    name = MODALITY_NAMES.get(modality, modality)

    def texts(cases: StoredCases, which: Cases, _: float) -> list[str]:
        values = getattr(cases.columns.modalities[modality], field)[which]
        return [_decimals(value) for value in values.tolist()]

    return Column(
        CaseColumn(title, f"{name}: {hint}", max(len(title) + 2, 8), True),
        lambda columns, _: getattr(columns.modalities[modality], field),
        texts,
    )


def _by_split(columns: CaseColumns, _: float) -> NDArray[Any]:
    return columns.rows


def _sentences(cases: StoredCases, which: Cases, _: float) -> list[str]:
    return cases.texts(which)


def _by_relation(columns: CaseColumns, _: float) -> NDArray[Any]:
    """The first relation of each case."""
    if not columns.relations:
        return np.zeros(len(columns))
    return np.where(columns.has_relation.any(axis=1), columns.has_relation.argmax(axis=1), np.nan)


def _relations(cases: StoredCases, which: Cases, _: float) -> list[str]:
    names = cases.columns.relations
    found: list[list[str]] = [[] for _ in which]
    rows, numbers = np.nonzero(cases.columns.has_relation[which])
    for row, number in zip(rows.tolist(), numbers.tolist(), strict=True):
        found[row].append(names[number])
    return [", ".join(spoken) for spoken in found]


def _decimals(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}" if isfinite(value) else _NONE  # no "-0.00"


def _counts(cases: StoredCases, which: Cases, _: float) -> list[str]:
    return [
        str(count) if count else _NONE for count in cases.columns.num_lookalikes[which].tolist()
    ]


def _quadrants(cases: StoredCases, which: Cases, threshold: float) -> list[str]:
    codes = quadrant_codes(cases.columns, threshold, which).tolist()
    copies = copies_2d(cases.columns, which).tolist()
    return [
        _NONE
        if code < 0
        else QUADRANT_NAMES[QUADRANTS[code]] + (", the same" if same and code == _WRONG else "")
        for code, same in zip(codes, copies, strict=True)
    ]
