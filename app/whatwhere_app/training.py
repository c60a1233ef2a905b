"""The training panel, built when it is first called, and the question before leaving living runs.

Its plots need a library that takes longer to import than the window may take to appear.
"""

import asyncio
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from whatwhere.training.run_summary import find_runs
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.presenters.train_leaving import TrainLeaving
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.question_bar import QuestionBar
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Arrangement

if TYPE_CHECKING:
    from whatwhere_app.train_panel import TrainPanel

_PANEL = "whatwhere_app.train_panel"
_COMMANDS = (
    "start",
    "copy",
    "pause",
    "resume",
    "stop",
    "kill",
    "export",
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
                module = await asyncio.to_thread(import_module, _PANEL)
                self.panel = await module.build_panel(
                    self._window,
                    self._board,
                    self.asker,
                    load=self._load,
                    copy=self._copy,
                    theme=lambda: self._theme,
                )
        finally:
            self._is_building = False
        self._show()

    def _load(self, model: Path, leads: bool) -> None:
        self._workspace.set_arrangement("explore")
        self._load_model(model, leads)
