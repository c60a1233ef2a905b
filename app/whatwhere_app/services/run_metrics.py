"""Curves of one run, kept in memory while they are few and from the summaries when they are many.

Used in a thread, by one caller at a time. Shapes: P points.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.training.metric_log import Curve, MetricLog
from whatwhere.training.run_files import METRICS

_MAX_POINTS = 400
"""More than a plot has columns would only take time to paint."""
_MIN_POINTS = 200
_KEPT_BYTES = 16 * 2**20
"""Up to this size a file's numbers are kept; beyond, the log's own summaries draw the curves."""
_BYTES_PER_SUMMARY = 256 * 450


class RunMetrics:
    """Follows the metrics of one run.

    Args:
        run: its folder.
    """

    def __init__(self, run: Path) -> None:
        self.path = run / METRICS
        self._log = MetricLog(self.path)
        self._generation = 0
        self._points: dict[str, tuple[list[float], list[float]]] = {}
        self._kept: tuple[tuple[int, int], dict[str, Curve]] | None = None

    def curves(self, names: Sequence[str]) -> dict[str, Curve]:
        """Those of the metrics that the run has."""
        try:
            status = self.path.stat()
        except OSError:
            return {}
        stamp = (status.st_size, status.st_mtime_ns)
        if self._kept is None or self._kept[0] != stamp:
            is_small = status.st_size <= _KEPT_BYTES
            self._kept = stamp, (self._from_memory() if is_small else {})
            if not is_small:
                self._points.clear()
                budget = min(_MAX_POINTS, max(_MIN_POINTS, status.st_size // _BYTES_PER_SUMMARY))
                for name in names:
                    curve = self._log.curve(name, budget)
                    if len(curve.steps):
                        self._kept[1][name] = curve
        return {name: curve for name, curve in self._kept[1].items() if name in names}

    def seconds_per_step(self) -> float | None:
        """Median over the last lines of the grounder's stage; None while there are too few."""
        rows = [row for row in self._log.tail(40) if row.get("stage") == "grounder"]
        pairs = [(row.get("time"), row.get("step")) for row in rows]
        known = [(t, s) for t, s in pairs if isinstance(t, int | float) and isinstance(s, int)]
        rates = [
            (later[0] - before[0]) / (later[1] - before[1])
            for before, later in pairwise(known)
            if later[1] > before[1] and later[0] > before[0]
        ]
        return float(np.median(rates)) if rates else None

    def _from_memory(self) -> dict[str, Curve]:
        while rows := self._log.read_new():
            self._begin_anew_after_a_cut()
            for row in rows:
                step = row.get("step")
                if not isinstance(step, int):
                    continue
                for name, value in row.items():
                    if isinstance(value, float | int) and name not in ("time", "step"):
                        steps, values = self._points.setdefault(name, ([], []))
                        steps.append(step)
                        values.append(value)
        self._begin_anew_after_a_cut()
        return {name: _thinned(*map(np.array, points)) for name, points in self._points.items()}

    def _begin_anew_after_a_cut(self) -> None:
        if self._log.generation != self._generation:
            self._generation = self._log.generation
            self._points.clear()


def _thinned(steps_P: NDArray[np.float64], values_P: NDArray[np.float64]) -> Curve:
    """At most `_MAX_POINTS` points, each the mean of its neighbours."""
    steps_P, values_P = steps_P.astype(np.float64), values_P.astype(np.float64)
    if len(steps_P) <= _MAX_POINTS:
        return Curve(steps_P, values_P, values_P, values_P)
    first = np.arange(_MAX_POINTS) * len(steps_P) // _MAX_POINTS
    counts = np.diff(np.append(first, len(steps_P)))
    return Curve(
        np.add.reduceat(steps_P, first) / counts,
        np.minimum.reduceat(values_P, first),
        np.maximum.reduceat(values_P, first),
        np.add.reduceat(values_P, first) / counts,
    )
