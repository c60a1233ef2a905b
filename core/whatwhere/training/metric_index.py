"""A summary of every 256 lines of one `metrics.jsonl`, kept beside it as `metrics.index`.

A million lines are read once; after that their curves come from four thousand summaries. The file
is a cache: it is left out where it cannot be written, and made anew where it does not fit.
"""

import contextlib
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from whatwhere.files import replacing
from whatwhere.training.metric_lines import parsed

LINES_PER_BLOCK = 256
FIELDS = ("count", "step_sum", "value_sum", "low", "high")
"""Of the finite values of one metric in one block."""

OnProgress = Callable[[int, int], None]
"""Called with (bytes read, bytes in all); what it raises ends the reading."""

_NO_METRIC = frozenset({"time", "step"})
_CHECKED_BYTES = 64
_READ_BYTES = 2**20
_WORTH_WRITING = 64
_EMPTY = np.array([0, 0, 0, np.inf, -np.inf])


class MetricIndex:
    """Shapes: B blocks, N metrics, five fields.

    Attributes:
        ends_B: byte offset of each block's end.
        table_BNF: the summaries, see `FIELDS`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.with_suffix(".index")
        self._columns: dict[str, int] = {}
        self.ends_B: NDArray[np.int64] = np.zeros(0, np.int64)
        self._checks_B: NDArray[np.int64] = np.zeros(0, np.int64)
        self.table_BNF: NDArray[np.float64] = _empty(0, 0)
        self._num_written = 0

    def update(self, on_progress: OnProgress | None = None) -> None:
        """Take in the blocks that were added, and drop those that were taken back."""
        if not len(self.ends_B):
            self._load()
        self._drop_what_does_not_fit()
        ends, checks, tables = [], [], []
        size = self.path.stat().st_size
        start = self.end
        for lines in self._new_blocks():
            start += sum(map(len, lines)) + len(lines)
            ends.append(start)
            checks.append(_check((b"\n".join(lines[-8:]) + b"\n")[-_CHECKED_BYTES:]))
            tables.append(self._summary(lines))
            if on_progress is not None:
                on_progress(start, size)
        if not ends:
            return
        known = len(self._columns)
        padded = [np.concatenate([t, _empty(known - len(t))]) for t in tables]
        before = _empty(len(self.ends_B), known)
        before[:, : self.table_BNF.shape[1]] = self.table_BNF
        self.ends_B = np.concatenate([self.ends_B, np.array(ends, np.int64)])
        self._checks_B = np.concatenate([self._checks_B, np.array(checks, np.int64)])
        self.table_BNF = np.concatenate([before, np.stack(padded)])
        if len(self.ends_B) - self._num_written >= _WORTH_WRITING:
            self._save()

    @property
    def end(self) -> int:
        """Bytes that the blocks cover."""
        return int(self.ends_B[-1]) if len(self.ends_B) else 0

    def column(self, name: str) -> NDArray[np.float64]:
        """(B, five fields) of one metric."""
        column = self._columns.get(name)
        if column is None or column >= self.table_BNF.shape[1]:
            return _empty(len(self.ends_B))
        return self.table_BNF[:, column]

    def _summary(self, lines: Sequence[bytes]) -> NDArray[np.float64]:
        """(metrics known so far, five fields) of one block."""
        rows = parse_lines(lines)
        for row in {tuple(row): row for row in rows}.values():
            for name, value in row.items():
                if not isinstance(value, str) and name not in _NO_METRIC:
                    self._columns.setdefault(name, len(self._columns))
        steps_L1 = numbers(rows, ["step"])
        values_LN = numbers(rows, list(self._columns))
        is_point = np.isfinite(values_LN) & np.isfinite(steps_L1)
        return np.stack(
            [
                is_point.sum(0),
                np.where(is_point, steps_L1, 0).sum(0),
                np.where(is_point, values_LN, 0).sum(0),
                np.where(is_point, values_LN, np.inf).min(0, initial=np.inf),
                np.where(is_point, values_LN, -np.inf).max(0, initial=-np.inf),
            ],
            axis=1,
        )

    def _new_blocks(self) -> Iterator[list[bytes]]:
        with self.path.open("rb") as file:
            file.seek(self.end)
            held: list[bytes] = []
            torn = b""
            while data := file.read(_READ_BYTES):
                *lines, torn = (torn + data).split(b"\n")
                held += lines
                while len(held) >= LINES_PER_BLOCK:
                    yield held[:LINES_PER_BLOCK]
                    del held[:LINES_PER_BLOCK]

    def _drop_what_does_not_fit(self) -> None:
        if not len(self.ends_B):
            return
        size = self.path.stat().st_size
        keep = int(np.searchsorted(self.ends_B, size, side="right"))
        with self.path.open("rb") as file:
            while keep and not self._fits(file, keep - 1):
                keep -= 1
        self._num_written = min(self._num_written, keep)
        self.ends_B, self._checks_B = self.ends_B[:keep], self._checks_B[:keep]
        self.table_BNF = self.table_BNF[:keep]

    def _fits(self, file: Any, block: int) -> bool:
        end = int(self.ends_B[block])
        start = max(0, end - _CHECKED_BYTES)
        file.seek(start)
        return _check(file.read(end - start)) == int(self._checks_B[block])

    def _load(self) -> None:
        try:
            with self._file.open("rb") as file, np.load(file, allow_pickle=False) as saved:
                names = [str(name) for name in saved["names"]]
                ends_B, checks_B, table_BNF = saved["ends"], saved["checks"], saved["table"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return
        shape = (len(ends_B), len(names), len(FIELDS))
        if table_BNF.shape != shape or checks_B.shape != ends_B.shape or np.any(ends_B < 0):
            return
        self._columns = {name: column for column, name in enumerate(names)}
        self.ends_B, self._checks_B, self.table_BNF = ends_B, checks_B, table_BNF
        self._num_written = len(ends_B)

    def _save(self) -> None:
        with (
            contextlib.suppress(OSError),
            replacing(self._file) as temporary,
            temporary.open("wb") as file,
        ):
            np.savez(
                file,
                names=np.array(list(self._columns), np.str_),
                ends=self.ends_B,
                checks=self._checks_B,
                table=self.table_BNF,
            )
        self._num_written = len(self.ends_B)


def parse_lines(lines: Sequence[bytes]) -> list[dict[str, Any]]:
    """The objects of whole lines; what is none is left out."""
    try:
        # One call for all of them is four times as fast as one each.
        rows: list[Any] = from_json(b"[" + b",".join(lines) + b"]")
    except ValueError:
        rows = [parsed(line) for line in lines]
    return [row for row in rows if isinstance(row, dict) and row]


def numbers(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> NDArray[np.float64]:
    """(rows, names) values; NaN where there is none, or one that is no number."""
    values = [row.get(name) for row in rows for name in names]
    try:
        array = np.array(values, np.float64)
    except (TypeError, ValueError):
        array = np.array([v if isinstance(v, int | float) else None for v in values], np.float64)
    return array.reshape(len(rows), len(names))


def _empty(*shape: int) -> NDArray[np.float64]:
    return np.broadcast_to(_EMPTY, (*shape, len(FIELDS))).copy()


def _check(data: bytes) -> int:
    return zlib.crc32(data)
