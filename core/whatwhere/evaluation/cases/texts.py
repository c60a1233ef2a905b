"""The sentences of a split with a full-text index, in a file of SQLite's."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, RefusedPathError
from whatwhere.files import replacing

_AT_ONCE = 20_000
"""Numbers in one query; SQLite takes a few more."""


def write_texts(path: Path, texts: Sequence[str]) -> None:
    """Write all sentences of a split; the file is whole or not there.

    Args:
        path: of the file.
        texts: by row of the split.

    Raises:
        RefusedPathError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary, closing(sqlite3.connect(temporary)) as database:
            # A crash leaves the old file, so that a journal of this one is of no use.
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute("CREATE TABLE texts (row INTEGER PRIMARY KEY, text TEXT NOT NULL)")
            database.execute(
                "CREATE VIRTUAL TABLE words USING fts5"
                "(text, content = 'texts', content_rowid = 'row', prefix = '1 2 3')"
            )
            database.executemany("INSERT INTO texts VALUES (?, ?)", enumerate(texts))
            database.execute("INSERT INTO words (words) VALUES ('rebuild')")
            database.execute("INSERT INTO words (words) VALUES ('optimize')")
            database.commit()
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error
    except sqlite3.Error as error:
        raise RefusedPathError(path, str(error)) from error


class Texts:
    """The sentences of a file that `write_texts` made.

    Safe to call from any thread: each call opens the file on its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def of(self, rows: NDArray[np.integer]) -> list[str]:
        """The sentences of some rows, in their order.

        Raises:
            BrokenFileError: the file is gone, broken, or lacks a row.
        """
        wanted = rows.tolist()
        known: dict[int, str] = {}
        with self._reading() as database:
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                query = f"SELECT row, text FROM texts WHERE row IN ({marks})"
                known.update(database.execute(query, part))
        if lacking := next((row for row in wanted if row not in known), None):
            raise BrokenFileError(
                self.path, f"sentence {lacking} is missing", remedy="Diagnose the model again"
            )
        return [known[row] for row in wanted]

    def find(self, text: str) -> NDArray[np.int64]:
        """Rows whose sentence holds every word, the last one as the beginning of a word.

        Words in quotes must follow each other. Without a word, nothing is found.

        Raises:
            BrokenFileError: the file is gone or broken.
        """
        query = _query(text)
        if not query:
            return np.zeros(0, np.int64)
        with self._reading() as database:
            # One string of numbers: a million tuples would take half a second.
            found = database.execute(
                "SELECT group_concat(rowid) FROM words WHERE words MATCH ?", (query,)
            ).fetchone()[0]
        return np.fromstring(found or "", np.int64, sep=",")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(
                sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
            ) as database:
                yield database
        except sqlite3.Error as error:
            raise BrokenFileError(
                self.path,
                f"the sentences cannot be read ({error})",
                remedy="Diagnose the model again",
            ) from error


def _query(text: str) -> str:
    """In the language of FTS5, in which nothing that a user types has a meaning of its own."""
    parts = []
    for phrase, word in re.findall(r'"([^"]*)"?|([^\s"]+)', text):
        words = re.findall(r"\w+", phrase or word)
        if words:
            parts.append(f'"{" ".join(words)}"')
    is_begun = bool(parts) and not text.rstrip().endswith('"')
    return " ".join(parts) + ("*" if is_begun else "")
