"""What the states of a diagnosis say, as the lines below their map."""

from collections.abc import Mapping
from typing import Any

from whatwhere_app.case_values import ReadOutsShown
from whatwhere_app.presenters.train_lines import MODALITY_NAMES

_MEANING = (
    "A state is that of the target's candidate after the last layer; its score is read from it.\n"
    "CKA: how alike two modalities see the same cases, debiased, linear; 1 is alike, 0 unrelated.\n"
    "Class: share of targets whose class a linear reader finds in scenes it did not learn from.\n"
    "Position: R² of where the target stands in its room, read by ridge regression likewise.\n"
    "In brackets: 95 % interval over scenes, from 24 scenes on. Control: the highest score on "
    "labels that were dealt out anew.\n"
)


def read_outs(summary: Mapping[str, Any] | None) -> ReadOutsShown:
    """Of the `states` of a `diagnose` document; None for none."""
    if summary is None:
        return ReadOutsShown()
    try:
        pairs = [
            f"fused and {name.removeprefix('fused-').upper()} {value:.2f}"
            for name, value in summary["cka"].items()
            if value is not None
        ]
        cells = {(item["role"], item["modality"]): item for item in summary["read_outs"]}
        rows = [
            (
                MODALITY_NAMES.get(name, name),
                _score(cells.get(("class", name)), as_percent=True),
                _score(cells.get(("position", name)), as_percent=False),
            )
            for name in dict.fromkeys(modality for _, modality in cells)
        ]
        rows.append(
            (
                "Control, at most",
                _highest(cells, "class", as_percent=True),
                _highest(cells, "position", as_percent=False),
            )
        )
        return ReadOutsShown(
            f"CKA: {', '.join(pairs)} (n {summary['num_cases']:,})" if pairs else "",
            ("Read from", "class", "position, R²"),
            tuple(rows),
            _MEANING + str(summary["caveat"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return ReadOutsShown()  # of another version: it is made again with the next map


def _score(item: Mapping[str, Any] | None, *, as_percent: bool) -> str:
    if item is None or item["score"] is None:
        return "-"
    interval = ""
    if item["low"] is not None:
        low, high = (_number(item[end], as_percent=as_percent) for end in ("low", "high"))
        interval = f" [{low}, {high}]"
    return f"{_number(item['score'], as_percent=as_percent)}{interval}"


def _highest(
    cells: Mapping[tuple[str, str], Mapping[str, Any]], role: str, *, as_percent: bool
) -> str:
    """Of the controls: what a reader finds where there is nothing."""
    found = [
        item["control"]
        for (of, _), item in cells.items()
        if of == role and item["control"] is not None
    ]
    return _number(max(found), as_percent=as_percent) if found else "-"


def _number(value: float, *, as_percent: bool) -> str:
    return f"{100 * value:.0f} %" if as_percent else f"{value:.2f}"
