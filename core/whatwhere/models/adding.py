"""Taking models in: folders, models from a hub, programs that answer, files of answers."""

import shlex
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from whatwhere.errors import BrokenFileError, ModelError
from whatwhere.language.expressions import Expression
from whatwhere.models.adapter_link import is_adapted, read_link
from whatwhere.models.catalogue import (
    RECORD,
    TABLE,
    Entry,
    Record,
    adding,
    check_free,
    find_model,
    write_record,
)
from whatwhere.models.external import ExternalGrounder
from whatwhere.models.fetching import fetch_from_hub
from whatwhere.models.folder_checks import (
    IsCancelled,
    OnProgress,
    check_folder,
    file_hashes,
    licence_of,
    one_hash,
)
from whatwhere.models.grounder import Modality
from whatwhere.models.model_card import figures_of, trained_on
from whatwhere.models.prediction_files import Imported, read_predictions
from whatwhere.models.prediction_lines import write_lines
from whatwhere.models.stored import StoredGrounder, read_stored

HUB_FILES = (
    "*.safetensors",
    "*.json",
    "*.txt",
    "*.model",
    "*.jinja",
    "README.md",
    "card.md",
    "LICENSE*",
)
"""What is fetched of a model on a hub: weights that are no pickles, and text."""

Fetch = Callable[[str, Path], None]
"""Brings the files of a hub's model into a folder."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who follows a work that takes long, and may end it.

    Attributes:
        progress: told (done, total, what is being done).
        is_cancelled: polled between steps.
    """

    progress: OnProgress = lambda *_: None
    is_cancelled: IsCancelled = lambda: False


_UNWATCHED = Watch()


def add_folder(folder: Path, *, name: str = "", watch: Watch = _UNWATCHED) -> Entry:
    """Name a model folder; its files stay where they are.

    Raises:
        ModelError: it is refused, or the name is taken.
        Cancelled: nobody wants it any more; no trace is left.
    """
    where = folder.resolve()
    name = name or where.name
    check_free(name)
    check_folder(where)
    hashes = file_hashes(where, is_cancelled=watch.is_cancelled, progress=watch.progress)
    with adding(name) as own:
        write_record(own, Record(kind="folder", origin=str(where), added=_now(), sha256=hashes))
    return find_model(name)


def add_from_hub(
    hub_id: str, *, name: str = "", fetch: Fetch | None = None, watch: Watch = _UNWATCHED
) -> Entry:
    """Fetch a model's safetensors and text from the Hugging Face hub, and name it.

    Args:
        hub_id: "organisation/name".
        name: that it gets; "" takes the second half of the id.
        fetch: brings the files; None takes them from the hub.
        watch: follows it.

    Raises:
        ModelError: it cannot be fetched, is refused, or the name is taken.
        Cancelled: nobody wants it any more; no trace is left.
    """
    name = name or hub_id.rpartition("/")[2]
    check_free(name)
    with adding(name) as folder:
        if fetch is None:
            fetch_from_hub(hub_id, folder, HUB_FILES, watch.progress, watch.is_cancelled)
        else:
            fetch(hub_id, folder)
        shutil.rmtree(folder / ".cache", ignore_errors=True)
        check_folder(folder)
        hashes = file_hashes(folder, is_cancelled=watch.is_cancelled, progress=watch.progress)
        record = Record(kind="hub", origin=hub_id, added=_now(), sha256=hashes)
        write_record(folder, record)
    return find_model(name)


