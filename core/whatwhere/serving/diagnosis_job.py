"""A worker that diagnoses models: `whatwhere.jobs.worker whatwhere.serving.diagnosis_job:run`."""

from pathlib import Path
from typing import Any

from whatwhere.jobs.connection import Connection, Request
from whatwhere.models.cache_cap import usual_cache_bytes
from whatwhere.serving.diagnosing import run_diagnosis
from whatwhere.serving.diagnosis_facts import DiagnosisAsked, diagnoses_folder, parse_asked
from whatwhere.serving.faults import needed, says_when_full
from whatwhere.serving.grounder_host import heeding_cancel
from whatwhere.serving.split_runner import Progressed

ENTRY = "whatwhere.serving.diagnosis_job:run"


def run(connection: Connection) -> None:
    """Entry of the worker: answer requests, one after the other."""
    handlers = {"plan": plan, "diagnose": diagnose}
    connection.serve(
        {name: says_when_full(heeding_cancel(handler)) for name, handler in handlers.items()}
    )


def plan(request: Request) -> dict[str, Any]:
    """As `diagnose` takes them -> what it would do and where; no model is loaded.

    `{"name", "folder", "num_sentences", "num_rows", "num_scenes", "missing_scenes"}`: rows are the
    sentences whose scan is here.
    """
    asked = _asked(request)
    split = asked.open_split()
    name = asked.name(split)
    return {
        "name": name,
        "folder": str(_root(request) / name),
        "num_sentences": len(split.expressions),
        "num_rows": len(split.rows),
        "num_scenes": len(split.scenes),
        "missing_scenes": len(split.missing),
    }


def diagnose(request: Request) -> dict[str, Any]:
    """Ask a model about every case of a split; progress counts sentences.

    `{"model", "data": file or folder of sentences, "split", "scans", "modalities": [...],
    "proposals", "first", "twins", "device", "root": folder of diagnoses}`, all but model and data
    may be left out -> `{"name", "folder", "num_cases", "rows_answered", "unopened": [sentence]}`.

    Cancelled or killed, the same request goes on where this one was; what there is can be opened
    from the first scan on.
    """
    asked = _asked(request)
    folder = _root(request) / asked.name(asked.open_split())

    def tell(progress: Progressed) -> None:
        request.progress(progress.rows_done, progress.num_rows, progress_said(progress))

    found = run_diagnosis(asked, folder, on_progress=tell, is_cancelled=request.is_cancelled)
    return {
        "name": found.cases.facts.name,
        "folder": str(folder),
        "num_cases": len(found.cases.columns),
        "rows_answered": found.rows_answered,
        "unopened": list(found.unopened),
    }


def progress_said(progress: Progressed) -> str:
    """How far it is, for people: "scan 3 of 24, 1 min 40 s left"."""
    said = f"scan {progress.scenes_done:,} of {progress.num_scenes:,}"
    if not progress.left_s:
        return said
    minutes, seconds = divmod(round(progress.left_s), 60)
    hours, minutes = divmod(minutes, 60)
    left = f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"
    return f"{said}, {left if hours or minutes else f'{seconds} s'} left"


def _asked(request: Request) -> DiagnosisAsked:
    params = request.params
    scans, proposals, first = params.get("scans"), params.get("proposals"), params.get("first")
    modalities, in_frame = parse_asked(params.get("modalities", ("fused", "2d", "3d")))
    return DiagnosisAsked(
        str(needed(request, "model")),
        Path(str(needed(request, "data"))).expanduser(),
        str(params.get("split", "val")),
        None if not scans else Path(str(scans)).expanduser(),
        modalities,
        None if not proposals else str(proposals),
        None if first is None else int(first),
        twins=bool(params.get("twins", True)),
        in_frame=in_frame,
        device=str(params.get("device", "auto")),
        cache_bytes=usual_cache_bytes(),
    )


def _root(request: Request) -> Path:
    root = request.params.get("root")
    return diagnoses_folder() if not root else Path(str(root))
