"""Recordings: a random frame, opening per GB, and an export beside other readers."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.naive_sens import export_naively
from whatwhere.bench.official_sens import official_export_s
from whatwhere.bench.recordings import room_blobs, write_hollow_recording, write_recording
from whatwhere.scenes.frame_export import export_frames
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.sens import SensFile

_FRAMES = 48
_RANDOM = 120
_HOLLOW_BYTES = 2 * 10**9
_FRAME_BYTES = 350_000
"""Of a frame in ScanNet: JPEG and zlib together."""
_OPENINGS = 7
_EXPORTS = 3
_GOAL = 1 / 20


def run(*, official_reader: Path | None = None, official_python: Path | None = None) -> Figures:
    """Make recordings, and measure on them.

    Args:
        official_reader: the user's copy of ScanNet's `SensorData.py`, to run beside ours.
        official_python: the interpreter that has what it imports.

    Raises:
        MissingFileError: this installation has no demo rooms, or the reader is not there.
        NotSupportedError: the reader does not run.
    """
    with TemporaryDirectory(prefix="whatwhere-bench-") as folder:
        root = Path(folder)
        recording = root / "room.sens"
        write_recording(recording, room_blobs(_FRAMES))
        figures = _random_frames(recording) | _openings(root)
        ours_s, naive_s, official_s = [], [], []
        scene = open_scene(recording)
        for turn in range(_EXPORTS):
            ours_s.append(_seconds(export_frames, scene, root / f"ours{turn}"))
            naive_s.append(_seconds(export_naively, recording, root / f"naive{turn}"))
            if official_reader is not None:
                out = root / f"official{turn}"
                took_s = official_export_s(official_reader, recording, out, python=official_python)
                official_s.append(took_s)
    ours = Figure.median([value / _FRAMES * 1e3 for value in ours_s], "ms")
    figures["export, per frame"] = ours
    others = {"a naive reader's (stand-in)": naive_s, "the official reader's": official_s}
    for name, seconds in others.items():
        if seconds:
            other = Figure.median([value / _FRAMES * 1e3 for value in seconds], "ms")
            figures[f"{name} export, per frame"] = other
            goal = _GOAL if seconds is official_s else None
            figures[f"export / {name}"] = Figure.ratio(ours, other, at_most=goal)
    return figures


def _random_frames(recording: Path) -> Figures:
    """Colour and depth of one frame after another, in no order; nothing is kept between them."""
    file = SensFile(recording)
    order = np.random.default_rng(0).integers(0, len(file), _RANDOM)
    wall_ms, busy_ms = _timed([partial(_decode, file, int(index)) for index in order])
    return {
        "a random frame, colour and depth": Figure.median(wall_ms, "ms", at_most=10),
        "the same, processor time": Figure.median(busy_ms, "ms"),
    }


def _openings(root: Path) -> Figures:
    path = root / "hollow.sens"
    write_hollow_recording(path, num_bytes=_HOLLOW_BYTES, frame_bytes=_FRAME_BYTES)
    open_scene(path)  # warms the page cache
    wall_ms, busy_ms = _timed([partial(open_scene, path)] * _OPENINGS)
    path.unlink()
    gb = _HOLLOW_BYTES / 1e9
    wall = Figure.median([value / gb for value in wall_ms], "ms", at_most=50)
    busy = Figure.median([value / gb for value in busy_ms], "ms")
    return {"opening a scene, per GB of recording": wall, "the same, processor time per GB": busy}


def _decode(file: SensFile, index: int) -> None:
    file.color(index)
    file.depth(index)


def _timed(works: Sequence[Callable[[], object]]) -> tuple[list[float], list[float]]:
    """Milliseconds by the clock and of this process; they differ where others are busy, too."""
    wall_ms, busy_ms = [], []
    for work in works:
        started, began = time.perf_counter(), time.process_time()
        work()
        busy_ms.append((time.process_time() - began) * 1e3)
        wall_ms.append((time.perf_counter() - started) * 1e3)
    return wall_ms, busy_ms


def _seconds(work: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started
