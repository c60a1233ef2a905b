"""Metrics as TensorBoard events, without its thread and without torch."""

import io
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class EventFile:
    """One events file in `folder`; made with the first metrics.

    Raises:
        OSError: from each method, when the file cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: io.FileIO | None = None

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append one value per metric."""
        from tensorboard.compat.proto.summary_pb2 import Summary  # type: ignore[import-untyped]

        values = [Summary.Value(tag=name, simple_value=value) for name, value in metrics.items()]
        self._write(step=step, summary=Summary(value=values))

    def restart(self, step: int) -> None:
        """Have TensorBoard forget what earlier files say of this step and later ones."""
        from tensorboard.compat.proto.event_pb2 import SessionLog  # type: ignore[import-untyped]

        self._write(step=step, session_log=SessionLog(status=SessionLog.START))

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()

    def _write(self, **event: Any) -> None:
        if self._file is None:
            self._folder.mkdir(exist_ok=True)
            name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
            self._file = (self._folder / name).open("ab", buffering=0)
            self._file.write(_record(file_version="brain.Event:2"))
        self._file.write(_record(**event))


def _record(**event: Any) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter  # type: ignore[import-untyped]

    buffer = io.BytesIO()
    RecordWriter(buffer).write(Event(wall_time=time.time(), **event).SerializeToString())
    return buffer.getvalue()
