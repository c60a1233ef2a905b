"""How long the window is deaf while a model trains beside it, and how soon a long run is drawn."""

import json
import math
import time
from functools import partial
from pathlib import Path

from whatwhere.bench.figures import Figure, Figures
from whatwhere.training import runs
from whatwhere.training.config import read_config
from whatwhere.training.run_files import LOG, METRICS
from whatwhere.training.run_folder import RunFolder, new_run_path
from whatwhere_app.bench.surroundings import bench_home, shown_explorer, until
from whatwhere_app.composition import Explorer
from whatwhere_app.train_panel import TrainPanel

_LINES = 1_000_000
_WATCHED_STEPS = 40
_TRAINED = {
    "name": "beside",
    "base": "default",
    "train_rooms": "24",
    "val_rooms": "2",
    "steps": "4000",
    "evaluate_every": "20",
    "checkpoint_every": "20",
}
"""Steps of the size that a preset takes, on few rooms: what is measured is the window."""


def run() -> Figures:
    """Train for a while and watch it, then look at a run of a million lines.

    Raises:
        NotSupportedError: there is no display.
        SceneError: the run did not get going.
    """
    with bench_home(), shown_explorer((1280, 800)) as (explorer, loop):
        explorer.workspace.set_arrangement("train")
        loop.run_until_complete(until(lambda: explorer.training.panel is not None))
        panel = explorer.training.panel
        assert panel is not None
        figures: Figures = loop.run_until_complete(_watch_run(explorer, panel))
        figures |= loop.run_until_complete(_look_at_long_run(panel))
        return figures


async def _watch_run(explorer: Explorer, panel: TrainPanel) -> Figures:
    panel.runs.start(read_config("w2r2-within-class", {**_TRAINED}))
    try:
        await until(lambda: _steps(panel) > 0)
        explorer.heartbeat.take_longest_stall_ms()
        first = _steps(panel)
        await until(lambda: _steps(panel) >= first + _WATCHED_STEPS)
        stall = explorer.heartbeat.take_longest_stall_ms()
    finally:
        for item in panel.desk.look.summaries:
            if item.is_living:
                runs.kill(item.path)
    await until(lambda: not any(item.is_living for item in panel.desk.look.summaries))
    return {
        f"longest stall while training, {_WATCHED_STEPS} steps and two probes": Figure(
            stall, "ms", 1, at_most=100
        )
    }


def _steps(panel: TrainPanel) -> int:
    run = panel.desk.run
    return run.step if run is not None and run.doing == "grounder" else 0


async def _look_at_long_run(panel: TrainPanel) -> Figures:
    path = new_run_path("long")
    _write_long_run(path)
    panel.watch.look_again()
    await until(lambda: panel.desk.look.summary_of(path) is not None)
    started_s = time.perf_counter()
    panel.desk.set_selected((path,))
    await until(partial(_has_row, panel, path))
    tail_s = time.perf_counter() - started_s
    await until(lambda: bool(panel.curves_view.plots["loss"].lines))
    curve_s = time.perf_counter() - started_s
    return {
        "a run of 1 M metric lines: its row and its log": Figure(tail_s, "s", 1, at_most=1),
        "a run of 1 M metric lines: its whole curves": Figure(curve_s, "s", 1, at_most=6),
    }


def _has_row(panel: TrainPanel, path: Path) -> bool:
    keys = [row.key for row in panel.runs_view.table.rows]
    return str(path) in keys and "the long run" in panel.run_view.log.toPlainText()


def _write_long_run(path: Path) -> None:
    """A finished run of so many lines, put into place at once."""
    building = path.parents[1] / "being-written"
    with RunFolder(building, read_config("plain", {"steps": str(_LINES)})) as folder:
        folder.beat(_LINES, _LINES, "grounder")
    with (building / METRICS).open("w") as metrics:
        for step in range(1, _LINES + 1):
            loss = 2 * math.exp(-step / 2e5) + 0.1 * math.sin(step)
            row = {"step": step, "time": step / 50, "stage": "grounder", "loss/total": loss}
            metrics.write(json.dumps({**row, "loss/ground": loss / 2, "lr": 1e-4}) + "\n")
    (building / LOG).write_text("the long run\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    building.rename(path)
