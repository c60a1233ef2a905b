"""The smallest edit that changes an answer, and the frames that it hangs on."""

from itertools import islice
from typing import Any

from whatwhere.errors import Cancelled, ExpressionError, NotSupportedError
from whatwhere.evaluation.probes.flips import flips
from whatwhere.evaluation.probes.frames import dropping
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.serving.probe_document import answer_json, outcome_of
from whatwhere.serving.probing import Asked, Prober

CASE_FORMAT = "whatwhere-case/1"
_MOST_FLIPS = 200


def flip_document(
    prober: Prober,
    asked: Asked,
    *,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> dict[str, Any]:
    """Search from small edits to large ones; the first that moves the leading answer is told.

    The document is a case file: what was asked of whom, the edit, and both answers.

    Args:
        prober: the model before the scene.
        asked: the case; the first modality's answer is to be changed.
        progress: told of every edit.
        is_cancelled: polled between two.

    Raises:
        Cancelled: `is_cancelled` returned True.
        WhatWhereError: the model failed.
    """
    lead, tried = asked.modalities[0], 0
    document: dict[str, Any] = {
        "format": CASE_FORMAT,
        "scene": asked.case.scene.scene_id,
        "path": str(asked.case.scene.path),
        "expression": asked.case.text,
        "model": prober.grounder.name,
        "modality": lead,
        "before": answer_json(asked, lead, asked.result),
    }
    for flip in islice(flips(asked.case), _MOST_FLIPS):
        _go_on(is_cancelled)
        if progress is not None:
            progress(tried, 0, flip.says)
        try:
            result = prober.ask_edit(asked, flip.edit, is_cancelled=is_cancelled)
        except (NotSupportedError, ExpressionError):
            continue  # not of this model, or nothing is left to ask
        tried += 1
        if lead in result.groundings and outcome_of(asked, lead, result, flip.edit) != "stayed":
            boxes = flip.edit.boxes
            return document | {
                "tried": tried,
                "flip": {
                    "kind": flip.kind,
                    "says": flip.says,
                    "expression": flip.edit.text or asked.case.text,
                    "without_frames": sorted(flip.edit.without_frames),
                    "boxes": None if boxes is None else [box.as_json() for box in boxes],
                    "after": answer_json(asked, lead, result, flip.edit),
                },
            }
    return document | {"tried": tried, "flip": None}


def evidence_document(
    prober: Prober,
    asked: Asked,
    *,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> dict[str, Any]:
    """What each frame adds to the leading answer: its log p, less its log p without the frame.

    Args:
        prober: the model before the scene.
        asked: the case.
        progress: told of every frame.
        is_cancelled: polled between two.

    Returns:
        Scene, expression, model, modality and candidate; and `frames`, the one that adds most
        first: name, `gain` (natural log; negative where the frame speaks against the answer) and
        whether the answer moves without it.

    Raises:
        NotSupportedError: there is one frame.
        Cancelled: `is_cancelled` returned True.
        WhatWhereError: the model failed.
    """
    lead, names = asked.modalities[0], asked.case.frames
    if len(names) < 2:
        raise NotSupportedError(
            "the model looked at one frame, and none can be left out",
            remedy="Open a scene with more frames",
        )
    best = asked.result[lead].best
    rows = []
    for number, name in enumerate(names):
        _go_on(is_cancelled)
        if progress is not None:
            progress(number, len(names), f"without frame {name}")
        edit = dropping(asked.case, frozenset({name}), "stay", f"frame {name}")
        result = prober.ask_edit(asked, edit, is_cancelled=is_cancelled)
        scores = {item.proposal: item.score for item in result[lead].candidates}
        moves = outcome_of(asked, lead, result, edit) != "stayed"
        gain = best.score - scores[best.proposal]
        rows.append({"name": name, "gain": gain, "moves_without": moves})
    return {
        "scene": asked.case.scene.scene_id,
        "expression": asked.case.text,
        "model": prober.grounder.name,
        "modality": lead,
        "candidate": answer_json(asked, lead, asked.result),
        "frames": sorted(rows, key=lambda row: -row["gain"]),
    }


def _go_on(is_cancelled: IsCancelled | None) -> None:
    if is_cancelled is not None and is_cancelled():
        raise Cancelled("Probing")
