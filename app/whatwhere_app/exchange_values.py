"""What goes between the panels of files of cases and their presenters: plain values."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FormShown:
    """A form of file.

    Attributes:
        name: of the form.
        caption: for people.
        hint: what it carries.
        carries_scans: whether the scan itself can go along.
    """

    name: str
    caption: str
    hint: str
    carries_scans: bool = False


@dataclass(frozen=True, slots=True)
class ExportAsked:
    """What is to be written.

    Attributes:
        folder: into which.
        name: of the files, without ending.
        forms: names of the forms.
        in_hand: only the cases in hand; else everything in the store.
        boxes_only: boxes and text only; else with the scans, in forms that can carry them.
    """

    folder: Path
    name: str
    forms: tuple[str, ...]
    in_hand: bool
    boxes_only: bool


@dataclass(frozen=True, slots=True)
class WrittenShown:
    """One line of what came of an export.

    Attributes:
        file: name of the file, or of the form where nothing was written.
        said: how many rows, or why not.
        path: on hover.
        is_fault: nothing was written, or the reader must be told something.
    """

    file: str
    said: str
    path: str = ""
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class IncomingShown:
    """What an import would do.

    Attributes:
        file: its name.
        lines: what would be added, is known, and stays as it is here.
        kept: those that stay, one by one.
        can_take: whether there is anything to take in.
    """

    file: str
    lines: tuple[str, ...]
    kept: tuple[str, ...] = ()
    can_take: bool = True
