"""The names of what lies in a run folder, for those who write it and those who read it."""

import re
import shutil
from pathlib import Path

CONFIG = "config.toml"
LOCK = "run.lock"
STATE = "state.json"
METRICS = "metrics.jsonl"
LOG = "log.txt"
CHECKPOINTS = "checkpoints"
CONTROL = "control"
EVENTS = "tb"
RANKS = "ranks"
PROBE = "probe"
PROBE_CASES = "cases"

PARTIAL = ".partial"
"""What the name of a checkpoint that is still being written has in it."""

ASIDE = "-old"
"""How the name of a checkpoint ends that is being replaced by another of the same step."""

_WHOLE = re.compile(r"step-(\d+)")


def holds_run(run: Path) -> bool:
    """Whether a run was ever begun here; a folder with a bare `config.toml` holds none yet."""
    return any((run / name).exists() for name in (STATE, METRICS, CHECKPOINTS))


def checkpoint_folder(run: Path, step: int) -> Path:
    """Where the checkpoint of a step lies, whether or not it is there."""
    return run / CHECKPOINTS / f"step-{step:06d}"


def checkpoint_steps(run: Path) -> tuple[int, ...]:
    """The steps with a whole checkpoint, in order."""
    try:
        names = [path.name for path in (run / CHECKPOINTS).iterdir() if path.is_dir()]
    except OSError:
        return ()
    return tuple(sorted(int(found[1]) for name in names if (found := _WHOLE.fullmatch(name))))


def probe_cases_folder(run: Path, step: int) -> Path:
    """Where the cases of a look at the probe set lie, whether or not they are there."""
    return run / PROBE / PROBE_CASES / f"step-{step:06d}"


def clear_partial_checkpoints(run: Path) -> None:
    """Remove what writers that were killed have left behind; only for who holds the run's lock."""
    for leftover in sorted((run / CHECKPOINTS).glob(f"*{PARTIAL}*")):
        whole = leftover.with_name(leftover.name.partition(PARTIAL)[0])
        if leftover.name.endswith(ASIDE) and not whole.exists():
            leftover.rename(whole)
        else:
            shutil.rmtree(leftover, ignore_errors=True)
