"""Files of annotated cases: their forms as the window offers them, and one written at a time."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from whatwhere.annotations.exchange.exporting import Exported, export_cases
from whatwhere.annotations.exchange.files import FORMS
from whatwhere.annotations.exchange.records import Exchanged
from whatwhere.annotations.exchange.scans import ScanFinder
from whatwhere.annotations.exchange.solids import Scans
from whatwhere.demo.shipped import is_shipped
from whatwhere_app.exchange_values import FormShown
from whatwhere_app.services.diagnoses import list_diagnoses

_TEXTS: Mapping[str, tuple[str, str]] = {
    "jsonl": ("JSON lines", "Everything, a line per case; comes back without a difference"),
    "csv": ("CSV", "Everything, for a spreadsheet; comes back without a difference"),
    "parquet": ("Parquet", "Everything, a folder as Hugging Face's datasets lay it out"),
    "coco": ("COCO-like", "Everything, and boxes as COCO annotations with bbox3d"),
    "scanrefer": (
        "ScanRefer, mended",
        "ScanRefer's rows without those whose ground truth is wrong, with the mended boxes",
    ),
    "glb": ("GLB", "Boxes in space, a file per scan; tags are colours and names"),
    "ply": ("PLY", "Boxes in space, a file per scan; tags are colours"),
}

FORMS_SHOWN: tuple[FormShown, ...] = tuple(
    FormShown(name, *texts, FORMS[name].carries_scans) for name, texts in _TEXTS.items()
)
"""In the order to offer them."""


def path_of(folder: Path, name: str, form: str) -> Path:
    """Where a form is written; of Parquet, a folder."""
    return folder / (f"{name}{FORMS[form].suffix}" if FORMS[form].suffix else f"{name}-parquet")


def free_name(folder: Path, name: str, forms: Sequence[str]) -> str:
    """The name, with a number where files of that name are there: nothing is written over."""
    taken = {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    def is_free(wanted: str) -> bool:
        files = [path_of(folder, wanted, form) for form in forms]
        solids = [file for file in files if file.suffix in (".glb", ".ply")]
        return not any(
            item in {file.name for file in files}
            or any(item.startswith(f"{wanted}-") and item.endswith(s.suffix) for s in solids)
            for item in taken
        )

    numbers = itertools.count(2)
    found = name
    while not is_free(found):
        found = f"{name}-{next(numbers)}"
    return found


def find_scans() -> Scans:
    """Where the scans of cases lie, as the diagnoses on this machine say."""
    folders = {
        listed.facts.split_hash: Path(listed.facts.scans)
        for listed in list_diagnoses()
        if listed.facts is not None and listed.facts.scans
    }
    return Scans(ScanFinder(folders=folders).find, is_shipped)


def write_form(path: Path, form: str, exchanged: Exchanged, scans: Scans | None) -> Exported:
    """Write cases in one form.

    Raises:
        WhatWhereError: it cannot be written.
    """
    return export_cases(path, FORMS[form], exchanged, scans=scans)
