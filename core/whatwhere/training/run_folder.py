"""One training run on disk: the folder is the truth, and anyone who can read it can follow it.

config.toml     complete, reproducible
run.lock        held with flock for the run's life
state.json      phase, step, steps, pid, host, heartbeat; replaced atomically
metrics.jsonl   one JSON object per line, appended
data/           the generated rooms, when the configuration asks for them
model/          the finished model folder
"""

import fcntl
import json
import os
import socket
import time
from pathlib import Path
from typing import IO, Any

from whatwhere.errors import ConfigError
from whatwhere.folders import data_folder
from whatwhere.training.config import TrainConfig, write_config


class RunFolder:
    """A run that is going on; use it as a context manager.

    Raises:
        ConfigError: another process is running in this folder.
    """

    def __init__(self, path: Path, config: TrainConfig) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock: IO[str] = (path / "run.lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise ConfigError(
                "another run is going on in this folder",
                remedy="Wait for it, or choose another folder with --run",
                path=path,
            ) from error
        write_config(config, path / "config.toml")
        self._metrics: IO[str] = (path / "metrics.jsonl").open("a", encoding="utf-8")
        self.set_phase("starting")

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.set_phase("done" if kind is None else "failed")
        self._metrics.close()
        self._lock.close()

    def set_phase(self, phase: str, *, step: int = 0, steps: int = 0, doing: str = "") -> None:
        """Say where the run is; the file is never seen half-written."""
        state = {
            "phase": phase,
            "step": step,
            "steps": steps,
            "doing": doing,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "heartbeat": time.time(),
        }
        temporary = self.path / "state.json.tmp"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path / "state.json")

    def log(self, metrics: dict[str, Any]) -> None:
        """Append one line of metrics."""
        self._metrics.write(json.dumps({"time": time.time(), **metrics}) + "\n")
        self._metrics.flush()


def new_run_path(name: str) -> Path:
    """`runs/<time>-<name>` in the user's data folder."""
    return data_folder() / "runs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
