"""The training panel, built when it is first called, and the question before leaving living runs.

Its plots need a library that takes longer to import than the window may take to appear.
"""

import asyncio
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from whatwhere.training.preflight import preflight
from whatwhere.training.run_folder import new_run_path
from whatwhere.training.run_summary import find_runs
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.presenters.train_checkpoints import TrainCheckpointsPresenter
from whatwhere_app.presenters.train_curves import METRICS, SMOOTHINGS, TrainCurvesPresenter
from whatwhere_app.presenters.train_form import TrainFormPresenter
from whatwhere_app.presenters.train_leaving import TrainLeaving
from whatwhere_app.presenters.train_runs import TrainRunsPresenter
from whatwhere_app.presenters.train_watch import TrainWatch
from whatwhere_app.runs_desk import RunsDesk
from whatwhere_app.services.runs import RunBook, compare_with_base
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.question_bar import QuestionBar
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Arrangement

_COMMANDS = (
    "start",
    "copy",
    "pause",
    "resume",
    "stop",
    "kill",
    "load_beside",
    "load_as_lead",
    "compare",
    "log_scale",
)


class Training:
    """The arrangement "train" of the window.

    Args:
        load: opens a model folder beside the one in use; True lets it lead.
        copy: puts a text on the clipboard.
        theme: of the window now.
    """

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        board: TaskBoard,
        *,
        load: Callable[[Path, bool], None],
        copy: Callable[[str], None],
        theme: Theme,
    ) -> None:
        self._window, self._workspace, self._board = window, workspace, board
        self._load_model, self._copy, self._theme = load, copy, theme
        self.panel: TrainPanel | None = None
        self._is_building = False
        self.question = QuestionBar()
        window.add_above(self.question)
        self.asker = Asker(self.question)
        self.question.answered.connect(self.asker.on_answered)
        self.leaving = TrainLeaving(board, self.asker, find=find_runs)
        actions = window.actions_by_name
        for name in _COMMANDS:
            actions[f"train.{name}"].setEnabled(False)
        switches: tuple[Arrangement, ...] = ("explore", "train")
        for switch in switches:
            action = actions[f"layout.{switch}"]
            action.triggered.connect(lambda *_, which=switch: self._choose(which))
        workspace.arrangement_changed.connect(self._show)
        self._mark()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        if self.panel is not None:
            self.panel.set_theme(theme)

    def _choose(self, arrangement: Arrangement) -> None:
        self._workspace.set_arrangement(arrangement)
        self._mark()  # also where nothing changed: Qt has toggled the switch

    def _mark(self) -> None:
        for name in ("explore", "train"):
            is_on = self._workspace.arrangement == name
            self._window.actions_by_name.set_checked(f"layout.{name}", is_on)

    def _show(self) -> None:
        self._mark()
        arrangement = self._workspace.arrangement
        if arrangement == "explore":
            self._window.show_arrangement(arrangement)
            if self.panel is not None:
                self.panel.watch.stop()
        elif self.panel is not None:
            self._window.show_arrangement(arrangement)
            self.panel.watch.start()
        elif not self._is_building:
            self._is_building = True
            self._board.spawn(self._build())

    async def _build(self) -> None:
        try:
            with self._board.job("Preparing the training panel"):
                await asyncio.to_thread(import_module, "pyqtgraph")
            self.panel = TrainPanel(
                self._window,
                self._board,
                self.asker,
                load=self._load,
                copy=self._copy,
                theme=self._theme,
            )
        finally:
            self._is_building = False
        self._show()

    def _load(self, model: Path, leads: bool) -> None:
        self._workspace.set_arrangement("explore")
        self._load_model(model, leads)


class TrainPanel:
    """Views and presenters of the training panel."""

    def __init__(
        self,
        window: MainWindow,
        board: TaskBoard,
        asker: Asker,
        *,
        load: Callable[[Path, bool], None],
        copy: Callable[[str], None],
        theme: Theme,
    ) -> None:
        from whatwhere_app.views.train_curves import TrainCurves
        from whatwhere_app.views.train_form import TrainForm
        from whatwhere_app.views.train_run import TrainRun
        from whatwhere_app.views.train_runs import TrainRuns

        actions = window.actions_by_name
        self._window = window
        self.desk = RunsDesk()
        self.form_view = TrainForm(actions["train.start"], actions["train.copy"])
        self.runs_view = TrainRuns(
            {
                "Pause": actions["train.pause"],
                "Resume": actions["train.resume"],
                "Stop and save": actions["train.stop"],
                "Kill…": actions["train.kill"],
            }
        )
        self.run_view = TrainRun(
            {
                "Load beside": actions["train.load_beside"],
                "Load as lead": actions["train.load_as_lead"],
                "Compare with start": actions["train.compare"],
            }
        )
        self.curves_view = TrainCurves(SMOOTHINGS, actions["train.log_scale"])
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
            set_enabled=self._set_enabled,
        )
        for name in ("copy", "log_scale"):
            self._set_enabled(f"train.{name}", True)
        self._connect()
        window.add_arrangement(
            "train",
            left=("Training run", self.form_view),
            right=("Curves", self.curves_view),
            bottom=(("Runs", self.runs_view), ("Selected run", self.run_view)),
        )
        self.set_theme(theme)

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
            "load_beside": self.checkpoints.load_beside,
            "load_as_lead": self.checkpoints.load_as_lead,
            "compare": self.checkpoints.compare_with_base,
        }
        for name, command in commands.items():
            action = self._window.actions_by_name[f"train.{name}"]
            action.triggered.connect(lambda *_, call=command: call())

    def _set_enabled(self, name: str, is_enabled: bool) -> None:
        self._window.actions_by_name[name].setEnabled(is_enabled)

    def _ask_for_folder(self, name: str) -> None:
        title = "A model folder to start from" if name == "base" else "A data set folder"
        chosen = self._window.ask_for_folder(title)
        if chosen is not None:
            self.form.change(name, str(chosen))
