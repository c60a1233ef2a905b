"""A diagnosis as a folder: a header, columns that are mapped into memory, and sentences.

`facts.json` names the folder of columns that it belongs to and is replaced last, so whoever reads
sees the cases of one moment, also while a diagnosis goes on.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, MissingFileError, RefusedPathError
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts
from whatwhere.evaluation.cases.named_arrays import Header, arrays_of, columns_from
from whatwhere.evaluation.cases.texts import Texts, write_texts
from whatwhere.files import replacing

FACTS, TEXTS = "facts.json", "texts.db"

_FORM = 1
_REMEDY = "Diagnose the model again"
_MAPPED_FROM = 1 << 16
"""Smaller arrays are read: a mapping would cost more."""
_TRIES = 100
"""Of a reader, while somebody writes without a pause."""


@dataclass(frozen=True, eq=False)
class StoredCases:
    """The cases of one diagnosis.

    Attributes:
        folder: they lie in.
        facts: what was asked of whom.
        columns: mapped into memory; they stay what they are when the diagnosis goes on.
    """

    folder: Path
    facts: DiagnosisFacts
    columns: CaseColumns

    def texts(self, indices: NDArray[np.integer] | Sequence[int]) -> list[str]:
        """The sentences of some cases, in their order.

        Raises:
            BrokenFileError: they cannot be read.
        """
        return self._texts.of(self.columns.rows[np.asarray(indices, np.int64)])

    def find(self, text: str) -> NDArray[np.int64]:
        """Cases whose sentence holds every word, the last one as the beginning of a word.

        Words in quotes must follow each other. Without a word, nothing is found.

        Raises:
            BrokenFileError: the sentences cannot be read.
        """
        rows = self._texts.find(text)
        wanted = np.zeros(max(self.columns.rows.max(initial=-1), rows.max(initial=-1)) + 1, bool)
        wanted[rows] = True
        return np.flatnonzero(wanted[self.columns.rows])

    @property
    def _texts(self) -> Texts:
        return Texts(self.folder / TEXTS)


@dataclass(frozen=True, slots=True)
class ListedCases:
    """A diagnosis as it is listed, without its columns.

    Attributes:
        folder: it lies in.
        facts: None where they cannot be read.
        num_cases: so far.
        fault: why it cannot be opened, as a sentence; "" where it can.
    """

    folder: Path
    facts: DiagnosisFacts | None
    num_cases: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Head:
    facts: DiagnosisFacts
    header: Header
    columns_name: str = field(default="")


def write_cases(
    folder: Path, facts: DiagnosisFacts, columns: CaseColumns, texts: Sequence[str]
) -> None:
    """Write a diagnosis, or what there is of one that goes on; a crash leaves the earlier state.

    Args:
        folder: is made where it is not there.
        facts: what was asked of whom.
        columns: the cases.
        texts: every sentence of the split, by row; written once.

    Raises:
        RefusedPathError: the folder cannot be written.
    """
    if not (folder / TEXTS).is_file():
        write_texts(folder / TEXTS, texts)
    try:
        before = _names_of_columns(folder)
        number = max((int(name.rpartition("-")[2]) for name in before), default=0) + 1
        name = f"columns-{number:06d}"
        unfinished = folder / f".{name}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for array_name, array in arrays_of(columns).items():
            np.save(unfinished / f"{array_name}.npy", array, allow_pickle=False)
        unfinished.rename(folder / name)
        document = {
            "form": _FORM,
            "facts": facts.as_json(),
            "columns": name,
            **Header.of(columns).as_json(),
        }
        with replacing(folder / FACTS) as temporary:
            temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        for old in before:
            shutil.rmtree(folder / old, ignore_errors=True)
    except OSError as error:
        raise RefusedPathError(folder, error.strerror or str(error)) from error


def open_cases(folder: Path) -> StoredCases:
    """Open a diagnosis, also one that is being made.

    Raises:
        MissingFileError: there is none in the folder.
        BrokenFileError: a file of it is not what `write_cases` writes.
    """
    for left in reversed(range(_TRIES)):
        head = _head(folder)
        inner = folder / head.columns_name
        try:
            arrays = {path.stem: _load(path) for path in inner.glob("*.npy")}
            return StoredCases(folder, head.facts, columns_from(head.header, arrays))
        except (FileNotFoundError, ValueError) as error:
            # Whoever writes has put newer columns in the place of these.
            if left and _head(folder).columns_name != head.columns_name:
                continue
            raise BrokenFileError(
                inner, f"the cases are broken: {error}", remedy=_REMEDY
            ) from error
        except OSError as error:
            raise RefusedPathError(inner, error.strerror or str(error)) from error
    raise BrokenFileError(folder, "it is written faster than it can be read", remedy="Try again")


def list_cases(root: Path) -> tuple[ListedCases, ...]:
    """Every diagnosis in a folder of them, the newest first; those that are broken come last."""
    found = []
    for path in sorted(root.glob(f"*/{FACTS}")):
        try:
            head = _head(path.parent)
        except (BrokenFileError, MissingFileError, RefusedPathError) as error:
            found.append(ListedCases(path.parent, None, fault=str(error)))
        else:
            found.append(ListedCases(path.parent, head.facts, head.header.num_cases))
    return tuple(
        sorted(found, key=lambda item: item.facts.created if item.facts else "", reverse=True)
    )


def _head(folder: Path) -> _Head:
    path = folder / FACTS
    try:
        document: Any = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise MissingFileError(
            folder, what="A diagnosis", remedy="Run `whatwhere diagnose`, or choose another folder"
        ) from error
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise BrokenFileError(path, "it is not valid JSON", remedy=_REMEDY) from error
    try:
        if document["form"] != _FORM:
            raise ValueError(f"it is of form {document['form']}, which this version cannot read")
        name = document["columns"]
        if name not in _names_of_columns(folder) and Path(str(name)).name != name:
            raise ValueError("it names no folder of columns")
        facts = DiagnosisFacts.from_json(document["facts"])
        return _Head(facts, Header.from_json(document), name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fault = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise BrokenFileError(
            path, f"it is not the header of a diagnosis: {fault}", remedy=_REMEDY
        ) from error


def _names_of_columns(folder: Path) -> list[str]:
    found = [path.name for path in folder.glob("columns-*") if path.is_dir()]
    return sorted(name for name in found if name.rpartition("-")[2].isdecimal())


def _load(path: Path) -> NDArray[Any]:
    is_large = path.stat().st_size >= _MAPPED_FROM
    # numpy leaves a file open that it cannot read.
    if is_large:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array
    with path.open("rb") as file:
        small: NDArray[Any] = np.load(file, allow_pickle=False)
    small.flags.writeable = False
    return small
