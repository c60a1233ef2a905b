"""Starting and steering training runs from outside; torch-free.

A run goes on when its starter ends, and is steered by files in its folder.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from whatwhere.errors import RunError, WhatWhereError
from whatwhere.training.config import TrainConfig, read_config, write_config
from whatwhere.training.detached import last_line, start_detached
from whatwhere.training.run_files import CONFIG, CONTROL, LOG
from whatwhere.training.run_folder import check_startable, new_run_path
from whatwhere.training.run_state import RunState, check_not_locked, is_locked, read_state
from whatwhere.training.run_summary import START_S, summarise
from whatwhere.training.wishes import PAUSE, STOP

_POLL_S = 0.05
_CLOCKS_DIFFER_S = 2.0
"""The system counts the beginning of a process from its own, in whole ticks."""


def start_run(
    config: TrainConfig,
    *,
    path: Path | None = None,
    base: str | Path | None = None,
    resume: bool = False,
    program: Sequence[str] | None = None,
) -> Path:
    """Start a detached process that trains, and wait until it has taken the folder's lock.

    That takes the seconds in which it imports its libraries. What it prints goes to `log.txt`.

    Args:
        config: of the run; written into the folder.
        path: the run's folder; None makes one in the user's data folder.
        base: a model to start from, in place of the configuration's.
        resume: go on with the run in `path`.
        program: what understands `train CONFIG --run DIR`; None is this program.

    Raises:
        ConfigError: a run is going on in the folder, or it holds one already, or none to resume.
        RunError: the process ended at once; its last words are given.
    """
    if base is not None:
        config = TrainConfig.model_validate(config.model_dump() | {"base": str(base)})
    run = (path or new_run_path(config.name)).absolute()
    check_not_locked(run)
    check_startable(run, config, resume=resume)
    run.mkdir(parents=True, exist_ok=True)
    if not resume:
        write_config(config, run / CONFIG)
    command = [*(program or _this_program()), "train", str(run / CONFIG), "--run", str(run)]
    if resume:
        command.append("--resume")
    process = start_detached(command, run / LOG)
    _wait_for_lock(run, process)
    return run


def resume_run(path: Path) -> Path:
    """Start a run that was stopped, failed or crashed again, from its last checkpoint.

    Raises:
        ConfigError: its configuration cannot be read.
        RunError: it is done, or going on, or ended at once.
    """
    summary = summarise(path)
    if summary.phase == "done":
        raise RunError("the run is done", remedy="Start another", path=path)
    return start_run(read_config(str(path / CONFIG)), path=path, resume=True)


def pause(path: Path) -> None:
    """Ask a run to write a checkpoint and wait.

    Raises:
        RunError: it is not going on.
    """
    _ask(path, PAUSE)


def resume_paused(path: Path) -> None:
    """Let a run that is paused go on.

    Raises:
        RunError: its process is gone; then `start_run(resume=True)` goes on with it.
    """
    _living(path)
    (path / CONTROL / PAUSE).unlink(missing_ok=True)


def stop(path: Path) -> None:
    """Ask a run to write a checkpoint and end.

    Raises:
        RunError: it is not going on.
    """
    _ask(path, STOP)


def kill(path: Path) -> None:
    """End a run at once, with its children; it can be resumed from its last checkpoint.

    Raises:
        RunError: it is not going on, or on another machine, or has only just been started.
    """
    state = _living(path)
    if state.host != socket.gethostname():
        raise RunError(
            f"the run is going on on {state.host}", remedy="Kill it there, or stop it", path=path
        )
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(state.pid)
        if process.create_time() > state.started + _CLOCKS_DIFFER_S:
            # The number was the last process's, and another program has it now.
            raise RunError(
                "the run has only just been started, and has not said its process yet",
                remedy="Try again in a moment",
                path=path,
            )
        children = process.children(recursive=True)
        process.kill()
        # Workers of a pool wait for ever for a parent that is gone.
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


def _ask(path: Path, wish: str) -> None:
    _living(path)
    (path / CONTROL).mkdir(exist_ok=True)
    (path / CONTROL / wish).touch()


def _living(path: Path) -> RunState:
    state = read_state(path)
    if state is None or not is_locked(path):
        phase = summarise(path).phase if state else "not there"
        raise RunError(
            f"the run is not going on (it is {phase})",
            remedy="Start it, or resume it from its last checkpoint",
            path=path,
        )
    return state


def _wait_for_lock(run: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        status = process.poll()
        with contextlib.suppress(WhatWhereError):
            state = read_state(run)
            if state is not None and state.pid == process.pid:
                return
        if status is not None:
            how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
            said = last_line(run / LOG)
            with contextlib.suppress(OSError), (run / LOG).open("a", encoding="utf-8") as log:
                log.write(f"ended before it began ({how})\n")
            raise RunError(
                f"the run ended before it began ({how}): {said}",
                remedy=f"The whole of it is in {run / LOG}",
                path=run,
            )
        time.sleep(_POLL_S)


def _this_program() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-P", "-m", "whatwhere"]
