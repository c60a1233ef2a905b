"""Checkpoints of a run: whole or not there, and never a pickle.

checkpoints/step-000500/    NAME.safetensors per group of tensors; texts, such as the config.json
                            that makes the folder a model's; and state.json with the step, the
                            caller's state, and the CRC-32 of every file of tensors
"""

import errno
import json
import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from whatwhere.errors import BrokenFileError, CheckpointError
from whatwhere.training.run_files import ASIDE, PARTIAL, checkpoint_folder, checkpoint_steps

_STATE = "state.json"
_SUFFIX = ".safetensors"
_HEADER_BYTES = 2**16
_REMEDY = "Delete this checkpoint's folder; the run is then resumed from the one before"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint on disk: its folder, and the steps that were done."""

    path: Path
    step: int


def write_checkpoint(
    run: Path,
    step: int,
    tensors: Mapping[str, Mapping[str, Tensor]],
    state: Mapping[str, Any],
    *,
    texts: Mapping[str, str] | None = None,
) -> Checkpoint:
    """Write a checkpoint; it appears under its name once it is whole and on the disk.

    Args:
        run: the run's folder.
        step: steps done; a checkpoint of the same step is replaced.
        tensors: file name without suffix ("model", "optimizer") -> tensor name -> tensor.
        state: what JSON can hold.
        texts: file name -> content of what lies beside the tensors: with its config.json and
            tokenizer.json a checkpoint is a model folder too.

    Raises:
        CheckpointError: the disk is full, or refuses the files; nothing is left behind.
    """
    folder = checkpoint_folder(run, step)
    partial = folder.with_name(f"{folder.name}{PARTIAL}-{os.getpid()}")
    needed = sum(t.nbytes for group in tensors.values() for t in group.values())
    try:
        partial.mkdir(parents=True)
        _check_space(run, needed + _HEADER_BYTES)
        files = {}
        for name, group in tensors.items():
            path = partial / f"{name}{_SUFFIX}"
            save_file(_separate(group), path)
            path.chmod(0o644)  # the library writes it for its owner only
            files[path.name] = _crc32(path)
        document = {"step": step, "files": files, "state": dict(state)}
        for name, text in {**(texts or {}), _STATE: json.dumps(document)}.items():
            (partial / name).write_text(text, encoding="utf-8")
        for path in [*partial.iterdir(), partial]:
            _sync(path)
        _put_in_place(partial, folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise _refused(run, step, needed, error) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Checkpoint(folder, step)


def checkpoints(run: Path) -> list[Checkpoint]:
    """The whole checkpoints of a run, by step."""
    return [Checkpoint(checkpoint_folder(run, step), step) for step in checkpoint_steps(run)]


def read_checkpoint(
    checkpoint: Checkpoint,
) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
    """Tensors (on the CPU, as they were written) and state of a checkpoint.

    Raises:
        BrokenFileError: a file is missing, or is not what was written.
    """
    path = checkpoint.path / _STATE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        files, state = dict(document["files"]), dict(document["state"])
        if any(Path(name).name != name for name in files):
            raise ValueError("a file outside the checkpoint")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenFileError(path, "the checkpoint cannot be read", remedy=_REMEDY) from error
    tensors = {
        name.removesuffix(_SUFFIX): _read(checkpoint.path / name, crc32)
        for name, crc32 in files.items()
    }
    return tensors, state


def _read(path: Path, crc32: int) -> dict[str, Tensor]:
    try:
        if _crc32(path) != crc32:
            raise BrokenFileError(path, "its bytes are not those that were written", remedy=_REMEDY)
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise BrokenFileError(
            path, f"the tensors cannot be read ({error})", remedy=_REMEDY
        ) from error


def _separate(group: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors that share no memory, which the format refuses (tied weights do)."""
    seen: set[int] = set()
    separate = {}
    for name, tensor in group.items():
        plain = tensor.detach().contiguous()
        address = plain.untyped_storage().data_ptr()
        separate[name] = plain.clone() if address in seen else plain
        seen.add(address)
    return separate


def _check_space(run: Path, needed: int) -> None:
    if shutil.disk_usage(run).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _put_in_place(partial: Path, folder: Path) -> None:
    """Rename; a folder cannot be renamed onto one that is not empty."""
    old = folder.with_name(f"{partial.name}{ASIDE}")
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    _sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _crc32(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while data := file.read(2**20):
            value = zlib.crc32(data, value)
    return value


def _refused(run: Path, step: int, needed: int, error: Exception) -> CheckpointError:
    try:
        free = f"{shutil.disk_usage(run).free:,} bytes are free"
    except OSError:
        free = "the folder is gone"
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return CheckpointError(
        f"the checkpoint of step {step} cannot be written ({why}); it needs {needed:,} bytes, "
        f"and {free}",
        remedy="Make room, then resume the run from the checkpoint before",
        path=run,
    )
