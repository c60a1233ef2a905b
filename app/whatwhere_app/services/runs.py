"""Looking at the runs of this machine, and comparing two checkpoints; everything in threads."""

import contextlib
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from whatwhere.evaluation.cases.store import FACTS, open_cases
from whatwhere.evaluation.over_steps import compared
from whatwhere.evaluation.probe_rows import Comparison, compare, read_probe_rows
from whatwhere.training.run_files import LOG, probe_cases_folder
from whatwhere.training.run_summary import RunSummary, find_runs
from whatwhere_app.runs_desk import CheckpointRef, RunsLook
from whatwhere_app.services.run_metrics import RunMetrics

LOG_LINES = 200
_LOG_BYTES = 2**16


class RunBook:
    """Looks at run folders; keeps what it has read of the metrics. One call at a time."""

    def __init__(self) -> None:
        self._metrics: dict[Path, RunMetrics] = {}

    def look(
        self, selected: Sequence[Path], names: Sequence[str], starting: Collection[Path] = ()
    ) -> RunsLook:
        """All runs now, with the curves of some.

        Args:
            selected: whose curves are read; the log is the first one's.
            names: of the metrics; without any the files, which may be vast, are not read.
            starting: folders whose process has been started and has not taken the lock yet.
        """
        summaries = tuple(_as_starting(item, starting) for item in find_runs())
        known = {summary.path for summary in summaries}
        for run in [run for run in self._metrics if run not in known]:
            del self._metrics[run]
        speeds: dict[Path, float] = {}
        for summary in summaries:
            if summary.is_living or summary.path in selected or len(speeds) == 0:
                seconds = self._of(summary.path).seconds_per_step()
                if seconds is not None:
                    speeds[summary.path] = seconds
        wanted = [run for run in selected if run in known] if names else []
        curves = {run: self._of(run).curves(names) for run in wanted}
        log = log_tail(selected[0]) if selected and selected[0] in known else ()
        return RunsLook(summaries, speeds, curves, log)

    def _of(self, run: Path) -> RunMetrics:
        if run not in self._metrics:
            self._metrics[run] = RunMetrics(run)
        return self._metrics[run]


def log_tail(run: Path) -> tuple[str, ...]:
    """The last lines of what a run has printed."""
    with contextlib.suppress(OSError), (run / LOG).open("rb") as log:
        size = log.seek(0, os.SEEK_END)
        log.seek(max(0, size - _LOG_BYTES))
        lines = log.read().decode("utf-8", errors="replace").splitlines()
        return tuple(lines[1:] if size > _LOG_BYTES else lines)[-LOG_LINES:]
    return ()


def probe_path(checkpoint: CheckpointRef) -> Path:
    """Where the cases of a checkpoint's look at the probe set lie."""
    return checkpoint.run / "probe" / f"step-{checkpoint.step:06d}.npz"


def compare_with_base(checkpoint: CheckpointRef) -> tuple[list[Comparison], int]:
    """A checkpoint beside what its run started from, and the number of scenes.

    Raises:
        BrokenFileError: one of the two looks is missing or broken.
    """
    folders = [probe_cases_folder(checkpoint.run, step) for step in (0, checkpoint.step)]
    if all((folder / FACTS).is_file() for folder in folders):
        start, end = map(open_cases, folders)
        return compared(start, end), len(start.columns.scene_ids)
    # A run of an older version, or one whose scans were gone.
    before = read_probe_rows(probe_path(replace(checkpoint, step=0)))
    after = read_probe_rows(probe_path(checkpoint))
    return compare(before, after), len(set(before.scenes.tolist()))


def _as_starting(summary: RunSummary, starting: Collection[Path]) -> RunSummary:
    """A process that still imports its libraries holds no lock, and has not crashed."""
    if summary.path in starting and not summary.is_living:
        return replace(summary, phase="starting", reason="", doing="starting")
    return summary
