"""ScanNet's `scannetv2-labels.combined.tsv`: what raw categories are called by whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from whatwhere.errors import BrokenFileError, MissingFileError

FILE_NAME = "scannetv2-labels.combined.tsv"

SCANREFER_CLASSES: dict[int, str] = {
    **{3: "cabinet", 4: "bed", 5: "chair", 6: "sofa", 7: "table", 8: "door", 9: "window"},
    **{10: "bookshelf", 11: "picture", 12: "counter", 14: "desk", 16: "curtain"},
    **{24: "refrigerator", 28: "shower curtain", 33: "toilet", 34: "sink", 36: "bathtub"},
}
"""nyu40 id -> ScanRefer's class; all else is its 18th, "others".

By number, for tables in the wild spell nyu40's 24th class both "refrigerator" and "refridgerator",
and by name every refrigerator of the latter would be one of the others.
"""

OTHERS = "others"

_COLUMNS = ("raw_category", "nyu40id")
_FILE_LIMIT = 16 * 2**20
_LEVELS_UP = 3


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The classes of raw categories.

    Attributes:
        nyu40_ids: raw category -> nyu40 id, 1 to 40.
        num_dropped: rows that were no rows.
    """

    nyu40_ids: dict[str, int]
    num_dropped: int = 0

    def nyu40_id(self, raw_category: str) -> int | None:
        """The nyu40 id of a raw category; None where the table lacks it."""
        return self.nyu40_ids.get(_plain(raw_category))

    def scanrefer_class(self, raw_category: str) -> str:
        """Which of ScanRefer's 18 classes a raw category is of; unknown ones are "others"."""
        return SCANREFER_CLASSES.get(self.nyu40_id(raw_category) or 0, OTHERS)


def read_label_table(path: Path) -> LabelTable:
    """The table, read by the names in its header, whatever ends its lines.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is not such a table.
    """
    if not path.is_file():
        raise MissingFileError(
            path, what="Label table", remedy=f"Get {FILE_NAME}, which comes with ScanNet"
        )
    try:
        if path.stat().st_size > _FILE_LIMIT:
            raise BrokenFileError(path, f"it is larger than {_FILE_LIMIT:,} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BrokenFileError(path, f"it cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BrokenFileError(path, f"it is not text in UTF-8 (byte {error.start:,})") from error
    # Copies with "\r\r\n" go round: every other line of theirs is empty.
    header, *lines = [line for line in text.replace("\r", "\n").split("\n") if line] or [""]
    names = header.split("\t")
    if lacking := [name for name in _COLUMNS if name not in names]:
        raise BrokenFileError(path, f"it has no column {lacking[0]}")
    places = [names.index(name) for name in _COLUMNS]
    ids: dict[str, int] = {}
    for line in lines:
        cells = line.split("\t")
        if len(cells) <= max(places):
            continue
        raw, number = (cells[place].strip() for place in places)
        if raw and number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= 40:
            # The first row of a category counts, as in the official readers.
            ids.setdefault(_plain(raw), int(number))
    if not ids:
        raise BrokenFileError(path, "it holds no category")
    return LabelTable(ids, len(lines) - len(ids))


def find_label_table(folders: Iterable[Path]) -> Path | None:
    """The table in one of these folders or up to three above it; None if there is none."""
    for folder in folders:
        for level in (folder, *folder.parents[:_LEVELS_UP]):
            path = level / FILE_NAME
            if path.is_file():
                return path
    return None


def _plain(category: str) -> str:
    return " ".join(category.replace("_", " ").lower().split())
