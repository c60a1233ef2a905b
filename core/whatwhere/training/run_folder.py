"""One training run on disk: the folder is the truth, and anyone who can read it can follow it.

config.toml     complete, reproducible; written once
run.lock        held with flock for the run's life
state.json      phase, step, steps, doing, reason, the process, heartbeat, peak of its memory
metrics.jsonl   one JSON object per line, appended; numbers that are not finite are null
tb/             the same as TensorBoard events
checkpoints/    see `whatwhere.training.checkpoints`
control/        what the user wants of it, see `whatwhere.training.wishes`
log.txt         what a detached run prints
ranks/          why another process of the run failed, where several train together
data/           the generated rooms, when the configuration asks for them
model/          the finished model folder
"""

import contextlib
import os
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

from whatwhere.errors import Cancelled, ConfigError, RefusedPathError, WhatWhereError
from whatwhere.folders import data_folder
from whatwhere.training.config import TrainConfig, read_config, write_config
from whatwhere.training.metrics_file import MetricsFile
from whatwhere.training.peak_memory import PeakMemory
from whatwhere.training.run_files import (
    CONFIG,
    CONTROL,
    checkpoint_steps,
    clear_partial_checkpoints,
    holds_run,
)
from whatwhere.training.run_state import (
    Phase,
    RunState,
    check_not_locked,
    read_state,
    take_lock,
    write_state,
)
from whatwhere.training.wishes import Wish, Wishes

FREE_KEYS = frozenset({"name", "checkpoint_every", "evaluate_every"})
"""Settings that may differ when a run is resumed, because they change no weight."""

_BEAT_S = 0.5
_PAUSED_BEAT_S = 2.0
_POLL_S = 0.1


