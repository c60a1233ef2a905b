"""Acts that a store could not take yet, kept on the disk until it can.

A line per act, in order; each is on the disk before the call returns. A line that was cut short
by a crash was never acknowledged, and is taken off.
"""

import json
import os
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
    """The acts that wait, oldest first; one process at a time.

    Args:
        path: of the file; it is made with the first act and goes when none is left.

    Raises:
        BrokenFileError: the file holds something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._acts = _read(path)

    @property
    def acts(self) -> tuple[Act, ...]:
        """What waits."""
        return tuple(self._acts)

    def add(self, act: Act) -> None:
        """Keep one more; it is on the disk when this returns.

        Raises:
            RefusedPathError: it cannot be written, as where store and journal share a full disk;
                it waits in memory alone, and must not be forgotten.
        """
        self._acts.append(act)
        line = (json.dumps(act.as_json(), separators=(",", ":")) + "\n").encode()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                whole = os.fstat(descriptor).st_size
                try:
                    _write(descriptor, line)
                except OSError:
                    os.ftruncate(descriptor, whole)  # half a line would hide the next one
                    raise
            finally:
                os.close(descriptor)
        except OSError as error:
            raise RefusedPathError(self._path, error.strerror or str(error)) from error

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
