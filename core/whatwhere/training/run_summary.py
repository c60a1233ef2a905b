"""Finding and reading training runs from outside; torch-free.

The folder is all there is between a run and who watches it.
"""

import contextlib
import functools
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from whatwhere.errors import RunError, WhatWhereError
from whatwhere.folders import user_folder
from whatwhere.training.config import TrainConfig, read_config
from whatwhere.training.detached import PROMPT, last_line
from whatwhere.training.metric_log import last_values
from whatwhere.training.run_files import CONFIG, LOG, METRICS, STATE, checkpoint_steps
from whatwhere.training.run_state import LIVING, Phase, RunState, is_locked, read_state

RunPhase = Phase | Literal["crashed", "broken"]
"""A run's phase as it is seen from outside: "crashed" was killed, "broken" cannot be read."""

START_S = 120.0
"""A process that was started and has said nothing for so long does not import any more."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One look at a run folder.

    Attributes:
        path: the folder.
        name: the folder's name.
        phase: see `RunPhase`.
        step: steps done.
        steps: steps in all; 0 while that is not known.
        doing: the stage, e.g. "rooms".
        reason: why it failed, stopped, crashed or cannot be read.
        pid: of the process; 0 when there was none.
        host: the machine it runs on.
        started: when its process began, seconds since the epoch.
        heartbeat_age_s: how old the state is; None without a state.
        peak_rss_bytes: the most memory it held so far, its readers included; 0 where unknown.
        last: latest value of each metric; None for one that was not finite.
        checkpoints: steps with a whole checkpoint.
        config: None when it cannot be read.
    """

    path: Path
    name: str
    phase: RunPhase
    step: int = 0
    steps: int = 0
    doing: str = ""
    reason: str = ""
    pid: int = 0
    host: str = ""
    started: float = 0.0
    heartbeat_age_s: float | None = None
    peak_rss_bytes: int = 0
    last: dict[str, float | None] = field(default_factory=dict)
    checkpoints: tuple[int, ...] = ()
    config: TrainConfig | None = None

    @property
    def is_living(self) -> bool:
        """Whether a process works on it."""
        return self.phase in LIVING


def run_roots() -> list[Path]:
    """Folders whose subfolders are runs."""
    return [user_folder("data") / "runs"]


def find_runs(roots: Iterable[Path] | None = None) -> list[RunSummary]:
    """Every run below the roots, newest first; a broken one is listed with its fault.

    A root that is a run itself is listed as one.
    """
    folders: list[Path] = []
    for root in run_roots() if roots is None else roots:
        with contextlib.suppress(OSError):
            folders += [root] if _is_run(root) else [p for p in root.iterdir() if _is_run(p)]
    return sorted(map(summarise, folders), key=_newest_first)


def find_run(folder_or_name: str) -> Path:
    """A run by its folder, or by the beginning of its folder's name or of its configured one.

    Raises:
        RunError: there is none, or several.
    """
    path = Path(folder_or_name)
    if _is_run(path):
        return path
    runs = find_runs()
    names = {run.path: {run.name, run.config.name if run.config else run.name} for run in runs}
    exact = [run for run, known in names.items() if folder_or_name in known]
    begun = [
        run for run, known in names.items() if any(n.startswith(folder_or_name) for n in known)
    ]
    matches = exact or begun
    if len(matches) == 1:
        return matches[0]
    if matches:
        shown = ", ".join(run.name for run in matches[:_SHOWN])
        raise RunError(
            f'"{folder_or_name}" fits {len(matches)} runs: {shown}', remedy="Write more of the name"
        )
    raise RunError(
        f'there is no run "{folder_or_name}"',
        remedy="Give its folder, or a name that `whatwhere runs` lists",
    )


def summarise(path: Path) -> RunSummary:
    """Look at one run folder; whatever is wrong with it becomes its phase and reason."""
    # The lock is asked first: a run that ends between the two looks has written its end by then.
    locked = is_locked(path)
    try:
        state = read_state(path) or RunState("starting")
    except WhatWhereError as error:
        return RunSummary(path, path.name, "broken", reason=str(error))
    phase: RunPhase = state.phase
    reason = state.reason
    if not locked and _is_about_to_begin(path, state):
        phase, reason = "starting", ""
    elif state.phase in LIVING and not locked:
        phase, reason = "crashed", _last_words(path)
    config = None
    try:
        config = _config(path, _version(path / CONFIG))
    except WhatWhereError as error:
        # A run of another version is read all the same.
        reason = reason or str(error)
    return RunSummary(
        path=path,
        name=path.name,
        phase=phase,
        step=state.step,
        steps=state.steps,
        doing=state.doing,
        reason=reason,
        pid=state.pid,
        host=state.host,
        started=state.started,
        heartbeat_age_s=max(0.0, time.time() - state.heartbeat) if state.heartbeat else None,
        peak_rss_bytes=state.peak_rss_bytes,
        last=dict(_last_values(path, _version(path / METRICS))),
        checkpoints=checkpoint_steps(path),
        config=config,
    )


def _is_run(path: Path) -> bool:
    return path.is_dir() and any((path / name).exists() for name in (CONFIG, STATE))


def _version(path: Path) -> tuple[int, int]:
    """What changes when a file does."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


# The window looks at every run again and again, and most of them are long done.
@functools.lru_cache(maxsize=512)
def _config(path: Path, _: tuple[int, int]) -> TrainConfig:
    return read_config(str(path / CONFIG))


@functools.lru_cache(maxsize=512)
def _last_values(path: Path, _: tuple[int, int]) -> dict[str, float | None]:
    return last_values(path / METRICS)


def _newest_first(summary: RunSummary) -> tuple[float, str]:
    started = summary.started
    if not started:
        with contextlib.suppress(OSError):
            started = summary.path.stat().st_mtime
    return (-started, summary.name)


def _is_about_to_begin(run: Path, state: RunState) -> bool:
    """Whether a process was just started here that has said nothing yet: it still imports."""
    try:
        started = (run / LOG).stat().st_mtime
    except OSError:
        return False
    is_recent = max(state.heartbeat, time.time() - START_S) < started
    return is_recent and last_line(run / LOG).startswith(PROMPT)


def _last_words(run: Path) -> str:
    said = last_line(run / LOG)
    return "its process is gone without a word" + (f"; the end of its log: {said}" if said else "")
