"""The training panel: its views, built a piece at a time, and what stands behind them.

This module imports a plotting library, which takes longer than the window may take to appear.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from whatwhere.training.export import export_run
from whatwhere.training.preflight import preflight
from whatwhere.training.run_folder import new_run_path
from whatwhere_app.actions import Actions
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.presenters.train_checkpoints import TrainCheckpointsPresenter
from whatwhere_app.presenters.train_curves import METRICS, SMOOTHINGS, TrainCurvesPresenter
from whatwhere_app.presenters.train_export import TrainExportPresenter
from whatwhere_app.presenters.train_form import TrainFormPresenter
from whatwhere_app.presenters.train_runs import TrainRunsPresenter
from whatwhere_app.presenters.train_watch import TrainWatch
from whatwhere_app.runs_desk import RunsDesk
from whatwhere_app.services.runs import RunBook, compare_with_base
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.train_curves import PLOTS, Plot, TrainCurves
from whatwhere_app.views.train_form import TrainForm
from whatwhere_app.views.train_plot import TrainPlot
from whatwhere_app.views.train_run import TrainRun
from whatwhere_app.views.train_runs import TrainRuns

_FOLDERS = {
    "base": "A model folder to start from",
    "data": "A data set folder",
    "hard_set": "A hard set: a folder that “Train on these” made",
}


@dataclass(frozen=True, slots=True)
class TrainViews:
    """What the panel shows."""

    form: TrainForm
    runs: TrainRuns
    run: TrainRun
    curves: TrainCurves


async def build_panel(
    window: MainWindow,
    board: TaskBoard,
    asker: Asker,
    *,
    load: Callable[[Path, bool], None],
    copy: Callable[[str], None],
    go_through: Callable[[Path, int | None, bool], None],
    theme: Callable[[], Theme],
) -> "TrainPanel":
    """The panel, docked; between any two of its pieces the window draws and hears."""
    views = await _built(window.actions_by_name)
    panel = TrainPanel(
        window,
        board,
        asker,
        views,
        load=load,
        copy=copy,
        go_through=go_through,
        theme=theme(),
    )
    await _turn()
    panel.dock()
    await _turn()
    panel.set_theme(theme())
    await _turn()
    return panel


async def _built(actions: Actions) -> TrainViews:
    form = TrainForm(actions["train.start"], actions["train.copy"])
    runs = TrainRuns(
        {
            "Pause": actions["train.pause"],
            "Resume": actions["train.resume"],
            "Stop and save": actions["train.stop"],
            "Kill…": actions["train.kill"],
            "Export…": actions["train.export"],
        },
        occasional={"Before / after": actions["train.before_after"]},
    )
    await _turn()
    run = TrainRun(
        {
            "Load beside": actions["train.load_beside"],
            "Load as lead": actions["train.load_as_lead"],
            "Compare with start": actions["train.compare"],
            "Over training": actions["train.over_training"],
        },
        actions["train.arrows"],
    )
    plots: dict[Plot, TrainPlot] = {}
    for name, make in PLOTS.items():
        await _turn()
        plots[name] = make()
    await _turn()
    curves = TrainCurves(plots, SMOOTHINGS, actions["train.log_scale"])
    return TrainViews(form, runs, run, curves)


async def _turn() -> None:
    """Whatever else the window has to do."""
    await asyncio.sleep(0)


class TrainPanel:
    """Views and presenters of the training panel, still without a place in the window."""

    def __init__(
        self,
        window: MainWindow,
        board: TaskBoard,
        asker: Asker,
        views: TrainViews,
        *,
        load: Callable[[Path, bool], None],
        copy: Callable[[str], None],
        go_through: Callable[[Path, int | None, bool], None],
        theme: Theme,
    ) -> None:
        self._window = window
        self.desk = RunsDesk()
        self.form_view, self.runs_view = views.form, views.runs
        self.run_view, self.curves_view = views.run, views.curves
        self.watch = TrainWatch(self.desk, board, look=RunBook().look, names=METRICS)
        self.runs = TrainRunsPresenter(
            self.runs_view,
            self.run_view,
            self.desk,
            self.watch,
            board,
            asker,
            set_enabled=self._set_enabled,
            new_folder=new_run_path,
        )
        self.form = TrainFormPresenter(
            self.form_view,
            self.desk,
            board,
            look=lambda config: preflight(config, new_run_path(config.name)),
            start=self.runs.start,
            set_can_start=lambda can: self._set_enabled("train.start", can),
            copy=copy,
            parent=window,
        )
        self.curves = TrainCurvesPresenter(self.curves_view, self.desk, theme=theme)
        self.checkpoints = TrainCheckpointsPresenter(
            self.run_view,
            self.desk,
            board,
            compare=compare_with_base,
            load=load,
            go_through=go_through,
            set_enabled=self._set_enabled,
        )
        self.export = TrainExportPresenter(
            self.desk,
            board,
            asker,
            ask_where=window.ask_for_archive,
            export=export_run,
            set_enabled=self._set_enabled,
        )
        for name in ("copy", "log_scale"):
            self._set_enabled(f"train.{name}", True)
        self._connect()

    def dock(self) -> None:
        """Put the views into the window, hidden until their arrangement is shown."""
        self._window.add_arrangement(
            "train",
            left=("Training run", self.form_view),
            right=("Curves", self.curves_view),
            bottom=(("Runs", self.runs_view), ("Selected run", self.run_view)),
        )

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.runs_view.set_theme(theme)
        self.curves_view.set_theme(theme)
        self.curves.set_theme(theme)

    def _connect(self) -> None:
        form, run, curves = self.form_view, self.run_view, self.curves_view
        form.preset_chosen.connect(self.form.choose_preset)
        form.edited.connect(self.form.change)
        form.reset_wanted.connect(self.form.reset)
        form.folder_wanted.connect(self._ask_for_folder)
        self.runs_view.chosen.connect(self.runs.on_selected)
        run.checkpoint_chosen.connect(self.checkpoints.choose)
        curves.smoothed.connect(self.curves.smooth)
        curves.part_chosen.connect(self.curves.show_part)
        curves.point_clicked.connect(self.curves.on_point_clicked)
        commands: dict[str, Callable[[], None]] = {
            "start": self.form.start,
            "copy": self.form.copy_as_command,
            "pause": self.runs.pause,
            "resume": self.runs.resume,
            "stop": self.runs.stop,
            "kill": self.runs.kill,
            "export": self.export.export,
            "load_beside": self.checkpoints.load_beside,
            "load_as_lead": self.checkpoints.load_as_lead,
            "compare": self.checkpoints.compare_with_base,
            "arrows": self.checkpoints.show_arrows,
            "over_training": self.checkpoints.show_over_training,
        }
        for name, command in commands.items():
            action = self._window.actions_by_name[f"train.{name}"]
            action.triggered.connect(lambda *_, call=command: call())

    def _set_enabled(self, name: str, is_enabled: bool) -> None:
        self._window.actions_by_name[name].setEnabled(is_enabled)

    def _ask_for_folder(self, name: str) -> None:
        chosen = self._window.ask_for_folder(_FOLDERS[name])
        if chosen is not None:
            self.form.change(name, str(chosen))
