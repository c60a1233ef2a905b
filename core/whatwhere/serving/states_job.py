"""A worker that lays out and reads the states of a diagnosis, `ENTRY`.

Whatever it makes lies in the folder of the diagnosis afterwards, so a second call is quick.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from whatwhere.errors import ConfigError
from whatwhere.evaluation.cases.store import StoredCases, open_cases
from whatwhere.evaluation.states.kept_maps import StateMap, map_path, summary_path
from whatwhere.evaluation.states.maps import MAX_POINTS, pca_map, tsne_map
from whatwhere.evaluation.states.stored import StoredStates
from whatwhere.evaluation.states.summary import states_summary
from whatwhere.files import replacing
from whatwhere.jobs.connection import Connection, Request
from whatwhere.serving.diagnosis_facts import parse_asked
from whatwhere.serving.faults import needed, says_when_full
from whatwhere.serving.grounder_host import heeding_cancel
from whatwhere.serving.split_states import asked_again, keep_states

ENTRY = "whatwhere.serving.states_job:run"

_SEED = 0


def run(connection: Connection) -> None:
    """Entry of the worker: answer requests, one after the other."""
    handlers = {"map": lay_out, "summary": summarise}
    connection.serve(
        {name: says_when_full(heeding_cancel(handler)) for name, handler in handlers.items()}
    )


def lay_out(request: Request) -> dict[str, Any]:
    """`{"folder": of a diagnosis, "method": "pca" or "tsne"}` -> `{"path", "num_points"}`.

    States that are not there yet are asked of the model first. What lies at the path is read by
    `StateMap.opened`.
    """
    folder, method = Path(str(needed(request, "folder"))), str(needed(request, "method"))
    if method not in ("pca", "tsne"):
        raise ConfigError(f'"{method}" is no way to lay out a map', remedy="Use pca or tsne")
    cases, stored = _opened(folder, request)
    used = np.flatnonzero(cases.columns.counts & stored.has[cases.columns.rows])
    rows = cases.columns.rows[used]
    most = MAX_POINTS // max(1, len(stored.modalities))
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(_SEED).choice(rows, most, replace=False))
    joined = np.concatenate([stored.of(name, rows) for name in stored.modalities])
    explained = (0.0, 0.0)
    if method == "pca":
        xy, explained = pca_map(joined)
    else:
        xy = tsne_map(
            joined, seed=_SEED, on_step=request.progress, is_cancelled=request.is_cancelled
        )
    found = StateMap(
        rows=np.tile(rows, len(stored.modalities)).astype(np.int32),
        modality_codes=np.repeat(np.arange(len(stored.modalities)), len(rows)).astype(np.uint8),
        modalities=stored.modalities,
        xy=xy,
        explained=explained,
    )
    path = map_path(folder, method)
    found.write(path)
    return {"path": str(path), "num_points": len(xy)}


def summarise(request: Request) -> dict[str, Any]:
    """`{"folder": of a diagnosis}` -> the `states` of the `diagnose` document."""
    folder = Path(str(needed(request, "folder")))
    cases, stored = _opened(folder, request)
    document = states_summary(
        cases.columns,
        stored,
        seed=_SEED,
        on_step=request.progress,
        is_cancelled=request.is_cancelled,
    ).as_json()
    with replacing(summary_path(folder)) as temporary:
        temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return document


def _opened(folder: Path, request: Request) -> tuple[StoredCases, StoredStates]:
    """The cases and their states, which the model is asked for where they are not there."""
    cases = open_cases(folder)
    modalities, _ = parse_asked(cases.facts.modalities)  # patches have no state of the target
    stored = StoredStates.opened(folder, modalities)
    if stored is not None and set(stored.modalities) == set(modalities):
        return cases, stored
    asked = asked_again(cases.facts)

    def tell(done: int, total: int) -> None:
        request.progress(done, total, f"reading states, scan {done:,} of {total:,}")

    return cases, keep_states(
        asked, folder, modalities, on_scene=tell, is_cancelled=request.is_cancelled
    )
