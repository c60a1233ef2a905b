"""The user's own copy of ScanNet's Python reader, run in a process of its own."""

import subprocess
import sys
from pathlib import Path

from whatwhere.errors import MissingFileError, NotSupportedError

# What the reader's own script does with all its switches on. The clock runs without the imports.
_DRIVER = """
import importlib.util, os, sys, time
import numpy
reader, recording, folder = sys.argv[1:]
# Its numpy.fromstring is gone from today's numpy; this is what it was, without the copy.
numpy.fromstring = lambda data, dtype: numpy.frombuffer(data, dtype)
spec = importlib.util.spec_from_file_location("official_reader", reader)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
started = time.perf_counter()
data = module.SensorData(recording)
data.export_depth_images(os.path.join(folder, "depth"))
data.export_color_images(os.path.join(folder, "color"))
data.export_poses(os.path.join(folder, "pose"))
data.export_intrinsics(os.path.join(folder, "intrinsic"))
print("seconds", time.perf_counter() - started)
"""
_LIMIT_S = 1800


def official_export_s(reader: Path, recording: Path, folder: Path, *, python: Path | None) -> float:
    """Seconds that the reader takes to export a whole recording.

    Args:
        reader: `SensorData.py`.
        recording: a `.sens` file.
        folder: to write to.
        python: the interpreter that has what the reader imports; None for this one.

    Raises:
        MissingFileError: there is no such reader.
        NotSupportedError: it does not run here.
    """
    if not reader.is_file():
        raise MissingFileError(
            reader,
            what="Reader",
            remedy="Name ScanNet's SensReader/python/SensorData.py",
        )
    paths = [str(path) for path in (reader, recording, folder)]
    command = [str(python or sys.executable), "-c", _DRIVER, *paths]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _does_not_run(reader, str(error)) from error
    words = done.stdout.split()
    if done.returncode or "seconds" not in words[-2:]:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise _does_not_run(reader, lines[-1].rstrip("."))
    return float(words[-1])


def _does_not_run(reader: Path, reason: str) -> NotSupportedError:
    return NotSupportedError(
        f"the official reader does not run ({reason})",
        remedy="Give a Python that has its imports (numpy, imageio, opencv) by --official-python",
        path=reader,
    )
