"""Which tags the answers of a case suggest; a suggestion is shown, and never given by itself."""

from collections.abc import Mapping

import numpy as np

from whatwhere.evaluation.cases.columns import NO_ANSWER, CaseColumns, ModalityColumns
from whatwhere_app.annotate_desk import AnnotateDesk

_RIGHT_FROM = 0.25
_TIGHT_FROM = 0.5


def hints_for(desk: AnnotateDesk) -> Mapping[str, str]:
    """Tag -> why it is suggested for the case in hand."""
    queue = desk.queue
    if queue is None or not queue.indices:
        return {}
    columns, at = queue.of.columns, queue.indices[desk.place]
    fused = columns.modalities.get("fused")
    if fused is None or fused.chosen[at] == NO_ANSWER:
        return {}
    iou = float(fused.iou[at])
    if _RIGHT_FROM <= iou < _TIGHT_FROM:
        return {"loose-box": f"IoU {iou:.2f}"}
    return {} if iou >= _TIGHT_FROM else _of_wrong_answer(columns, fused, at)


def _of_wrong_answer(columns: CaseColumns, fused: ModalityColumns, at: int) -> Mapping[str, str]:
    flat, solid = columns.modalities.get("2d"), columns.modalities.get("3d")
    twin = columns.twins.get("appearance")
    is_of_class = bool(fused.class_hits[at])
    moved = False
    if twin is not None and "fused" in twin.twin:
        here = np.flatnonzero(twin.cases == at)
        moved = bool(len(here)) and bool(twin.twin["fused"][here[0]] != fused.chosen[at])
    same = flat is not None and bool(flat.chosen[at] == fused.chosen[at])
    solid_is_right = solid is not None and float(solid.iou[at]) >= _RIGHT_FROM
    reasons = (
        ("wrong-class", not is_of_class, "fused chose another class"),
        ("same-class-distractor", is_of_class, "fused chose another of its class"),
        ("copies-2d", same, "fused and 2D chose the same"),
        ("copies-2d", moved, "the answer moved with the looks"),
        ("ignores-relation", columns.is_spatial[at] and solid_is_right, "3D alone is right"),
        (
            "view-dependent-word",
            columns.is_view_dependent[at],
            "a word depends on where one stands",
        ),
    )
    return {tag_id: reason for tag_id, holds, reason in reasons if holds}
