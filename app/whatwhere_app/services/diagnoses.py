"""The diagnoses on this machine: listed, opened, and the scans of their cases found."""

from functools import lru_cache
from pathlib import Path

from whatwhere.evaluation.cases.store import ListedCases, StoredCases, list_cases, open_cases
from whatwhere.folders import user_folder
from whatwhere.language.splits import open_split


def diagnoses_folder() -> Path:
    """The folder that holds one folder for each diagnosis."""
    return user_folder("data") / "diagnoses"


def list_diagnoses() -> tuple[ListedCases, ...]:
    """Every diagnosis, the newest first."""
    return list_cases(diagnoses_folder())


def open_diagnosis(name: str) -> StoredCases:
    """The cases of one.

    Raises:
        WhatWhereError: they cannot be read.
    """
    return open_cases(diagnoses_folder() / name)


def find_scan(cases: StoredCases, scene_id: str) -> Path | None:
    """Where a scan of these cases lies, or None.

    Raises:
        WhatWhereError: the data set is no longer where it was, or cannot be read.
    """
    return _scans(cases.facts.data, cases.facts.split).get(scene_id)


@lru_cache(maxsize=4)
def _scans(data: str, split: str) -> dict[str, Path]:
    found = open_split(Path(data), split=split)
    return {scene.scene_id: scene.path for scene in found.scenes}
