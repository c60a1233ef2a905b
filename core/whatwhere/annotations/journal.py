"""Acts that a store could not take yet, kept on the disk until it can.

A line per act, in order; each is on the disk before the call returns. A line that was cut short
by a crash was never acknowledged, and is taken off. Windows that are open at the same time have
a journal each; what a dead one left goes to the next that opens.
"""

import fcntl
import json
import os
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from whatwhere.annotations.changes import Change
from whatwhere.annotations.rows import as_columns, from_columns
from whatwhere.annotations.values import Case
from whatwhere.errors import BrokenFileError, RefusedPathError


@dataclass(frozen=True, slots=True)
class Act:
    """What was asked of the store.

    Attributes:
        kind: make a change, take it back, or make it again.
        change: which.
        cases: that it is about, for the store to know them; with "apply" only.
    """

    kind: Literal["apply", "undo", "redo"]
    change: Change
    cases: tuple[Case, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """A line of the journal."""
        return {
            "kind": self.kind,
            "change": self.change.as_json(),
            "cases": [as_columns(case) for case in self.cases],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Act":
        """The inverse of `as_json`."""
        return cls(
            value["kind"],
            Change.from_json(value["change"]),
            tuple(from_columns(Case, item) for item in value["cases"]),
        )


class Journal:
    """The acts that wait, oldest first.

    Args:
        path: of the file; it is made with the first act and goes when none is left. Where another
            journal of this path is open, in whichever process, one beside it is taken.

    Raises:
        BrokenFileError: the file holds something else.
        RefusedPathError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path, lock = _first_free(path)
        self._let_go = None if lock is None else weakref.finalize(self, os.close, lock)
        self._num_written = 0
        try:
            self._acts = _read(self._path)
            self._num_written = len(self._acts)
            self._take_over(path)
        except BaseException:
            self.close()
            raise

    @property
    def acts(self) -> tuple[Act, ...]:
        """What waits."""
        return tuple(self._acts)

    @property
    def is_whole(self) -> bool:
        """Whether all that waits is on the disk."""
        return self._num_written == len(self._acts)

    def add(self, act: Act) -> None:
        """Keep one more; it is on the disk when this returns.

        Raises:
            RefusedPathError: it cannot be written, as where store and journal share a full disk;
                it waits in memory alone, and must not be forgotten.
        """
        self._acts.append(act)
        self.write()

    def write(self) -> None:
        """Bring to the disk what only memory holds, the older of it first.

        Raises:
            RefusedPathError: it cannot be written; it still waits in memory.
        """
        left = self._acts[self._num_written :]
        if not left:
            return
        lines = b"".join(
            (json.dumps(act.as_json(), separators=(",", ":")) + "\n").encode() for act in left
        )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                whole = os.fstat(descriptor).st_size
                try:
                    _write(descriptor, lines)
                except OSError:
                    os.ftruncate(descriptor, whole)  # half a line would hide the next one
                    raise
            finally:
                os.close(descriptor)
        except OSError as error:
            raise RefusedPathError(self._path, error.strerror or str(error)) from error
        self._num_written = len(self._acts)

    def close(self) -> None:
        """Let the next one have it; what waits stays."""
        if self._let_go is not None:
            self._let_go()

    def drop_first(self, count: int) -> None:
        """The store has taken so many; those that are left stay on the disk.

        Raises:
            RefusedPathError: it cannot be written; then nothing is dropped.
        """
        left = self._acts[count:]
        try:
            if left:
                temporary = self._path.with_suffix(".tmp")
                with temporary.open("wb") as file:
                    for act in left:
                        file.write((json.dumps(act.as_json()) + "\n").encode())
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(self._path)
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:
            raise RefusedPathError(self._path, error.strerror or str(error)) from error
        self._acts = left
        self._num_written = len(left)  # they were all written anew, or there are none

    def _take_over(self, path: Path) -> None:
        """What windows left that are open no more."""
        for other in _beside(path):
            if other == self._path or not other.exists():
                continue
            with suppress(OSError, BrokenFileError, RefusedPathError):  # it stays for another time
                lock = _locked(other)
                if lock is None:
                    continue
                try:
                    self._acts += _read(other)
                    self.write()
                    other.unlink()
                finally:
                    os.close(lock)


_MOST_WINDOWS = 16


def _beside(path: Path) -> Iterator[Path]:
    """The journal of the first window, of the second, ..."""
    yield path
    for number in range(2, _MOST_WINDOWS + 1):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def _first_free(path: Path) -> tuple[Path, int | None]:
    for one in _beside(path):
        try:
            lock = _locked(one)
        except OSError:
            return one, None  # without a lock there is still a journal
        if lock is not None:
            return one, lock
    raise RefusedPathError(path, f"{_MOST_WINDOWS} windows have it open")


def _locked(path: Path) -> int | None:
    """An open file whose lock is held, or None where another one holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def _read(path: Path) -> list[Act]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error
    whole = raw[: raw.rfind(b"\n") + 1]
    if len(whole) < len(raw):
        os.truncate(path, len(whole))
    acts = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            acts.append(Act.from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BrokenFileError(
                path,
                f"line {number} is no change that waits to be saved",
                remedy="Move the file away; what it holds was never in the store",
            ) from error
    return acts
