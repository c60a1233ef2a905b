"""Try what may crash in a process of its own: a broken driver then costs a line, not the report."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Failure:
    """How a child process ended, in words."""

    reason: str


def run_child(source: str, environment: Mapping[str, str] | None = None) -> str | Failure:
    """What a piece of Python prints in a process of its own."""
    try:
        # -P: a file in the current folder that is called torch.py is not imported.
        ended = subprocess.run(
            [sys.executable, "-P", "-c", source],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Failure(f"no answer within {TIMEOUT_S} s")
    if ended.returncode == 0:
        return ended.stdout.strip()
    said = [line.strip() for line in ended.stderr.splitlines() if line.strip()] or ["no words"]
    if ended.returncode < 0:
        # Qt and drivers say why first and then go into detail; a traceback ends with the reason.
        return Failure(f"died of {signal.Signals(-ended.returncode).name}: {said[0]}")
    return Failure(said[-1])
