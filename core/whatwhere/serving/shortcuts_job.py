"""A worker that looks for shortcuts in a diagnosis, `ENTRY`; no model is loaded."""

from pathlib import Path
from typing import Any

from whatwhere.errors import NotSupportedError
from whatwhere.evaluation.cases.store import open_cases
from whatwhere.evaluation.explained_choices import explained_cases
from whatwhere.evaluation.kept_shortcuts import KeptShortcuts, write_shortcuts
from whatwhere.evaluation.shortcuts import find_shortcuts
from whatwhere.jobs.connection import Connection, Request
from whatwhere.language.splits import open_split
from whatwhere.serving.faults import needed, says_when_full
from whatwhere.serving.shortcut_finding import weighed_choices

ENTRY = "whatwhere.serving.shortcuts_job:run"

_ASKED = ("2d", "fused", "3d")


def run(connection: Connection) -> None:
    """Entry of the worker: answer requests, one after the other."""
    connection.serve({"shortcuts": says_when_full(find)})


def find(request: Request) -> dict[str, Any]:
    """`{"folder": of a diagnosis}` -> `{"modalities": [...]}`.

    What was found lies in the folder then; `kept_shortcuts` reads it. Progress counts scans.
    """
    folder = Path(str(needed(request, "folder")))
    cases = open_cases(folder)
    columns, facts = cases.columns, cases.facts
    modalities = [name for name in _ASKED if name in columns.modalities]
    if not modalities:
        raise NotSupportedError(
            f"{facts.name} has no answers among candidates",
            remedy="Diagnose the model in fused, 2d or 3d",
        )
    scans = Path(facts.scans) if facts.scans else None
    scenes = open_split(Path(facts.data), split=facts.split, scans=scans).scenes

    def tell(done: int, total: int) -> None:
        request.progress(done, total, f"cues of scan {done:,} of {total:,}")

    gathered = weighed_choices(
        columns, scenes, modalities, on_scene=tell, is_cancelled=request.is_cancelled
    )
    found = {}
    for name, weighed in gathered.items():
        shortcuts = find_shortcuts(weighed.choices)
        weights = {item.name: item.value for item in shortcuts.weights}
        explained = explained_cases(
            weighed, [weights.get(cue, 0.0) for cue in weighed.choices.names]
        )
        found[name] = KeptShortcuts.of(shortcuts, explained)
    write_shortcuts(folder, len(columns), found)
    return {"modalities": modalities}
