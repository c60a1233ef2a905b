"""The table of runs, and the commands that steer them."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from whatwhere.training import runs
from whatwhere.training.config import TrainConfig
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.presenters.train_form import duration
from whatwhere_app.presenters.train_lines import short_name
from whatwhere_app.presenters.train_watch import TrainWatch
from whatwhere_app.runs_desk import RunsDesk
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.train_values import RunRow

_WORTH_RESUMING = frozenset({"stopped", "failed", "crashed"})
_FAULTS = frozenset({"failed", "crashed", "broken"})
_DOING = {
    "scenes": "making or reading scenes",
    "tower": "training the tower on pictures",
    "features": "looking at every scene once",
    "grounder": "training",
    "test": "measuring the result",
}
"""What a living run is doing, by the stage that its folder names."""

COMMANDS = ("pause", "resume", "stop", "kill")
"""What can be done to a run."""


class RunsView(Protocol):
    """The table of runs."""

    def show_runs(self, rows: Sequence[RunRow], selected: Sequence[str]) -> None:
        """Show all runs, and mark some."""


class LogView(Protocol):
    """The end of a run's log."""

    def show_log(self, lines: Sequence[str]) -> None:
        """Show these lines."""


class TrainRunsPresenter:
    """Shows every run of this machine, and pauses, resumes, stops and kills the selected one.

    Args:
        set_enabled: whether a command is of use now.
        new_folder: where a run of this name goes.
    """

    def __init__(
        self,
        view: RunsView,
        log_view: LogView,
        desk: RunsDesk,
        watch: TrainWatch,
        board: TaskBoard,
        asker: Asker,
        *,
        set_enabled: Callable[[str, bool], None],
        new_folder: Callable[[str], Path],
    ) -> None:
        self._view, self._log_view = view, log_view
        self._desk, self._watch, self._board, self._asker = desk, watch, board, asker
        self._set_enabled = set_enabled
        self._new_folder = new_folder
        desk.look_changed.connect(self._show)
        desk.selected_changed.connect(self._show)
        self._show()

    def on_selected(self, keys: Sequence[str]) -> None:
        """The user chose runs; the first is the one that commands go to."""
        self._desk.set_selected(tuple(map(Path, keys)))

    def start(self, config: TrainConfig) -> None:
        """Start a run and show it; it needs some seconds to import its libraries."""
        folder = self._new_folder(config.name)
        self._begin(folder, f"Starting {folder.name}", lambda: runs.start_run(config, path=folder))

    def pause(self) -> None:
        """Let the selected run write a checkpoint and wait."""
        self._ask(runs.pause)

    def resume(self) -> None:
        """Let the selected run go on, from where it waits or from its last checkpoint."""
        run = self._desk.run
        if run is None:
            return
        if run.is_living:
            self._ask(runs.resume_paused)
        else:
            self._begin(run.path, f"Resuming {run.name}", lambda: runs.resume_run(run.path))

    def stop(self) -> None:
        """Let the selected run write a checkpoint and end."""
        self._ask(runs.stop)

    def kill(self) -> None:
        """End the selected run at once, if the user means it."""
        run = self._desk.run
        if run is None or not run.is_living:
            return
        last = run.checkpoints[-1] if run.checkpoints else 0
        where = f"checkpoint at step {last}" if last else "start, as it has no checkpoint yet"
        text = f"Kill {run.name}? The {run.step - last} steps since its {where} are lost."
        if not last:
            text = f"Kill {run.name}? All its {run.step} steps are lost; it has no checkpoint yet."

        def then(answer: str) -> None:
            if answer == "kill":
                self._do(run.path, runs.kill)

        self._asker.ask(text, {"keep": "Keep it", "kill": "Kill"}, then)

    def _ask(self, wish: Callable[[Path], None]) -> None:
        if self._desk.run is not None:
            self._do(self._desk.run.path, wish)

    def _do(self, run: Path, wish: Callable[[Path], None]) -> None:
        async def work() -> None:
            try:
                await asyncio.to_thread(wish, run)
            finally:
                self._watch.look_again()

        self._board.spawn(work())

    def _begin(self, folder: Path, title: str, begin: Callable[[], Path]) -> None:
        async def work() -> None:
            self._watch.starting.add(folder)
            self._desk.set_selected((folder,))
            try:
                with self._board.job(title):
                    await asyncio.to_thread(begin)
            finally:
                self._watch.starting.discard(folder)
                self._watch.look_again()

        if folder not in self._watch.starting:
            self._board.spawn(work())

    def _show(self) -> None:
        look = self._desk.look
        is_starting = not self._watch.starting.isdisjoint(self._desk.selected)
        if self._desk.run is None and look.summaries and not is_starting:
            self._desk.set_selected((look.summaries[0].path,))
            return
        rows = [_row(item, look.seconds_per_step.get(item.path)) for item in look.summaries]
        self._view.show_runs(rows, [str(path) for path in self._desk.selected])
        self._log_view.show_log(look.log)
        self._enable()

    def _enable(self) -> None:
        run = self._desk.run
        phase = "" if run is None else run.phase
        is_starting = run is not None and run.path in self._watch.starting
        can = {
            "pause": phase == "running",
            "resume": phase in _WORTH_RESUMING | {"paused", "pausing"},
            "stop": phase in ("starting", "running", "pausing", "paused"),
            "kill": run is not None and run.is_living,
        }
        for name in COMMANDS:
            self._set_enabled(f"train.{name}", can[name] and not is_starting)


def _row(run: RunSummary, seconds_per_step: float | None) -> RunRow:
    left = max(0, run.steps - run.step)
    is_stepping = run.phase == "running" and run.doing == "grounder"
    eta = duration(seconds_per_step * left) if is_stepping and seconds_per_step else ""
    note = run.reason
    if not note and run.is_living and run.phase != "paused":
        note = _DOING.get(run.doing, run.doing)
    level: Literal["alive", "ended", "fault"] = "ended"
    if run.is_living:
        level = "alive"
    elif run.phase in _FAULTS:
        level = "fault"
    return RunRow(
        key=str(run.path),
        name=short_name(run.name),
        phase=run.phase,
        progress=f"{run.step} / {run.steps}" if run.steps else "",
        eta=eta,
        pid=str(run.pid) if run.is_living and run.pid else "",
        accuracy=percent(run.last.get("probe/accuracy/fused")),
        follow=percent(run.last.get("probe/follow_appearance/fused")),
        note=note,
        level=level,
    )


def percent(share: float | None) -> str:
    """A share of cases as the panel shows it; empty where it is unknown."""
    return "" if share is None else f"{100 * share:.1f} %"
