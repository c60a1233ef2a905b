"""All scans below some folders, without opening one; the second time by `stat` alone."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from whatwhere.errors import MissingFileError, RefusedPathError, SceneError, WhatWhereError
from whatwhere.folders import user_folder
from whatwhere.scenes.kept_facts import KeptFacts
from whatwhere.scenes.layouts import OnStep
from whatwhere.scenes.listed_scans import FolderLook, ListedScan, look_into

MAX_FOLDERS = 50_000
MAX_DEPTH = 5
"""Folders between the one that was pointed at and a scan's, its own included."""

_FLAT = "posed_images"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What lies below some folders.

    Attributes:
        scans: as they were found: folder by folder, by name within each.
        faults: a sentence for every folder that is gone, cannot be read or is too large.
        num_looked_into: how many folders had to be listed; 0 where nothing has changed.
    """

    scans: tuple[ListedScan, ...]
    faults: tuple[str, ...] = ()
    num_looked_into: int = 0

    def with_scans(self, scans: Iterable[ListedScan]) -> "Catalogue":
        """The same with other facts about its scans."""
        return replace(self, scans=tuple(scans))


def cache_path() -> Path:
    """The file that keeps what was found below the user's folders."""
    return user_folder("cache") / "catalogue.json"


def find_scans(
    folders: Sequence[Path | str],
    *,
    cache: Path | None = None,
    on_step: OnStep | None = None,
) -> Catalogue:
    """List every scan below some folders by the rules of `open_scene`.

    A scan's own folders are not searched for further scans, nor are hidden ones; links are
    followed, but no folder is looked into twice.

    Args:
        folders: those that were pointed at; data sets, or single scans.
        cache: a JSON file of what was found before; None for the user's own.
        on_step: called with (folders done, folders known, what); what it raises stops the search,
            and what was found so far is kept for the next.
    """
    kept = KeptFacts(cache_path() if cache is None else cache)
    search = _Search(kept, on_step or (lambda *_: None))
    try:
        for folder in folders:
            search.go_through(Path(os.path.abspath(Path(folder).expanduser())))
    finally:
        kept.save()
    scans = _each_once(search.scans)
    return Catalogue(scans, tuple(search.faults), search.num_looked_into)


class _Search:
    def __init__(self, kept: KeptFacts, on_step: Callable[[int, int, str], None]) -> None:
        self._kept, self._on_step = kept, on_step
        self._seen: set[tuple[int, int]] = set()
        self.scans: list[ListedScan] = []
        self.faults: list[str] = []
        self.num_looked_into = 0

    def go_through(self, root: Path) -> None:
        """Add the scans below one folder."""
        fault = _fault_of(root)
        if fault is not None:
            self._kept.forget([str(root)])
            self.faults.append(str(fault))
            return
        left = deque([(root, 0)])
        done = 0
        while left:
            folder, depth = left.popleft()
            self._on_step(done, done + len(left) + 1, f"{len(self.scans):,} scans found")
            done += 1
            if done > MAX_FOLDERS:
                self.faults.append(_too_many(root))
                return
            found = self._scans_in(folder)
            if found is None:
                continue
            scans, inside = found
            self.scans += scans
            if depth < MAX_DEPTH:
                left.extend((folder / name, depth + 1) for name in inside)

    def _scans_in(self, folder: Path) -> tuple[list[ListedScan], list[str]] | None:
        """The scans in one folder and the names of those to go on with; None for no more news."""
        try:
            facts = os.stat(folder)
            if (facts.st_dev, facts.st_ino) in self._seen:
                return None
            self._seen.add((facts.st_dev, facts.st_ino))
            found = _understood(self._kept.get(str(folder)))
            if found is None:
                look = look_into(folder)
                self.num_looked_into += 1
                self._kept.keep(str(folder), _document(look), look.stamps)
                found = list(look.scans), list(look.inside)
        except OSError as error:
            refused = RefusedPathError(error.filename or folder, error.strerror or str(error))
            self.faults.append(str(refused))
            return None
        return found


def _fault_of(root: Path) -> WhatWhereError | None:
    remedy = "Bring its disk or folder back, or take it off the list of folders"
    if not root.exists():
        return MissingFileError(root, what="Folder of scans", remedy=remedy)
    if not root.is_dir():
        return SceneError(
            "this is a file", remedy="Name the folder that holds the scans", path=root
        )
    return None


def _too_many(root: Path) -> str:
    fault = SceneError(
        f"there are more than {MAX_FOLDERS:,} folders in it, and the rest was not looked into",
        remedy="Name the folder that holds the scans, not one far above it",
        path=root,
    )
    return str(fault)


def _document(look: FolderLook) -> dict[str, Any]:
    return {"scans": [scan.as_json() for scan in look.scans], "inside": list(look.inside)}


def _understood(document: Any) -> tuple[list[ListedScan], list[str]] | None:
    """What was kept; None for what nobody of us wrote."""
    try:
        scans = [ListedScan.from_json(item) for item in document["scans"]]
        inside = [str(name) for name in document["inside"]]
    except (LookupError, TypeError, ValueError):
        return None
    return scans, inside


def _each_once(scans: Sequence[ListedScan]) -> tuple[ListedScan, ...]:
    """Frames in EmbodiedScan's flat folder belong to the scan that is listed already."""
    paths = {scan.path for scan in scans}
    found = dict.fromkeys(paths, False)
    kept = []
    for scan in scans:
        flat = scan.path.parent
        is_twin = flat.name == _FLAT and flat.parent / "scans" / scan.scene_id in paths
        if not found[scan.path] and not is_twin:
            kept.append(scan)
        found[scan.path] = True
    return tuple(kept)
