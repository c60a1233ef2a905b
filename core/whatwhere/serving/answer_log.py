"""The answers of an evaluation as they come: a line per scan, whole or not there.

A run that was killed anywhere goes on behind its last whole line.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whatwhere.errors import BrokenFileError, ConfigError, RefusedPathError
from whatwhere.evaluation.answered import SceneAnswers

_FORM = 1


class AnswerLog:
    """An open log; made by `answer_log`.

    Attributes:
        done: what earlier calls have answered, by scene.
    """

    def __init__(self, descriptor: int, done: Mapping[str, SceneAnswers]) -> None:
        self.done = dict(done)
        self._descriptor = descriptor

    def add(self, answers: SceneAnswers) -> None:
        """Write one scan's answers; they are on the disk when this returns.

        Raises:
            OSError: they cannot be written; the file then ends in a broken line, which the next
                call takes off.
        """
        _write(self._descriptor, answers.as_json())
        self.done[answers.scene_id] = answers


@contextmanager
def answer_log(path: Path, about: Mapping[str, Any]) -> Iterator[AnswerLog]:
    """Open a log, go on with it if it is of the very same evaluation, and hold it alone.

    Args:
        path: of the file; it is made where it is not there.
        about: what the answers depend on: model, split, modalities, candidates.

    Raises:
        ConfigError: the file is of another evaluation, or another process writes to it.
        BrokenFileError: the file is no such log.
        RefusedPathError: it cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error
    try:
        _hold(descriptor, path)
        raw = path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        os.ftruncate(descriptor, len(whole))
        if whole:
            header, *lines = whole.splitlines()
            _check_header(path, header, about)
            yield AnswerLog(descriptor, _answers(path, lines))
        else:
            _write(descriptor, {"form": _FORM, **about})
            yield AnswerLog(descriptor, {})
    finally:
        os.close(descriptor)


def _hold(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(
            f"another evaluation writes to {path}", remedy="Wait for it, or name another --out"
        ) from error
    except OSError as error:
        raise RefusedPathError(path, f"no locks: {error.strerror}") from error


def _check_header(path: Path, line: bytes, about: Mapping[str, Any]) -> None:
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _broken(path, 1) from error
    if not isinstance(header, dict) or header.pop("form", None) != _FORM:
        raise _broken(path, 1)
    wanted = json.loads(json.dumps(about))
    if changed := [key for key in wanted if header.get(key) != wanted[key]]:
        key = changed[0]
        raise ConfigError(
            f"{path} holds answers of another evaluation: {key} was {header.get(key)!r}, is now "
            f"{wanted[key]!r}",
            remedy="Name another --out, or delete that folder to begin anew",
        )


def _answers(path: Path, lines: list[bytes]) -> dict[str, SceneAnswers]:
    found = {}
    for number, line in enumerate(lines, start=2):
        try:
            answers = SceneAnswers.from_json(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _broken(path, number) from error
        found[answers.scene_id] = answers
    return found


def _broken(path: Path, number: int) -> BrokenFileError:
    return BrokenFileError(
        path, f"line {number} is no line of an evaluation", remedy="Delete it, or the folder"
    )


def _write(descriptor: int, document: Mapping[str, Any]) -> None:
    data = (json.dumps(document, separators=(",", ":")) + "\n").encode()
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)
