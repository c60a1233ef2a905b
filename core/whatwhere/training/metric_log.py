"""Following one `metrics.jsonl`, its tail and its curves; torch-free."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from whatwhere.training.metric_index import MetricIndex, OnProgress, numbers, parse_lines
from whatwhere.training.metric_lines import lines_from_end, parsed

_NOT_METRICS = frozenset({"time", "step"})
_LAST_VALUES_BYTES = 2**16
_READ_BYTES = 2**20


class Curve(NamedTuple):
    """One metric over the steps, P points in order; a point may stand for many lines.

    Attributes:
        steps: (P,) mean step of each point.
        lows: (P,) smallest value.
        highs: (P,) largest value.
        means: (P,) mean value.
    """

    steps: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    means: NDArray[np.float64]


class MetricLog:
    """A follower of one file, which may not be there yet.

    Attributes:
        generation: raised when lines were taken back (a run was resumed from a checkpoint): then
            `read_new` begins anew, and what was read before is to be forgotten.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.generation = 0
        self._offset = 0
        self._inode = 0
        self._index = MetricIndex(path)

    def read_new(self) -> list[dict[str, Any]]:
        """Whole lines since the last call, oldest first; about a megabyte of them at most."""
        try:
            with self.path.open("rb") as file:
                self._notice_cut(file.fileno())
                file.seek(self._offset)
                data = file.read(_READ_BYTES)
                while data and b"\n" not in data and (more := file.read(_READ_BYTES)):
                    data += more
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return parse_lines(whole.split(b"\n")[:-1])

    def skip(self) -> None:
        """Leave out what is there now: `read_new` gives what comes after."""
        try:
            with self.path.open("rb") as file:
                self._notice_cut(file.fileno())
            self._offset = next((end for end, _ in lines_from_end(self.path)), 0)
        except FileNotFoundError:
            return

    def tail(self, n: int) -> list[dict[str, Any]]:
        """The last `n` lines, oldest first, without reading those before."""
        found: list[dict[str, Any]] = []
        if n <= 0:
            return found
        try:
            for _, line in lines_from_end(self.path):
                if row := parsed(line):
                    found.append(row)
                if len(found) == n:
                    break
        except FileNotFoundError:
            pass
        return found[::-1]

    def curve(self, name: str, max_points: int, on_progress: OnProgress | None = None) -> Curve:
        """The whole curve of one metric; values that are not finite are left out.

        The first call reads the whole file, later ones what was added.

        Args:
            name: of the metric.
            max_points: if there are more, each point stands for several neighbours.
            on_progress: called with (bytes read, bytes in all); what it raises ends the reading.
        """
        try:
            self._index.update(on_progress)
            rest = self._rows(self._index.end, None)
        except FileNotFoundError:
            rest = []
        column = self._index.column(name)
        blocks = np.flatnonzero(column[:, 0])
        # Summaries will do where there are enough of them, or where each is of one value.
        if len(blocks) >= max_points or column[blocks, 0].sum() == len(blocks):
            points_P5 = column[blocks]
        else:
            points_P5 = self._exact(name, blocks)
        return _curve(np.concatenate([points_P5, _singles(rest, name)]), max_points)

    def _exact(self, name: str, blocks: NDArray[np.intp]) -> NDArray[np.float64]:
        ends_B = self._index.ends_B
        rows = []
        for block in blocks:
            start = int(ends_B[block - 1]) if block else 0
            rows.append(_singles(self._rows(start, int(ends_B[block])), name))
        return np.concatenate(rows)

    def _rows(self, start: int, end: int | None) -> list[dict[str, Any]]:
        with self.path.open("rb") as file:
            file.seek(start)
            data = file.read() if end is None else file.read(end - start)
        return parse_lines(data.split(b"\n")[:-1])

    def _notice_cut(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        is_other = self._inode not in (0, status.st_ino)
        if is_other or status.st_size < self._offset:
            self.generation += 1
            self._offset = 0
        self._inode = status.st_ino


def last_values(path: Path) -> dict[str, float | None]:
    """Latest value of each metric in the last 64 KiB; None where it was not finite."""
    values: dict[str, float | None] = {}
    try:
        size = path.stat().st_size
        for end, line in lines_from_end(path):
            if size - end > _LAST_VALUES_BYTES:
                break
            for name, value in parsed(line).items():
                if name not in _NOT_METRICS and (value is None or isinstance(value, int | float)):
                    values.setdefault(name, value)
    except OSError:
        return values
    return dict(sorted(values.items()))


def _singles(rows: list[dict[str, Any]], name: str) -> NDArray[np.float64]:
    """(P, five fields): each value a point of its own."""
    pairs = numbers(rows, ["step", name])
    steps, values = pairs[np.isfinite(pairs).all(1)].T
    return np.stack([np.ones_like(steps), steps, values, values, values], axis=1)


def _curve(points_P5: NDArray[np.float64], max_points: int) -> Curve:
    if len(points_P5) > max_points:
        first = np.arange(max_points) * len(points_P5) // max_points
        points_P5 = np.concatenate(
            [
                np.add.reduceat(points_P5[:, :3], first),
                np.minimum.reduceat(points_P5[:, 3:4], first),
                np.maximum.reduceat(points_P5[:, 4:], first),
            ],
            axis=1,
        )
    count, step_sum, value_sum, low, high = points_P5.T
    return Curve(step_sum / count, low, high, value_sum / count)
