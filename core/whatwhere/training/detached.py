"""Processes that go on when their starter ends."""

import contextlib
import os
import shlex
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

NICENESS = 5
"""Detached work gives way to the window by this much."""

PROMPT = "$ "
"""What a line of a log begins with that tells the command which was started then."""

_TAIL_BYTES = 4096
_TRACKER = "resource_tracker"


def start_detached(command: Sequence[str], log_path: Path) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own; what it prints is appended to a file.

    A pipe to the starter would end the process with it, and so would its terminal.
    """
    with log_path.open("ab") as log:
        log.write(f"{PROMPT}{shlex.join(command)}\n".encode())
        log.flush()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
    with contextlib.suppress(OSError):
        own = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, process.pid, own + NICENESS)
    # Somebody has to wait for it, or it stays in the process table after its end.
    threading.Thread(target=process.wait, name=f"wait for {process.pid}", daemon=True).start()
    return process


def last_line(log_path: Path) -> str:
    """The last line of a log in which the process itself speaks; "" when there is none."""
    try:
        with log_path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    # The tracker of a pool outlives a process that was killed, and mourns its semaphores.
    said = [line.strip() for line in lines if line.strip() and _TRACKER not in line]
    return said[-1] if said else ""
