"""A frozen value and the JSON file that remembers it from one start to the next."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from whatwhere.files import replacing

Value = TypeVar("Value", bound=BaseModel)

ASIDE = ".bak"
"""Ends the name of a file that could not be read and was kept."""


def put_aside(path: Path) -> None:
    """Keep a file under another name, so that a fresh one can take its place."""
    if path.exists():
        path.replace(path.with_name(path.name + ASIDE))


def read_value(
    path: Path,
    kind: type[Value],
    *,
    up_to_date: Callable[[object], object] = lambda document: document,
) -> tuple[Value, str | None]:
    """What a file says, and why it could not be read (then: the defaults of that kind).

    Args:
        path: a JSON file; one that is not there gives the defaults without a reason.
        kind: of the value; every field of it has a default.
        up_to_date: turns what an older version wrote into what this version writes.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return kind(), None
    except OSError as error:
        return kind(), error.strerror or str(error)
    try:
        value = kind.model_validate(up_to_date(json.loads(data)))
        value.model_dump_json()  # half a surrogate pair is a str, but no text
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return kind(), f"{place}: {first['msg']}" if place else first["msg"]
    except (ValueError, RecursionError) as error:
        return kind(), str(error)
    return value, None


def write_value(value: BaseModel, path: Path) -> None:
    """Replace a file, at once or not at all.

    Raises:
        OSError: it cannot be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(value.model_dump_json(indent=2) + "\n", encoding="utf-8")


class Store(Generic[Value]):
    """A value in use and the file that remembers it.

    Args:
        path: the file.
        kind: of the value.
        what: it is called in sentences, e.g. "settings".
        up_to_date: see `read_value`.

    Attributes:
        value: what holds now.
        fault: a sentence when the file could not be read, or the last change not be saved; None
            from the first change that is saved.
    """

    def __init__(
        self,
        path: Path,
        kind: type[Value],
        *,
        what: str,
        up_to_date: Callable[[object], object] = lambda document: document,
    ) -> None:
        self._path, self._what = path, what
        self.value, reason = read_value(path, kind, up_to_date=up_to_date)
        self._is_foreign = reason is not None
        self.fault = None
        if reason is not None:
            self.fault = (
                f"{path}: the {what} could not be read ({reason}). The defaults are used; "
                f"the file is kept as {path.name}{ASIDE} at the next change."
            )

    def change(self, value: Value) -> None:
        """Use and remember another value."""
        if value == self.value:
            return
        self.value = value
        try:
            if self._is_foreign:
                put_aside(self._path)
                self._is_foreign = False
            write_value(value, self._path)
            self.fault = None
        except OSError as error:
            self.fault = f"{self._path}: the {self._what} could not be saved ({error})."
