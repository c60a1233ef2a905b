"""Models by name: those that ship with the program, and those that the user added.

Each added model has a folder `models/NAME` in the user's data, and in it `record.json`. Nothing
here loads a model or needs torch, so the window and quick commands can list names.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from whatwhere.assets import asset
from whatwhere.errors import MissingFileError, ModelError
from whatwhere.folders import user_folder

RECORD = "record.json"
TABLE = "predictions.jsonl"
"""In the folder of stored predictions."""

AddedKind = Literal["folder", "hub", "external", "predictions"]
ModelKind = Literal["shipped", "folder", "hub", "external", "predictions"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Record(BaseModel):
    """What is remembered of a model that the user added.

    Attributes:
        kind: a folder of weights that lies elsewhere, one fetched from a hub, a program that
            answers, or stored answers.
        origin: the folder, the hub's id, or the file that was imported.
        added: when, ISO 8601.
        command: the words of an external model's command line.
        cwd: where that command is started.
        timeout_s: how long an external model may take for one answer.
        path_map: what stands in place of a beginning of the paths that an external model is told.
        sha256: hex digest of each file, by its name in the folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    kind: AddedKind
    origin: str
    added: str = ""
    command: tuple[str, ...] = ()
    cwd: str = ""
    timeout_s: float = Field(default=300.0, gt=0)
    path_map: dict[str, str] = {}
    sha256: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One model that can be named.

    Attributes:
        name: as shown, and as `--model` takes it.
        kind: where it comes from.
        folder: where its files lie; of an external model, where its record does.
        record: None for those that ship.
    """

    name: str
    kind: ModelKind
    folder: Path
    record: Record | None = None


def models_folder() -> Path:
    """Where the models lie that the user added, whether or not it is there yet."""
    return user_folder("data") / "models"


def entries() -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Every model that has a name, the shipped ones first, and a sentence per broken record."""
    found = [Entry(name, "shipped", asset("models", name)) for name in shipped_names()]
    problems: list[str] = []
    folder = models_folder()
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not (path.is_dir() and _NAME.fullmatch(path.name)):
            continue  # left by an import that was interrupted, or not ours
        try:
            found.append(_added(path))
        except ModelError as error:
            problems.append(str(error))
    return tuple(found), tuple(problems)


def find_model(name: str | Path) -> Entry:
    """The model of a name, or of a folder.

    Raises:
        ModelError: there is none, or its record is broken.
    """
    path = Path(name)
    if path.is_dir():
        return _added(path) if (path / RECORD).is_file() else Entry(path.name, "folder", path)
    if _NAME.fullmatch(str(name)):
        if (models_folder() / name / RECORD).is_file():
            return _added(models_folder() / name)
        if str(name) in shipped_names():
            return Entry(str(name), "shipped", asset("models", str(name)))
    if str(name) == "default":
        remedy = "Install whatwhere again, or train one with `whatwhere train default`"
    else:
        remedy = 'Use "default", a name from `whatwhere models list`, or the path of a model folder'
    raise ModelError(f'there is no model "{name}"', remedy=remedy)


def shipped_names() -> tuple[str, ...]:
    """Names of the models that ship with the program."""
    try:
        folder = asset("models")
    except MissingFileError:
        return ()
    names = sorted(path.name for path in folder.iterdir() if (path / "config.json").is_file())
    return tuple(sorted(names, key=lambda name: name != "default"))


def names_with_weights() -> tuple[str, ...]:
    """Names of the models whose weights lie here, so that a run can go on from them."""
    return tuple(item.name for item in entries()[0] if item.kind in ("shipped", "folder", "hub"))


@contextmanager
def adding(name: str) -> Iterator[Path]:
    """An empty folder whose files become the model `name` when the block ends.

    `write_record` belongs into the block. When the block raises, no trace of it is left.

    Raises:
        ModelError: the name is taken or is none.
    """
    check_free(name)
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    _clear_left(folder)
    temporary = folder / f".{name}.{os.getpid()}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        try:
            temporary.rename(folder / name)
        except OSError as error:
            raise _taken(name) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_record(folder: Path, record: Record) -> None:
    """Say what a folder holds."""
    text = record.model_dump_json(indent=1) + "\n"
    (folder / RECORD).write_text(text, encoding="utf-8")


def remove(name: str) -> Entry:
    """Forget a model that was added; a folder that lies elsewhere stays where it is.

    Raises:
        ModelError: there is none, or it ships with the program.
    """
    path = models_folder() / name
    if not (_NAME.fullmatch(name) and path.is_dir()):
        if name in shipped_names():
            raise ModelError(
                f'"{name}" ships with the program', remedy="Remove models that you added"
            )
        raise ModelError(
            f'there is no added model "{name}"', remedy="Take a name from `whatwhere models list`"
        )
    try:
        gone = _added(path)
    except ModelError:  # a broken record is a reason to remove it
        gone = Entry(name, "folder", path)
    shutil.rmtree(path)
    return gone


def check_free(name: str) -> None:
    """Whether a model may be added under this name.

    Raises:
        ModelError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise ModelError(
            f'"{name}" is no name for a model',
            remedy="Use up to 64 letters, digits, dots, dashes and underscores",
        )
    if name in shipped_names() or (models_folder() / name).exists():
        raise _taken(name)


def _clear_left(folder: Path) -> None:
    """Remove what processes left that were killed while they added a model."""
    for path in folder.glob(".*.tmp"):
        process_id = path.name.split(".")[-2]
        if process_id.isdigit() and not psutil.pid_exists(int(process_id)):
            shutil.rmtree(path, ignore_errors=True)


def _taken(name: str) -> ModelError:
    return ModelError(
        f'there is a model "{name}" already',
        remedy=f"Choose another name, or `whatwhere models remove {name}` first",
    )


def _added(path: Path) -> Entry:
    file = path / RECORD
    try:
        record = Record.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        raise ModelError(
            f"the record of this model cannot be read ({said})",
            remedy=f"Remove it with `whatwhere models remove {path.name}` and add it again",
            path=file,
        ) from error
    folder = Path(record.origin) if record.kind == "folder" else path
    return Entry(path.name, record.kind, folder, record)
