"""The metrics of a run as they are written: lines of JSON, and the same as TensorBoard events."""

import contextlib
import json
import math
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whatwhere.errors import RefusedPathError
from whatwhere.files import replacing
from whatwhere.training.event_file import EventFile
from whatwhere.training.metric_lines import end_of_step, last_line_end
from whatwhere.training.run_files import EVENTS, METRICS


class MetricsFile:
    """`metrics.jsonl` and `tb/` of a run that is going on.

    Args:
        run: the run's folder.
        resume: keep what is there, but for half a last line; else both begin anew.

    Raises:
        OSError: the file cannot be opened or cut.
    """

    def __init__(self, run: Path, *, resume: bool) -> None:
        self._path = run / METRICS
        self._events = EventFile(run / EVENTS)
        self._file = self._path.open("ab", buffering=0)
        if resume:
            self._cut(last_line_end(self._path))
        elif self._cut(0):
            self._events.restart(0)

    def append(self, metrics: Mapping[str, float | str | int], *, step: int) -> None:
        """One line: whole, or not there.

        Args:
            metrics: by name; what is not finite becomes null.
            step: of the events, where the metrics name none.

        Raises:
            RefusedPathError: it cannot be written (the disk is full, the folder is gone).
        """
        line = {"time": time.time(), **{name: _finite(v) for name, v in metrics.items()}}
        numbers = {
            name: float(value)
            for name, value in metrics.items()
            if name != "step" and isinstance(value, int | float)
        }
        try:
            self._append(json.dumps(line).encode() + b"\n")
            self._events.log(int(metrics.get("step", step)), numbers)
        except OSError as error:
            raise RefusedPathError(self._path, error.strerror or str(error)) from error

    def cut_after(self, step: int) -> None:
        """Take back what was logged after a step, and half a last line.

        Raises:
            RefusedPathError: the file cannot be written anew.
        """
        try:
            self._cut(end_of_step(self._path, step))
            self._events.restart(step + 1)
        except OSError as error:
            raise RefusedPathError(self._path, error.strerror or str(error)) from error

    def close(self) -> None:
        """Close both; a disk that refuses that is no reason to stop."""
        for file in (self._file, self._events):
            with contextlib.suppress(OSError):
                file.close()

    def _cut(self, size: int) -> bool:
        """Keep the first bytes, as a new file: a reader must notice."""
        if size == self._path.stat().st_size:
            return False
        with replacing(self._path) as temporary:
            shutil.copyfile(self._path, temporary)
            with temporary.open("r+b") as file:
                file.truncate(size)
                os.fsync(file.fileno())
        self._file.close()
        self._file = self._path.open("ab", buffering=0)
        return True

    def _append(self, line: bytes) -> None:
        size = os.fstat(self._file.fileno()).st_size
        try:
            written = self._file.write(line)
            if written < len(line):
                self._file.write(line[written:])
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(size)
            raise


def _finite(value: Any) -> Any:
    """JSON knows no NaN; a number that is none is written as null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
