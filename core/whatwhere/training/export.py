"""A run as one zip file, for colleagues, papers and other machines; torch-free.

NAME/about.json                 what it was trained on (with hashes) and the command that repeats it
NAME/config.toml, state.json    unzipped, the folder is a run again
NAME/metrics.jsonl, metrics.csv the same lines twice
NAME/tb/, probe/, log.txt       events, the looks at the probe set, what it printed
NAME/model/                     of a run that is done; else checkpoints/step-N/, the last one

Scenes and sentences are left out: what derives from a scan may not be passed on.
"""

import csv
import hashlib
import io
import json
import shlex
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from whatwhere.errors import RefusedPathError, RunError
from whatwhere.files import replacing
from whatwhere.training.config import TrainConfig, read_config
from whatwhere.training.metric_lines import last_line_end, parsed
from whatwhere.training.run_files import CONFIG, EVENTS, LOG, METRICS, STATE, checkpoint_folder
from whatwhere.training.run_state import RunState, read_state
from whatwhere.training.run_summary import RunSummary, summarise

OnProgress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all), both before compression; what it raises ends it."""

_CHUNK_BYTES = 2**20
_STORED = frozenset({".safetensors", ".npz"})
"""What does not become smaller by being compressed."""
_FIRST_COLUMNS = ("time", "step", "stage")


def export_run(
    run: Path, target: Path, *, overwrite: bool = False, on_progress: OnProgress = lambda *_: None
) -> Path:
    """Write a run into a zip file, which is whole or not there.

    A run that is going on is written as it is now, as one that was stopped.

    Raises:
        RunError: there is no run; or the file exists and must not be replaced.
        ConfigError, BrokenFileError: its configuration or state cannot be read.
        RefusedPathError: something cannot be read or written.
    """
    if not (run / CONFIG).is_file():
        raise RunError("there is no run to export", remedy="Choose the folder of a run", path=run)
    config, summary = read_config(str(run / CONFIG)), summarise(run)
    if target.exists() and not overwrite:
        raise RunError(
            "the file exists already", remedy="Choose another name, or replace it", path=target
        )
    try:
        _write(run, summary, config, target, on_progress)
    except OSError as error:  # most often a full disk
        where = error.filename or target
        raise RefusedPathError(where, error.strerror or str(error)) from error
    return target


def _write(
    run: Path, summary: RunSummary, config: TrainConfig, target: Path, on_progress: OnProgress
) -> None:
    files = sorted(_files(run, summary))
    # A run that is going on writes half a line now and then.
    lines_bytes = last_line_end(run / METRICS) if (run / METRICS).is_file() else 0
    sizes = {path: path.stat().st_size for path in files}
    total = sum(sizes.values()) + 2 * lines_bytes
    done = 0

    def count(num_bytes: int) -> None:
        nonlocal done
        done += num_bytes
        on_progress(done, max(total, done))

    on_progress(0, total)
    with (
        replacing(target) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        about = _about(run, summary, config)
        archive.writestr(f"{run.name}/about.json", json.dumps(about, indent=1) + "\n")
        archive.writestr(f"{run.name}/{STATE}", json.dumps(_state(run, summary)))
        for path in files:
            entry = zipfile.ZipInfo.from_file(path, f"{run.name}/{path.relative_to(run)}")
            is_stored = path.suffix in _STORED
            entry.compress_type = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(entry, "w") as sink:
                _copy(source, sink, sizes[path], count)
        if lines_bytes:
            with (run / METRICS).open("rb") as source:
                with archive.open(f"{run.name}/{METRICS}", "w", force_zip64=True) as sink:
                    _copy(source, sink, lines_bytes, count)
                with archive.open(f"{run.name}/metrics.csv", "w", force_zip64=True) as sink:
                    _tabulate(source, sink, lines_bytes, count)


def _files(run: Path, summary: RunSummary) -> Iterator[Path]:
    """What goes in as it is."""
    folders = [run / EVENTS, run / "probe"]
    if summary.phase == "done":
        folders.append(run / "model")
    else:
        folders.append(run / "tower")
        if summary.checkpoints:
            folders.append(checkpoint_folder(run, summary.checkpoints[-1]))
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())
    for name in (CONFIG, LOG, "failed-batch.safetensors"):
        if (run / name).is_file():
            yield run / name


def _state(run: Path, summary: RunSummary) -> dict[str, Any]:
    """Where the run is, without the process and the machine that worked on it."""
    state = replace(read_state(run) or RunState("stopped"), pid=0, host="")
    if summary.is_living or summary.phase == "crashed":
        state = replace(state, phase="stopped", reason=f"exported while it was {summary.phase}")
    return asdict(state)


def _about(run: Path, summary: RunSummary, config: TrainConfig) -> dict[str, Any]:
    last = summary.checkpoints[-1] if summary.checkpoints else 0
    arguments = ["whatwhere", "train", CONFIG]
    return {
        "run": run.name,
        "phase": summary.phase,
        "step": summary.step,
        "steps": summary.steps,
        "reason": summary.reason,
        "checkpoint": 0 if summary.phase == "done" else last,
        "seed": config.seed,
        "command": shlex.join(arguments),
        "resume": shlex.join([*arguments, "--run", ".", "--resume"]),
        "whatwhere": version("whatwhere"),
        "base": {"model": config.base, **_hashes(Path(config.base), ("model.safetensors",))},
        "data": _data(config),
    }


def _data(config: TrainConfig) -> dict[str, Any]:
    """What the sentences were; demo rooms are made anew from these settings."""
    if not config.data:
        names = ("train_rooms", "val_rooms", "test_rooms", "data_seed", "family", "shortcut")
        return {name: getattr(config, name) for name in names}
    splits = ("ScanRefer_filtered_train.json", "ScanRefer_filtered_val.json")
    return {"folder": config.data, **_hashes(Path(config.data), splits)}


def _hashes(folder: Path, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """SHA-256 of those files that are there."""
    found = {}
    for name in names:
        if (folder / name).is_file():
            with (folder / name).open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": found} if found else {}


def _copy(source: IO[bytes], sink: IO[bytes], num_bytes: int, count: Callable[[int], None]) -> None:
    """The first bytes of a file that may be growing."""
    while num_bytes > 0 and (data := source.read(min(_CHUNK_BYTES, num_bytes))):
        sink.write(data)
        num_bytes -= len(data)
        count(len(data))


def _tabulate(
    source: IO[bytes], sink: IO[bytes], num_bytes: int, count: Callable[[int], None]
) -> None:
    """The metrics as a table with a column for every name that occurs."""
    names: dict[str, None] = dict.fromkeys(_FIRST_COLUMNS)
    for row in _rows(source, num_bytes, lambda _: None):
        names.update(dict.fromkeys(row))
    with io.TextIOWrapper(sink, encoding="utf-8", newline="") as text:
        table = csv.DictWriter(text, list(names), lineterminator="\n")
        table.writeheader()
        table.writerows(_rows(source, num_bytes, count))


def _rows(
    source: IO[bytes], num_bytes: int, count: Callable[[int], None]
) -> Iterator[dict[str, Any]]:
    source.seek(0)
    pending = 0
    while num_bytes > 0 and (line := source.readline()):
        num_bytes -= len(line)
        pending += len(line)
        if pending >= _CHUNK_BYTES or num_bytes <= 0:
            count(pending)
            pending = 0
        yield parsed(line)
