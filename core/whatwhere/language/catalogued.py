"""Which scans of a catalogue have sentences, counted once per file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from whatwhere.errors import BrokenFileError
from whatwhere.folders import user_folder
from whatwhere.language.beside import levels_of, sentence_files
from whatwhere.language.reading import read_sentences
from whatwhere.scenes.catalogue import Catalogue
from whatwhere.scenes.kept_facts import KeptFacts, stamps_of
from whatwhere.scenes.layouts import OnStep
from whatwhere.scenes.listed_scans import ListedScan, Part

_NONE_NEAR = "No sentences: no ScanRefer file lies in its folder or up to three above it."


def sentence_cache_path() -> Path:
    """The file that keeps how many sentences there are about which scan."""
    return user_folder("cache") / "catalogue-sentences.json"


def with_sentences(
    catalogue: Catalogue, *, cache: Path | None = None, on_step: OnStep | None = None
) -> Catalogue:
    """The same catalogue with the sentences that opening each scan would find beside it.

    Args:
        catalogue: as `find_scans` gives it.
        cache: a JSON file of what was counted before; None for the user's own.
        on_step: called with (scans done, scans, what); what it raises stops the counting.
    """
    kept = KeptFacts(sentence_cache_path() if cache is None else cache)
    counts = _Counts(kept)
    scans = []
    try:
        for done, scan in enumerate(catalogue.scans):
            if on_step is not None:
                on_step(done, len(catalogue.scans), "counting sentences")
            scans.append(counts.told(scan))
    finally:
        kept.save()
    faults = (*catalogue.faults, *counts.faults)
    return replace(catalogue, scans=tuple(scans), faults=faults)


@dataclass
class _Counts:
    """Sentences per scan and file; each file and each folder is looked at once."""

    kept: KeptFacts
    faults: list[str] = field(default_factory=list)
    files_in: dict[Path, list[Path]] = field(default_factory=dict)
    counts_in: dict[Path, Mapping[str, int]] = field(default_factory=dict)

    def told(self, scan: ListedScan) -> ListedScan:
        folder = scan.path if scan.path.is_dir() else scan.path.parent
        files = [file for level in levels_of(folder) for file in self._files(level)]
        count = sum(self._counts(file).get(scan.scene_id, 0) for file in files)
        missing = dict[Part, str](scan.missing)
        missing.pop("sentences", None)
        if not count:
            named = ", ".join(file.name for file in files[:2]) + (", ..." if files[2:] else "")
            nothing = f"No sentences: {named} says nothing about {scan.scene_id}."
            missing["sentences"] = nothing if files else _NONE_NEAR
        return replace(scan, missing=missing, num_sentences=count)

    def _files(self, folder: Path) -> list[Path]:
        if folder not in self.files_in:
            names = _names(self.kept.get(f"in {folder}"))
            if names is None:
                stamps = stamps_of([folder])
                names = [path.name for path in sentence_files(folder)]
                self.kept.keep(f"in {folder}", names, stamps)
            self.files_in[folder] = [folder / name for name in names]
        return self.files_in[folder]

    def _counts(self, path: Path) -> Mapping[str, int]:
        if path not in self.counts_in:
            found = self.kept.get(str(path))
            if not _is_counts(found):
                stamps = stamps_of([path])
                found = self._counted(path)
                if found is not None:
                    self.kept.keep(str(path), found, stamps)
            self.counts_in[path] = found or {}
        return self.counts_in[path]

    def _counted(self, path: Path) -> dict[str, int] | None:
        try:
            rows = read_sentences(path).by_scene()
        except BrokenFileError as error:
            self.faults.append(str(error))
            return None
        return {scene_id: len(found) for scene_id, found in rows.items()}


def _names(document: Any) -> list[str] | None:
    """What was kept of a folder; None for anything else."""
    is_ours = isinstance(document, list) and all(isinstance(name, str) for name in document)
    return document if is_ours else None


def _is_counts(document: Any) -> bool:
    """Whether this is what was kept of a file."""
    return isinstance(document, dict) and all(type(count) is int for count in document.values())
