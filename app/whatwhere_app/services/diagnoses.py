"""The diagnoses on this machine: made, listed, opened, and the scans of their cases found."""

from functools import lru_cache
from pathlib import Path

from whatwhere.annotations.store import open_store
from whatwhere.evaluation.cases.store import ListedCases, StoredCases, list_cases, open_cases
from whatwhere.folders import user_folder
from whatwhere.jobs.client import OnProgress, WorkerClient
from whatwhere.language.splits import open_split
from whatwhere.serving.annotated_cases import without_wrong_truth
from whatwhere_app.case_values import AskedShown
from whatwhere_app.services.annotation_place import annotation_place

DIAGNOSE_ENTRY = "whatwhere.serving.diagnosis_job:run"


def diagnoses_folder() -> Path:
    """The folder that holds one folder for each diagnosis."""
    return user_folder("data") / "diagnoses"


def sets_folder() -> Path:
    """The folder in which pinned sets of cases lie unless the user says otherwise."""
    return user_folder("data") / "case-sets"


class Diagnosing:
    """Runs one diagnosis at a time, in a process that lives as long as it takes.

    Args:
        log_path: gets what the process prints; None takes one of the user's.
        entry: of the process; tests name their own.
    """

    def __init__(self, log_path: Path | None = None, *, entry: str = DIAGNOSE_ENTRY) -> None:
        self._log_path = log_path or user_folder("state") / "diagnosis.log"
        self._entry = entry

    async def run(self, asked: AskedShown, on_progress: OnProgress) -> str:
        """Run a diagnosis, or go on with it where an earlier one was stopped; gives its name.

        Raises:
            WhatWhereError: it cannot be done, or the process died; what was answered is kept.
        """
        worker = await WorkerClient.start(
            self._entry, name="The diagnosis", log_path=self._log_path
        )
        async with worker:
            params = {
                "model": asked.model,
                "data": asked.data,
                "split": asked.split,
                "modalities": list(asked.modalities),
                "root": str(diagnoses_folder()),
            }
            found = await worker.request("diagnose", params, on_progress=on_progress)
        return str(found["name"])


def list_diagnoses() -> tuple[ListedCases, ...]:
    """Every diagnosis, the newest first."""
    return list_cases(diagnoses_folder())


def open_diagnosis(name: str) -> StoredCases:
    """The cases of one, by its name or its folder.

    Those whose ground truth was annotated as wrong are left out of figures.

    Raises:
        WhatWhereError: they cannot be read.
    """
    cases, place = open_cases(diagnoses_folder() / name), annotation_place()
    if isinstance(place, Path) and not place.is_file():
        return cases
    store = open_store(place)
    try:
        return without_wrong_truth(cases, store)
    finally:
        store.close()


def find_scan(cases: StoredCases, scene_id: str) -> Path | None:
    """Where a scan of these cases lies; None where it or its whole data set has gone.

    Raises:
        WhatWhereError: the data set cannot be read.
    """
    facts = cases.facts
    if not Path(facts.data).exists():
        return None
    return _scans(facts.data, facts.split, facts.scans).get(scene_id)


@lru_cache(maxsize=4)
def _scans(data: str, split: str, scans: str) -> dict[str, Path]:
    found = open_split(Path(data), split=split, scans=Path(scans) if scans else None)
    return {scene.scene_id: scene.path for scene in found.scenes}
