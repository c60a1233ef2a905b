"""The training panel, built when it is first called, and the question before leaving living runs.

Its plots need a library that takes longer to import than the window may take to appear.
"""

import asyncio
from collections.abc import Callable, Mapping
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

if TYPE_CHECKING:
    from whatwhere_app.train_panel import TrainPanel

_PANEL = "whatwhere_app.train_panel"
_WITH_MARGIN = "w2r2-within-class"
"""The preset whose margin is one within the class, as the scatter's line is."""
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
    "arrows",
    "over_training",
    "before_after",
    "log_scale",
)


class Training:
    """The arrangement "train" of the window.

    Args:
        load: opens a model folder beside the one in use; True lets it lead.
        copy: puts a text on the clipboard.
        go_through: shows a run step by step, from a step on; True with arrows from its start.
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
        go_through: Callable[[Path, int | None, bool], None],
        theme: Theme,
    ) -> None:
        self._window, self._workspace, self._board = window, workspace, board
        self._load_model, self._copy, self._theme = load, copy, theme
        self._go_through = go_through
        self.panel: TrainPanel | None = None
        self._wanted: Callable[[TrainPanel], None] | None = None
        self._on_built: list[Callable[[TrainPanel], None]] = []
        self.question = QuestionBar()
        window.add_above(self.question)
        self.asker = Asker(self.question)
        self.question.answered.connect(self.asker.on_answered)
        self.leaving = TrainLeaving(board, self.asker, find=find_runs)
        actions = window.actions_by_name
        for name in _COMMANDS:
            actions[f"train.{name}"].setEnabled(False)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        if self.panel is not None:
            self.panel.set_theme(theme)

    @property
    def is_built(self) -> bool:
        """Whether the panels are docked."""
        return self.panel is not None

    async def build(self) -> None:
        """Dock the panels."""
        module = await asyncio.to_thread(import_module, _PANEL)
        self.panel = await module.build_panel(
            self._window,
            self._board,
            self.asker,
            load=self._load,
            copy=self._copy,
            go_through=self._go_through,
            theme=lambda: self._theme,
        )
        for act in self._on_built:
            act(self.panel)

    def when_built(self, act: Callable[["TrainPanel"], None]) -> None:
        """Called with the panels, once, when they are there."""
        self._on_built.append(act)

    def start(self) -> None:
        """Look at the runs from now on."""
        if self.panel is not None:
            self.panel.watch.start()
            if self._wanted is not None:
                self._wanted(self.panel)
                self._wanted = None

    def stop(self) -> None:
        """Look at the runs no more."""
        if self.panel is not None:
            self.panel.watch.stop()

    def train_with(self, margin: float) -> None:
        """Put this margin of the Pseudo-Label hinge, in nats, into the form, and show it."""

        def fill(panel: "TrainPanel") -> None:
            panel.form.choose_preset(_WITH_MARGIN)
            panel.form.change("margin", f"{margin:g}")

        self._show_with(fill)

    def train_on(self, settings: Mapping[str, str]) -> None:
        """Put annotated failures and the model that made them into the form, and show it."""

        def fill(panel: "TrainPanel") -> None:
            for name, text in settings.items():
                panel.form.change(name, text)

        self._show_with(fill)

    def _show_with(self, fill: Callable[["TrainPanel"], None]) -> None:
        self._wanted = fill
        self._workspace.set_arrangement("train")

    def _load(self, model: Path, leads: bool) -> None:
        self._workspace.set_arrangement("explore")
        self._load_model(model, leads)
