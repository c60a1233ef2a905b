"""Sets of cases with a name, as one small file that can be sent to somebody else.

A set names sentences of a split, not what a model said to them, so it holds for every model.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, ConfigError, MissingFileError, RefusedPathError
from whatwhere.evaluation.cases.filters import InSet
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.files import replacing

SUFFIX = ".cases.json"
_KIND = "whatwhere case set"
_FORM = 1
_MOST_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class PinnedSet:
    """Some sentences of a split.

    Attributes:
        name: that the user gave.
        split: its name.
        split_hash: of all its sentences.
        rows: k rows of the split, in the user's order.
        texts: k sentences, for whoever reads the file.
        note: why they were put together; "" where nobody said.
    """

    name: str
    split: str
    split_hash: str
    rows: tuple[int, ...]
    texts: tuple[str, ...]
    note: str = ""

    @classmethod
    def of(
        cls,
        cases: StoredCases,
        indices: Sequence[int] | NDArray[np.integer],
        name: str,
        note: str = "",
    ) -> "PinnedSet":
        """Some of a diagnosis' cases.

        Raises:
            ConfigError: the name is empty, or there is no case.
            BrokenFileError: the sentences cannot be read.
        """
        if not name.strip():
            raise ConfigError("the set has no name", remedy="Give it one")
        chosen = np.asarray(indices, np.int64)
        if not len(chosen):
            raise ConfigError("the set has no case in it", remedy="Choose some cases first")
        return cls(
            name.strip(),
            cases.facts.split,
            cases.facts.split_hash,
            tuple(cases.columns.rows[chosen].tolist()),
            tuple(cases.texts(chosen)),
            note.strip(),
        )

    def filter(self, cases: StoredCases) -> InSet:
        """What keeps these cases of a diagnosis; those that were not asked in it are not there.

        Raises:
            ConfigError: the diagnosis is of other sentences.
        """
        facts = cases.facts
        if facts.split_hash != self.split_hash:
            raise ConfigError(
                f'the case set "{self.name}" is of other sentences ({self.split}, split hash '
                f"{self.split_hash}) than {facts.name} ({facts.split}, {facts.split_hash})",
                remedy="Open a diagnosis of that split, or choose another set",
            )
        return InSet(self.name, np.array(self.rows, np.int64))

    def as_json(self) -> dict[str, Any]:
        """What the file says."""
        return {
            "kind": _KIND,
            "form": _FORM,
            "name": self.name,
            "note": self.note,
            "split": self.split,
            "split_hash": self.split_hash,
            "cases": [
                {"row": row, "text": text} for row, text in zip(self.rows, self.texts, strict=True)
            ],
        }


def write_pinned(path: Path, pinned: PinnedSet) -> None:
    """Write the file; it is whole or not there.

    Raises:
        RefusedPathError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            text = json.dumps(pinned.as_json(), indent=1, ensure_ascii=False)
            temporary.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error


def read_pinned(path: Path) -> PinnedSet:
    """Read the file.

    Raises:
        MissingFileError: it is not there.
        BrokenFileError: it is no case set; the sentence says why.
        RefusedPathError: it cannot be read.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BrokenFileError(path, "it is too large for a case set", remedy="Choose another")
        document = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise MissingFileError(path, what="A case set", remedy="Check the path") from error
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise BrokenFileError(path, "it is not valid JSON", remedy="Ask for it again") from error
    try:
        return _pinned(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fault = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise BrokenFileError(
            path, f"it is no case set: {fault}", remedy="Ask for it again"
        ) from error


def list_pinned(folder: Path) -> tuple[tuple[PinnedSet, ...], tuple[str, ...]]:
    """The case sets in a folder by name, and a sentence for each that is broken."""
    found, faults = [], []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            found.append(read_pinned(path))
        except (BrokenFileError, MissingFileError, RefusedPathError) as error:
            faults.append(str(error))
    return tuple(sorted(found, key=lambda item: item.name.casefold())), tuple(faults)


def _pinned(document: Any) -> PinnedSet:
    if not isinstance(document, dict) or document.get("kind") != _KIND:
        raise ValueError("it does not say that it is one")
    if document["form"] != _FORM:
        raise ValueError(f"it is of form {document['form']}, which this version cannot read")
    said = [document[key] for key in ("name", "split", "split_hash")]
    said.append(document.get("note", ""))
    texts = [case["text"] for case in document["cases"]]
    if not all(isinstance(text, str) for text in (*said, *texts)):
        raise ValueError("a name or a sentence is no text")
    rows = [case["row"] for case in document["cases"]]
    if not rows or any(type(row) is not int or not 0 <= row < 2**31 for row in rows):
        raise ValueError("its rows are no whole numbers")
    if len(set(rows)) != len(rows):
        raise ValueError("a row is in it twice")
    name, split, split_hash, note = said
    return PinnedSet(name, split, split_hash, tuple(rows), tuple(texts), note)