def add_external(
    command: str,
    *,
    name: str,
    timeout_s: float = 300.0,
    cwd: Path | None = None,
    path_map: Mapping[str, str] | None = None,
) -> Entry:
    """Name a program that answers; whether it does is told by `verify`.

    Args:
        command: as for a POSIX shell, but no shell reads it.
        name: that it gets.
        timeout_s: how long it may take for one answer.
        cwd: where it is started; None takes the present folder.
        path_map: what it is told in place of a beginning of the paths.

    Raises:
        ModelError: there is no such program, or the name is taken.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ModelError(
            f"the command cannot be read ({error})", remedy="Close its quotation marks"
        ) from error
    if not words:
        raise ModelError("the command is empty", remedy="Give it with --command")
    where = (cwd or Path.cwd()).resolve()
    if shutil.which(words[0]) is None and not (where / words[0]).is_file():
        raise ModelError(
            f'there is no program "{words[0]}"',
            remedy="Give its whole path, or put its folder on your PATH",
        )
    record = Record(
        kind="external",
        origin=command,
        added=_now(),
        command=tuple(words),
        cwd=str(where),
        timeout_s=timeout_s,
        path_map=dict(path_map or {}),
    )
    with adding(name) as folder:
        write_record(folder, record)
    return find_model(name)


def import_predictions(
    path: Path,
    *,
    name: str,
    expressions: Iterable[Expression] = (),
    modality: Modality = "fused",
) -> tuple[Entry, Imported]:
    """Keep a file of answers as a model; all of it, or nothing.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: a line of it is wrong: it is named.
        ModelError: the name is taken.
    """
    check_free(name)
    imported = read_predictions(path, expressions=expressions, modality=modality)
    with adding(name) as folder:
        write_lines(folder / TABLE, imported.lines)
        write_record(
            folder,
            Record(
                kind="predictions",
                origin=str(path.resolve()),
                added=_now(),
                sha256=file_hashes(folder, names=[TABLE]),
            ),
        )
    return find_model(name), imported


def verify(entry: Entry, *, watch: Watch = _UNWATCHED) -> tuple[str, ...]:
    """A sentence for each thing that is as it was when the model was added, and can be used.

    Raises:
        ModelError: it is not; the sentence names what has changed.
        BrokenFileError: stored answers are not what was imported.
        WorkerDiedError: an external model ended before it answered.
        Cancelled: nobody wants to know any more.
    """
    recorded = entry.record.sha256 if entry.record is not None else {}
    said = []
    if entry.kind == "external":
        grounder = ExternalGrounder(entry)
        grounder.close()
        names = ", ".join(grounder.capabilities.modalities)
        return (f"It started, and answers in {names}.",)
    if not entry.folder.is_dir():
        raise ModelError(
            "the folder is gone",
            remedy=f"Bring it back, or `whatwhere models remove {entry.name}`",
            path=entry.folder,
        )
    if entry.kind == "predictions":
        _compare(entry, recorded, watch)
        num_scenes, num_sentences, modalities = read_stored(entry.folder / TABLE)
        StoredGrounder(entry)
        names = ", ".join(modalities)
        said.append(f"Sentences: {num_sentences:,}, scenes: {num_scenes:,}, modalities: {names}.")
    else:
        check_folder(entry.folder)
        said.append("Its weights are whole safetensors, and it asks for no code of its own.")
        if is_adapted(entry.folder):
            base = read_link(entry.folder, thorough=True).base
            said.append(f"Its adapters belong to {base}, whose weights are as they were.")
        _compare(entry, recorded, watch)
    if recorded:
        said.append(f"All {len(recorded)} files have the hashes they had when it was added.")
    return tuple(said)


def described(entry: Entry) -> dict[str, object]:
    """What is known of a model, without loading it."""
    record = entry.record
    sha256 = dict(record.sha256) if record is not None else {}
    if not sha256 and entry.kind == "shipped":
        sha256 = file_hashes(entry.folder)
    named = [path for path in sorted(entry.folder.glob("*")) if path.is_file()]
    files = [path for path in named if path.name != RECORD and not path.name.startswith(".")]
    licence = "Apache-2.0" if entry.kind == "shipped" else licence_of(entry.folder)
    return {
        "name": entry.name,
        "kind": entry.kind,
        "folder": str(entry.folder),
        "origin": "WhatWhere" if record is None else record.origin,
        "added": "" if record is None else record.added,
        "bytes": sum(path.stat().st_size for path in files),
        "licence": licence,
        "trained_on": trained_on(entry.folder),
        "figures": figures_of(entry.folder),
        "sha256": one_hash(sha256) if sha256 else "",
        "files": {path.name: sha256.get(path.name, "") for path in files},
        **(_command(record) if record is not None and entry.kind == "external" else {}),
    }


def _command(record: Record) -> dict[str, object]:
    return {
        "command": list(record.command),
        "cwd": record.cwd,
        "timeout_s": record.timeout_s,
        "path_map": dict(record.path_map),
    }


def _compare(entry: Entry, recorded: Mapping[str, str], watch: Watch) -> None:
    try:
        now = file_hashes(
            entry.folder,
            names=recorded,
            is_cancelled=watch.is_cancelled,
            progress=watch.progress,
        )
    except FileNotFoundError as error:
        raise ModelError(
            "a file of it is gone", remedy="Bring it back or add it again", path=error.filename
        ) from error
    for name, digest in recorded.items():
        if now[name] != digest:
            fault = "it is not the file it was when it was added (its SHA-256 has changed)"
            remedy = f"Bring the old file back, or `whatwhere models remove {entry.name}` and add"
            if entry.kind == "predictions":
                raise BrokenFileError(entry.folder / name, fault, remedy=f"{remedy} it again")
            raise ModelError(fault, remedy=f"{remedy} it again", path=entry.folder / name)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
