"""The scans of annotated cases, looked for where their data set lies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whatwhere.errors import WhatWhereError
from whatwhere.language.splits import open_split


class ScanFinder:
    """Finds the scan of a case.

    Args:
        folder: that holds the scans; None looks where each case's data set has them.
        folders: hash of a split -> the same for the cases of that split.
    """

    def __init__(
        self, folder: Path | None = None, folders: Mapping[str, Path] | None = None
    ) -> None:
        self._folder, self._folders = folder, dict(folders or {})
        self._known: dict[tuple[str, str, str], Mapping[str, Path]] = {}

    def find(self, record: Mapping[str, Any]) -> Path | None:
        """The scan of a case, by its record; None where it is no longer there."""
        key = (record["data"], record["split"], record["split_hash"])
        if key not in self._known:
            self._known[key] = self._look(*key)
        return self._known[key].get(record["scene_id"])

    def _look(self, data: str, split: str, split_hash: str) -> Mapping[str, Path]:
        folder = self._folders.get(split_hash, self._folder)
        try:
            found = open_split(Path(data), split=split, scans=folder)
        except WhatWhereError:
            return {}
        return {scene.scene_id: scene.path for scene in found.scenes}
