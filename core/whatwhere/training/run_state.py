"""Where a run is (`state.json`), and whether it is alive (`run.lock`)."""

import errno
import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Literal

from pydantic import TypeAdapter, ValidationError

from whatwhere.errors import BrokenFileError, ConfigError, RefusedPathError
from whatwhere.training.run_files import LOCK, STATE

Phase = Literal["starting", "running", "pausing", "paused", "stopping", "stopped", "done", "failed"]

LIVING: frozenset[str] = frozenset({"starting", "running", "pausing", "paused", "stopping"})
"""Phases in which somebody holds the lock; found without its holder they mean a crash."""

_FULL = {errno.ENOSPC, errno.EDQUOT}
_PROBE_S = 1.0
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class RunState:
    """One look at a run.

    Attributes:
        phase: see `Phase`.
        step: steps done.
        steps: steps in all; 0 while that is not known.
        doing: the stage, e.g. "rooms".
        reason: why it failed or stopped; empty otherwise.
        pid: of the process, on `host`.
        host: name of the machine.
        started: when this process began, seconds since the epoch.
        heartbeat: when this was written, seconds since the epoch.
        peak_rss_bytes: the most memory the run held so far, its readers included.
    """

    phase: Phase
    step: int = 0
    steps: int = 0
    doing: str = ""
    reason: str = ""
    pid: int = 0
    host: str = ""
    started: float = 0.0
    heartbeat: float = 0.0
    peak_rss_bytes: int = 0


_STATE = TypeAdapter(RunState)


def write_state(run: Path, state: RunState) -> None:
    """Replace `state.json`; it is never seen half-written, unless the disk is full.

    Raises:
        OSError: it could not be written at all.
    """
    path = run / STATE
    temporary = run / f"{STATE}.tmp"
    data = json.dumps(asdict(state)).encode()
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno not in _FULL or not path.exists():
            raise
        _overwrite(path, data)


def read_state(run: Path) -> RunState | None:
    """What `state.json` says; None when there is none.

    Raises:
        BrokenFileError: it cannot be read, or says something else.
    """
    path = run / STATE
    try:
        return _STATE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a run's state"
        raise BrokenFileError(
            path, f"the state of the run cannot be read ({why})", remedy="Resume the run"
        ) from error


def take_lock(run: Path) -> IO[bytes]:
    """Lock a run for as long as the file that comes back stays open.

    Raises:
        ConfigError: another process holds the lock.
        RefusedPathError: the file system refuses locks.
    """
    path = run / LOCK
    lock = path.open("ab")
    # Whoever asks whether a run lives holds its lock for an instant, so one refusal is no answer.
    deadline = time.monotonic() + _PROBE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                lock.close()
                raise _occupied(run) from error
            time.sleep(_POLL_S)
        except OSError as error:
            lock.close()
            raise RefusedPathError(path, f"no locks: {error.strerror}") from error
    # A forked child would keep the lock of a parent that was killed.
    os.register_at_fork(after_in_child=lock.close)
    return lock


def is_locked(run: Path) -> bool:
    """Whether a process, anywhere, holds the run's lock."""
    try:
        with (run / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def check_not_locked(run: Path) -> None:
    """Refuse a folder in which a run is going on.

    Raises:
        ConfigError: another process holds the lock.
    """
    # A run says that it has ended just before it lets go of its lock.
    deadline = time.monotonic() + _PROBE_S
    while is_locked(run):
        if time.monotonic() > deadline:
            raise _occupied(run)
        time.sleep(_POLL_S)


def _occupied(run: Path) -> ConfigError:
    return ConfigError(
        "another run is going on in this folder",
        remedy="Wait for it, or choose another folder with --run",
        path=run,
    )


def _overwrite(path: Path, data: bytes) -> None:
    """Write into the block that the file has, which works on a full disk, too."""
    with path.open("r+b") as file:
        file.write(data.ljust(os.fstat(file.fileno()).st_size))
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
