"""The `probe` JSON document: a case as it is, and a row per probe."""

import time
from collections.abc import Sequence
from typing import Any

from whatwhere.errors import Cancelled, ExpressionError, NotSupportedError
from whatwhere.evaluation.probes.probe import (
    Edit,
    NotApplicable,
    Outcome,
    Probe,
    is_as_expected,
)
from whatwhere.geometry.boxes import box_iou
from whatwhere.models.grounder import GroundingResult, IsCancelled, Modality, Progress
from whatwhere.serving.probing import Asked, Prober


def probe_document(
    prober: Prober,
    asked: Asked,
    probes: Sequence[Probe],
    *,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> dict[str, Any]:
    """Probe one case. A probe that does not apply, or that the model cannot be asked, says why.

    Args:
        prober: the model before the scene.
        asked: the case.
        probes: in the order of the rows.
        progress: told of every probe.
        is_cancelled: polled between two probes.

    Raises:
        Cancelled: `is_cancelled` returned True.
        WhatWhereError: the model failed.
    """
    rows = []
    for number, probe in enumerate(probes):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("Probing")
        if progress is not None:
            progress(number, len(probes), probe.title.lower())
        rows.append(probe_row(prober, asked, probe, is_cancelled=is_cancelled))
    return {
        "scene": asked.case.scene.scene_id,
        "expression": asked.case.text,
        "model": prober.grounder.name,
        "modalities": list(asked.modalities),
        "before": {name: answer_json(asked, name, asked.result) for name in asked.modalities},
        "probes": rows,
    }


def probe_row(
    prober: Prober, asked: Asked, probe: Probe, *, is_cancelled: IsCancelled | None = None
) -> dict[str, Any]:
    """One probe of one case; `why_not` is a sentence where nothing was asked.

    Raises:
        Cancelled: `is_cancelled` returned True.
        WhatWhereError: the model failed.
    """
    started = time.perf_counter()
    case = asked.case
    row: dict[str, Any] = {
        "probe": probe.name,
        "title": probe.title,
        "family": probe.family,
        "does": probe.does,
        "why_not": "",
        "answers": {},
    }
    edit = prober.plan(probe, case)
    if isinstance(edit, NotApplicable):
        return row | {"why_not": edit.reason}
    try:
        result = prober.ask_edit(asked, edit, is_cancelled=is_cancelled)
    except (NotSupportedError, ExpressionError) as error:
        return row | {"why_not": str(error)}
    known = set(asked.result.warnings)
    warnings = [] if edit.text is None else [w for w in result.warnings if w not in known]
    answers = {
        name: _answer(asked, name, result, edit, probe, warnings)
        for name in asked.modalities
        if name in result.groundings
    }
    return row | {
        "expected": edit.expected,
        "changed": edit.note,
        "expression": edit.text or case.text,
        "must_look": edit.must_look,
        "warnings": warnings,
        "answers": answers,
        "ms": round((time.perf_counter() - started) * 1000, 1),
    }


def outcome_of(asked: Asked, modality: Modality, result: GroundingResult, edit: Edit) -> Outcome:
    """What the answer of one modality did under an edit."""
    before = asked.index_of(asked.result[modality].best)
    return edit.outcome(before, asked.index_of(result[modality].best))


def answer_json(
    asked: Asked, modality: Modality, result: GroundingResult, edit: Edit | None = None
) -> dict[str, Any]:
    """The best candidate, where it stands in the room as it is, and how far that is the target."""
    case, target = asked.case, asked.target
    best = result[modality].best
    index = asked.index_of(best)
    box = case.proposals[index].box if edit is None else edit.shown_boxes(case)[index]
    return {
        "box": box.as_json(),
        "proposal": best.proposal,
        "object_id": best.object_id,
        "label": best.label,
        "log_p": best.score,
        "iou": None if target is None else box_iou(box, target),
    }


def _answer(
    asked: Asked,
    modality: Modality,
    result: GroundingResult,
    edit: Edit,
    probe: Probe,
    warnings: Sequence[str],
) -> dict[str, Any]:
    case = asked.case
    before = answer_json(asked, modality, asked.result)
    after = answer_json(asked, modality, result, edit)
    outcome = outcome_of(asked, modality, result, edit)
    chosen = asked.index_of(asked.result[modality].best)
    # An edit is made for the answer that leads; of another one it may say nothing.
    concerns = edit.is_of_all or chosen == case.chosen or edit.other(chosen) is not None
    expected = is_as_expected(edit.expected, outcome) if concerns and not warnings else None
    verdict = probe.verdict(case, edit, outcome)
    if warnings:
        verdict = f"{' '.join(warnings)} So this probe says nothing."
    elif not concerns:
        verdict = "Its answer was not what was edited, so this probe says nothing of it."
    return after | {
        "delta_iou": None if after["iou"] is None else after["iou"] - before["iou"],
        "outcome": outcome,
        "as_expected": expected,
        "verdict": verdict,
    }
