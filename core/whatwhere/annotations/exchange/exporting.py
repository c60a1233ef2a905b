"""One export, whatever its form, and what to say of it."""

from dataclasses import dataclass
from pathlib import Path

from whatwhere.annotations.exchange.forms import FileForm
from whatwhere.annotations.exchange.records import Exchanged
from whatwhere.annotations.exchange.solids import Scans, write_solids


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        form: name of the form.
        paths: of the files; a folder where the form is one.
        num_rows: that were written.
        rows_are: what a row is: "case", "sentence", "box".
        notice: the file that says which scans may not be passed on; None where nothing of a scan
            is in there, or everything may.
        without_scan: scans that should have gone along and were not found.
    """

    form: str
    paths: tuple[Path, ...]
    num_rows: int
    rows_are: str
    notice: Path | None = None
    without_scan: tuple[str, ...] = ()


def export_cases(
    path: Path, form: FileForm, exchanged: Exchanged, *, scans: Scans | None = None
) -> Exported:
    """Write cases in one form.

    Args:
        path: file or folder.
        form: its form.
        exchanged: the cases.
        scans: the scans that go along, in forms that can carry them; None for boxes and text only.

    Raises:
        ConfigError: the form holds boxes alone, and no case has one.
        NotSupportedError: a library for it is not installed.
        RefusedPathError: it cannot be written.
    """
    if form.carries_scans:
        found = write_solids(path, exchanged, scans=scans)
        return Exported(
            form.name,
            found.paths,
            found.num_boxes,
            form.rows_are,
            found.notice,
            found.without_scan,
        )
    return Exported(form.name, (path,), form.write(path, exchanged), form.rows_are)
