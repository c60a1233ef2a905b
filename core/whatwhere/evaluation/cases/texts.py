"""The sentences of a split with a full-text index, in a file of SQLite's.

Beside FTS5's index lie the rows of every word as one array: a word that stands in a million
sentences is a slice of numbers, where FTS5 would hand them out one by one. Phrases, and words that
are not plain letters, are FTS5's. Shapes: n sentences.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, RefusedPathError
from whatwhere.files import replacing

_ROWS = np.dtype("<i4")
_LAST_LETTER = "\U0010ffff"
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
                "(text, content = 'texts', content_rowid = 'row')"
            )
            database.executemany("INSERT INTO texts VALUES (?, ?)", enumerate(texts))
            database.execute("INSERT INTO words (words) VALUES ('rebuild')")
            database.execute("INSERT INTO words (words) VALUES ('optimize')")
            _write_rows_of_words(database)
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
        parts = _parts(text)
        if not parts:
            return np.zeros(0, np.int64)
        with self._reading() as database:
            by_rows = [part for part in parts if part.is_plain] if _has_rows(database) else []
            count = database.execute("SELECT max(row) FROM texts").fetchone()[0]
            kept_n = np.ones((-1 if count is None else count) + 1, np.bool_)
            for part in by_rows:
                kept_n &= _is_among(_rows_of(database, part), len(kept_n))
            rest = [part for part in parts if part not in by_rows]
            if rest:
                # One string of numbers: a million tuples would take half a second.
                found = database.execute(
                    "SELECT group_concat(rowid) FROM words WHERE words MATCH ?",
                    (" ".join(part.query for part in rest),),
                ).fetchone()[0]
                kept_n &= _is_among(np.fromstring(found or "", np.int64, sep=","), len(kept_n))
        return np.flatnonzero(kept_n)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(
                sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
            ) as database:
                yield database
        except (sqlite3.Error, ValueError, IndexError) as error:
            raise BrokenFileError(
                self.path,
                f"the sentences cannot be read ({error})",
                remedy="Diagnose the model again",
            ) from error


@dataclass(frozen=True, slots=True)
class _Part:
    """Words that follow each other.

    Attributes:
        words: one or more.
        is_begun: the last one may go on.
    """

    words: tuple[str, ...]
    is_begun: bool = False

    @property
    def is_plain(self) -> bool:
        """One word whose form in the index is known without FTS5: it folds cases and accents."""
        return len(self.words) == 1 and self.words[0].isascii() and self.words[0].isalnum()

    @property
    def query(self) -> str:
        """In the language of FTS5, in which nothing that a user types has a meaning of its own."""
        return f'"{" ".join(self.words)}"' + ("*" if self.is_begun else "")


def _parts(text: str) -> list[_Part]:
    parts = []
    for phrase, word in re.findall(r'"([^"]*)"?|([^\s"]+)', text):
        words = re.findall(r"\w+", phrase or word)
        if words:
            parts.append(_Part(tuple(words)))
    if parts and not text.rstrip().endswith('"'):
        parts[-1] = replace(parts[-1], is_begun=True)
    return parts


def _write_rows_of_words(database: sqlite3.Connection) -> None:
    database.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, words, row)")
    database.execute(
        "CREATE TABLE rows_of_words (word TEXT PRIMARY KEY, rows BLOB NOT NULL) WITHOUT ROWID"
    )
    for (word,) in database.execute("SELECT term FROM vocabulary").fetchall():
        found = database.execute(
            "SELECT group_concat(rowid) FROM words WHERE words MATCH ?", (f'"{word}"',)
        ).fetchone()[0]
        rows = np.fromstring(found or "", _ROWS, sep=",")
        database.execute("INSERT INTO rows_of_words VALUES (?, ?)", (word, rows.tobytes()))


def _has_rows(database: sqlite3.Connection) -> bool:
    """Whether it was written by a version that keeps them."""
    query = "SELECT 1 FROM sqlite_master WHERE name = 'rows_of_words'"
    return database.execute(query).fetchone() is not None


def _rows_of(database: sqlite3.Connection, part: _Part) -> NDArray[np.int32]:
    word = part.words[0].lower()
    end = word + (_LAST_LETTER if part.is_begun else "")
    query = "SELECT rows FROM rows_of_words WHERE word >= ? AND word <= ?"
    found = database.execute(query, (word, end)).fetchall()
    return np.frombuffer(b"".join(rows for (rows,) in found), _ROWS)


def _is_among(rows: NDArray[np.integer], count: int) -> NDArray[np.bool_]:
    found = np.zeros(count, np.bool_)
    found[rows] = True
    return found
