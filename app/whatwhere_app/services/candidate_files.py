"""The candidates of all modalities as a table, for CSV and JSON."""

import csv
import io
import json
from collections.abc import Mapping
from math import exp
from typing import Any

from whatwhere.geometry.boxes import Box, box_iou
from whatwhere.models.grounder import Grounding, Modality

_COLUMNS = (
    *("scene", "expression", "model", "modality", "rank", "label", "object_id", "proposal"),
    *("score", "p", "iou", "cx", "cy", "cz", "dx", "dy", "dz"),
)


def candidate_rows(
    groundings: Mapping[Modality, Grounding], target: Box | None
) -> list[dict[str, Any]]:
    """One row per candidate; rank 1 is the best, score is the natural log of p, boxes are aligned.

    Args:
        groundings: what was answered.
        target: the ground truth; None leaves the IoU open.
    """
    return [
        {
            "modality": modality,
            "rank": rank,
            "label": item.label,
            "object_id": item.object_id,
            "proposal": item.proposal,
            "score": item.score,
            "p": exp(item.score),
            "iou": None if target is None else box_iou(item.box, target),
            "box": item.box.as_json(),
        }
        for modality, grounding in groundings.items()
        for rank, item in enumerate(grounding.candidates, start=1)
    ]


def candidates_json(about: Mapping[str, str], rows: list[dict[str, Any]]) -> bytes:
    """One document: scene and expression, then the candidates of every model."""
    return json.dumps({**about, "candidates": rows}, indent=1).encode() + b"\n"


def candidates_csv(about: Mapping[str, str], rows: list[dict[str, Any]]) -> bytes:
    """A table with a header; what is not known stays empty."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, _COLUMNS, extrasaction="ignore")
    table.writeheader()
    for row in rows:
        box = Box.from_json(row["box"])
        sides = dict(zip(("cx", "cy", "cz", "dx", "dy", "dz"), box.as_row().tolist(), strict=True))
        table.writerow({**about, **row, **sides})
    return text.getvalue().encode()