class RunFolder:
    """A run that is going on; use it as a context manager.

    From its making on signals are wishes, see `Wishes`. Leaving it says how it ended: done,
    stopped after a wish to stop, or failed with the reason.

    Args:
        path: the folder; made when it is new.
        config: of the run.
        resume: go on with the run that the folder holds.

    Raises:
        ConfigError: another process runs here; or, if new, the folder holds a run already; or, if
            resumed, it holds none, or one with another configuration.
        RefusedPathError: the file system refuses the folder or its lock.
    """

    def __init__(self, path: Path, config: TrainConfig, *, resume: bool = False) -> None:
        self.path = path
        check_not_locked(path)
        check_startable(path, config, resume=resume)
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = take_lock(path)
        except OSError as error:
            raise RefusedPathError(path, error.strerror or str(error)) from error
        try:
            # Once more: another run may have begun and ended since the folder was looked at.
            check_startable(path, config, resume=resume)
            self._prepare(config)
        except BaseException:
            self._lock.close()
            raise

    def _prepare(self, config: TrainConfig) -> None:
        self._wishes = Wishes(self.path / CONTROL)
        self._wishes.clear()
        clear_partial_checkpoints(self.path)
        if not (self.path / CONFIG).exists():
            write_config(config, self.path / CONFIG)
        before = _state_before(self.path)
        self._state = RunState(
            "starting",
            step=before.step,
            steps=before.steps,
            pid=os.getpid(),
            host=socket.gethostname(),
            started=time.time(),
        )
        self._memory = PeakMemory(before.peak_rss_bytes)
        self._written = 0.0
        # Without a checkpoint it begins anew, and so do its metrics.
        self._metrics = MetricsFile(self.path, resume=bool(checkpoint_steps(self.path)))
        with contextlib.ExitStack() as undone:
            # Who reads the state knows the process, and may send it a signal at once.
            undone.enter_context(self._wishes)
            self._write_state()
            undone.pop_all()

    def __enter__(self) -> Self:
        self._memory.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        phase, reason = self._ending(error)
        self._memory.__exit__()
        self._state = replace(self._state, phase=phase, reason=reason)
        # A disk that is full must not hide why the run ended.
        with contextlib.suppress(OSError):
            self._write_state()
        self._wishes.clear()
        self._wishes.__exit__()
        self._metrics.close()
        with contextlib.suppress(OSError):
            self._lock.close()

    def log(self, metrics: Mapping[str, float | str | int]) -> None:
        """Append one line of metrics, and the same to the TensorBoard events.

        Raises:
            RefusedPathError: it cannot be written (the disk is full, the folder is gone).
        """
        self._metrics.append(metrics, step=self._state.step)

    def set_phase(
        self, phase: Phase, *, step: int = 0, steps: int = 0, doing: str = "", reason: str = ""
    ) -> None:
        """Say where the run is.

        Raises:
            RefusedPathError: it cannot be written.
        """
        self._state = replace(
            self._state, phase=phase, step=step, steps=steps, doing=doing, reason=reason
        )
        try:
            self._write_state()
        except OSError as error:
            raise RefusedPathError(self.path, error.strerror or str(error)) from error

    def give_up(self, reason: str) -> None:
        """Say from another thread that the run failed; the process is to end at once."""
        self._state = replace(self._state, phase="failed", reason=reason)
        with contextlib.suppress(OSError):
            self._write_state()

    def beat(self, step: int, steps: int, doing: str) -> None:
        """Say how far it is; cheap enough for every step, written twice a second at most."""
        now = time.monotonic()
        changed = doing != self._state.doing
        self._state = replace(self._state, step=step, steps=steps, doing=doing)
        if self._state.phase in ("starting", "paused"):
            self._state, changed = replace(self._state, phase="running"), True
        if changed or now - self._written >= _BEAT_S:
            self._set_again()

    def wish(self) -> Wish:
        """What the user wants now: from `control/`, or by a signal."""
        wish = self._wishes.read()
        phases: dict[Wish, Phase] = {"stop": "stopping", "pause": "pausing", "go": "running"}
        going_on = wish == "go" and self._state.phase != "pausing"
        if not going_on and self._state.phase != phases[wish]:
            self._state = replace(self._state, phase=phases[wish])
            self._set_again()
        return wish

    def wait_while_paused(self, step: int, steps: int) -> Literal["go", "stop"]:
        """Sleep for as long as the wish to pause holds; the heart goes on beating."""
        self._state = replace(self._state, phase="paused", step=step, steps=steps)
        self._set_again()
        while (wish := self._wishes.read()) == "pause":
            time.sleep(_POLL_S)
            if time.monotonic() - self._written >= _PAUSED_BEAT_S:
                self._set_again()
        phase: Phase = "stopping" if wish == "stop" else "running"
        self._state = replace(self._state, phase=phase)
        self._set_again()
        return wish

    def cut_metrics_after(self, step: int) -> None:
        """Take back what was logged after a step, and half a last line, before going on from it.

        Raises:
            RefusedPathError: the file cannot be written anew.
        """
        self._metrics.cut_after(step)

    def _set_again(self) -> None:
        """Write the state; a heart that cannot beat on a full disk does not end the run."""
        try:
            self._write_state()
        except FileNotFoundError as error:
            raise ConfigError(
                "the folder of the run is gone", remedy="Start the run anew", path=self.path
            ) from error
        except OSError:
            self._written = time.monotonic()

    def _write_state(self) -> None:
        self._state = replace(
            self._state, heartbeat=time.time(), peak_rss_bytes=self._memory.peak_bytes
        )
        write_state(self.path, self._state)
        self._written = time.monotonic()

    def _ending(self, error: BaseException | None) -> tuple[Phase, str]:
        if error is None and self._state.phase == "done":
            return "done", ""
        if error is None or (isinstance(error, SystemExit) and not error.code):
            is_stopped = self._state.phase in ("stopping", "stopped")
            return ("stopped", self._wishes.stop_reason) if is_stopped else ("done", "")
        if isinstance(error, KeyboardInterrupt | Cancelled):
            return "stopped", self._wishes.stop_reason or "interrupted"
        if isinstance(error, WhatWhereError):
            return "failed", str(error)
        return "failed", f"{type(error).__name__}: {error}"


def check_startable(path: Path, config: TrainConfig, *, resume: bool) -> None:
    """Look, without a trace, whether a run may be begun or resumed in a folder.

    Raises:
        ConfigError: see `RunFolder`; a run that is going on is found by its lock only.
    """
    has_config = (path / CONFIG).exists()
    if not resume and holds_run(path):
        raise ConfigError(
            "the folder already holds a run",
            remedy="Go on with it by --resume, or choose another folder with --run",
            path=path,
        )
    if resume and not has_config:
        raise ConfigError(
            "there is no run to resume", remedy="Start one without --resume", path=path
        )
    if not has_config:
        return
    found = read_config(str(path / CONFIG))
    for key in TrainConfig.model_fields:
        before, now = getattr(found, key), getattr(config, key)
        if before != now and not (resume and key in FREE_KEYS):
            raise ConfigError(
                f'"{key}" is {before!r} in the folder, and {now!r} is asked for',
                remedy="Resume with the same settings, or start another folder with --run",
                path=path / CONFIG,
            )


def new_run_path(name: str) -> Path:
    """`runs/<time>-<name>` in the user's data folder; not made, and not there yet."""
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
    first = data_folder() / "runs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{plain}"
    path, count = first, 1
    while path.exists():
        count += 1
        path = first.with_name(f"{first.name}-{count}")
    return path


def _state_before(path: Path) -> RunState:
    with contextlib.suppress(WhatWhereError):
        return read_state(path) or RunState("starting")
    return RunState("starting")
