"""What is said of scans as it comes: a line per scan, whole or not there.

A run that was killed anywhere goes on behind its last whole line.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from whatwhere.errors import BrokenFileError, ConfigError, RefusedPathError

_FORM = 1


class Logged(Protocol):
    """What is known of one scan."""

    @property
    def scene_id(self) -> str:
        """Of the scan."""

    def as_json(self) -> dict[str, Any]:
        """Its line."""


Found = TypeVar("Found", bound=Logged)


class SceneLog(Generic[Found]):
    """An open log; made by `scene_log`.

    Attributes:
        done: what earlier calls have written, by scene.
    """

    def __init__(self, descriptor: int, done: Mapping[str, Found]) -> None:
        self.done = dict(done)
        self._descriptor = descriptor

    def add(self, found: Found) -> None:
        """Write one scan's line; it is on the disk when this returns.

        Raises:
            OSError: it cannot be written; the file then ends in a broken line, which the next
                call takes off.
        """
        _write(self._descriptor, found.as_json())
        self.done[found.scene_id] = found


@contextmanager
def scene_log(
    path: Path,
    about: Mapping[str, Any],
    read: Callable[[Mapping[str, Any]], Found],
    *,
    what: str,
) -> Iterator[SceneLog[Found]]:
    """Open a log, go on with it if it is of the very same thing, and hold it alone.

    Args:
        path: of the file; it is made where it is not there.
        about: what its lines depend on: model, split, modalities, candidates.
        read: a line; raises ValueError, KeyError, TypeError or AttributeError for another thing.
        what: it is the log of, "evaluation" or "diagnosis".

    Raises:
        ConfigError: the file is of another one, or another process writes to it.
        BrokenFileError: the file is no such log.
        RefusedPathError: it cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error
    try:
        _hold(descriptor, path, what)
        raw = path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        os.ftruncate(descriptor, len(whole))
        if whole:
            header, *lines = whole.splitlines()
            _check_header(path, header, about, what)
            yield SceneLog(descriptor, _scenes(path, lines, read, what))
        else:
            _write(descriptor, {"form": _FORM, **about})
            yield SceneLog(descriptor, {})
    finally:
        os.close(descriptor)


def _hold(descriptor: int, path: Path, what: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(
            f"another {what} writes to {path}", remedy="Wait for it, or name another --out"
        ) from error
    except OSError as error:
        raise RefusedPathError(path, f"no locks: {error.strerror}") from error


def _check_header(path: Path, line: bytes, about: Mapping[str, Any], what: str) -> None:
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _broken(path, 1, what) from error
    if not isinstance(header, dict) or header.pop("form", None) != _FORM:
        raise _broken(path, 1, what)
    wanted = json.loads(json.dumps(about))
    if changed := [key for key in wanted if header.get(key) != wanted[key]]:
        key = changed[0]
        raise ConfigError(
            f"{path} holds answers of another {what}: {key} was {header.get(key)!r}, is now "
            f"{wanted[key]!r}",
            remedy="Name another --out, or delete that folder to begin anew",
        )


def _scenes(
    path: Path, lines: list[bytes], read: Callable[[Mapping[str, Any]], Found], what: str
) -> dict[str, Found]:
    found = {}
    for number, line in enumerate(lines, start=2):
        try:
            scene = read(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _broken(path, number, what) from error
        found[scene.scene_id] = scene
    return found


def _broken(path: Path, number: int, what: str) -> BrokenFileError:
    article = "an" if what[0] in "aeiou" else "a"
    return BrokenFileError(
        path, f"line {number} is no line of {article} {what}", remedy="Delete it, or the folder"
    )


def _write(descriptor: int, document: Mapping[str, Any]) -> None:
    data = (json.dumps(document, separators=(",", ":")) + "\n").encode()
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)
