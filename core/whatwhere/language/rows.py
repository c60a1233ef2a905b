"""Files of many rows, each of which is used or explained."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.language.expressions import Expression
from whatwhere.language.row_values import RowError

_FIELD_LIMIT = 2**20
_FILE_LIMIT = 512 * 2**20


@dataclass(frozen=True, slots=True)
class ExpressionFile:
    """One file's rows.

    Attributes:
        expressions: the usable rows in file order.
        problems: one sentence for each row that was dropped.
        form: what the file was taken for, e.g. "ScanRefer".
    """

    expressions: tuple[Expression, ...]
    problems: tuple[str, ...]
    form: str = "ScanRefer"

    def by_scene(self) -> dict[str, tuple[Expression, ...]]:
        """The expressions of every scene, scenes in order of first appearance."""
        scenes: dict[str, list[Expression]] = {}
        for expression in self.expressions:
            scenes.setdefault(expression.scene_id, []).append(expression)
        return {scene_id: tuple(rows) for scene_id, rows in scenes.items()}


def read_each(
    path: Path,
    rows: Iterable[object],
    read: Callable[[Mapping[str, Any]], Expression],
    *,
    form: str,
) -> ExpressionFile:
    """Every row made an expression, or a sentence that says which row was dropped and why."""
    expressions: list[Expression] = []
    problems: list[str] = []
    numbered = enumerate(rows, start=1)
    while True:
        try:
            number, row = next(numbered)
        except StopIteration:
            return ExpressionFile(tuple(expressions), tuple(problems), form)
        except csv.Error as error:
            done = len(expressions) + len(problems)
            problems.append(f"Behind row {done} of {path.name} nothing can be read ({error}).")
            return ExpressionFile(tuple(expressions), tuple(problems), form)
        try:
            if not isinstance(row, Mapping):
                raise RowError("it is not an object with keys")
            expressions.append(read(row))
        except RowError as error:
            problems.append(f"Row {number} of {path.name} was dropped: {error}.")


def csv_rows(path: Path, columns: Iterable[str], *, what: str) -> Iterator[Mapping[str, Any]]:
    """The rows of a table as mappings from its header.

    Args:
        path: of the table.
        columns: that it must have.
        what: the file is, for people, e.g. "ReferIt3D table".

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is not text in UTF-8, or a column is missing.
        csv.Error: a later row is no row; those before it came.
    """
    if not path.is_file():
        raise MissingFileError(path, what=what, remedy="Check the path to the sentences")
    if path.stat().st_size > _FILE_LIMIT:
        raise BrokenFileError(path, f"it is larger than {_FILE_LIMIT:,} bytes")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFileError(path, f"it is not text in UTF-8 (byte {error.start:,})") from error
    except OSError as error:
        raise BrokenFileError(path, f"it cannot be read ({error.strerror})") from error
    csv.field_size_limit(max(csv.field_size_limit(), _FIELD_LIMIT))
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        header = reader.fieldnames or ()
    except csv.Error as error:
        raise BrokenFileError(path, f"it is no table ({error})") from error
    if lacking := [name for name in columns if name not in header]:
        raise BrokenFileError(
            path, f"it has no column {lacking[0]}", remedy=f"This is not a {what}; choose another"
        )
    return reader
