"""The Diagnose layout, built when it is first called."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoStack

from whatwhere.evaluation.cases.store import StoredCases
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.diagnose_tools import DiagnoseTools
from whatwhere_app.services.diagnoses import sets_folder
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.workspace import Workspace

if TYPE_CHECKING:
    from whatwhere_app.diagnose_panel import DiagnosePanel

_PANEL = "whatwhere_app.diagnose_panel"
_COMMANDS = ("clear_filters", "pin_set", "use_margin", "shortcuts", "report", "latex")


class Diagnosing:
    """The arrangement "diagnose" of the window.

    Args:
        stack: takes what can be undone.
        tools: what the rest of the program does for it.
        theme: of the window now.
    """

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        board: TaskBoard,
        stack: QUndoStack,
        tools: DiagnoseTools,
        *,
        theme: Theme,
    ) -> None:
        self._window, self._workspace, self._board = window, workspace, board
        self._stack, self._tools, self._theme = stack, tools, theme
        self.panel: DiagnosePanel | None = None
        self._is_said_old = False
        actions = window.actions_by_name
        for name in _COMMANDS:
            actions[f"diagnose.{name}"].setEnabled(False)
        actions["diagnose.run"].triggered.connect(lambda *_: self._call_form())
        actions["diagnose.open_set"].triggered.connect(lambda *_: self._ask_for_set())
        actions["diagnose.open_folder"].triggered.connect(lambda *_: self._ask_for_diagnosis())
        actions["diagnose.over_training"].triggered.connect(lambda *_: self._call_run())
        self._wanted: Callable[[DiagnosePanel], None] | None = None
        self._on_built: list[Callable[[DiagnosePanel], None]] = []

    @property
    def is_built(self) -> bool:
        """Whether the panels are docked."""
        return self.panel is not None

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked for is not on the screen yet."""
        return self.panel is not None and self.panel.is_busy

    @property
    def is_shown(self) -> bool:
        """Whether the layout is the present one."""
        return self.panel is not None and self._workspace.arrangement == "diagnose"

    @property
    def chosen(self) -> tuple[StoredCases, tuple[int, ...]] | None:
        """The cases that the filters keep, in the order of the table; None without any."""
        if self.panel is None:
            return None
        first, sifted = self.panel.desk.first, self.panel.desk.sifted
        if first is None or sifted is None or sifted.of is not first:
            return None
        return first, tuple(sifted.order.tolist())

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        if self.panel is not None:
            self.panel.set_theme(theme)

    async def build(self) -> None:
        """Dock the panels."""
        module = await asyncio.to_thread(import_module, _PANEL)
        self.panel = await module.build_panel(
            self._window,
            self._workspace,
            self._board,
            self._stack,
            self._tools,
            theme=lambda: self._theme,
        )
        for act in self._on_built:
            act(self.panel)

    def when_built(self, act: Callable[["DiagnosePanel"], None]) -> None:
        """Called with the panels, once, when they are there."""
        self._on_built.append(act)

    def show_with(self, act: Callable[["DiagnosePanel"], None]) -> None:
        """Show the layout and do this as soon as it is there."""
        self._want(act)

    def start(self) -> None:
        """Look for diagnoses, and open the newest where none is open."""
        if self.panel is not None:
            self.panel.head.look(opens_newest=self._wanted is None)
            self.panel.training.look()
            if self._wanted is not None:
                self._wanted(self.panel)
                self._wanted = None
            if self._is_said_old:
                self.on_said()

    def stop(self) -> None:
        """What runs goes on; what is open stays."""
        if self.panel is not None:
            self.panel.training.rest()
            self.panel.scene.rest()

    def read_again(self) -> None:
        """The open diagnosis leaves other cases out of its figures now."""
        if self.panel is None or self.panel.desk.first is None:
            return
        if self.panel.desk.run is not None:
            self.panel.training.read_again()
        else:
            self.panel.head.open_first(self.panel.desk.first.facts.name)

    def on_said(self) -> None:
        """Annotations have changed: filters by them are answered anew, when they are in sight."""
        self._is_said_old = not self.is_shown
        if self.panel is not None and self.is_shown:
            self.panel.said.on_said()

    def go_through(self, run: Path, step: int | None, with_arrows: bool) -> None:
        """Show a training run step by step, from a step on, or at its end; or with arrows."""
        self._want(lambda panel: panel.training.open(run, step, with_arrows=with_arrows))

    def take_in(self, path: Path) -> None:
        """Open a set of cases, the folder of a diagnosis, or a file of answers."""
        self._want(lambda panel: panel.take_in(path))

    def step(self, by: int) -> bool:
        """To the next or previous case; False where the layout is not shown."""
        if self.panel is None or not self.is_shown:
            return False
        self.panel.table.step(by)
        return True

    def deselect(self) -> bool:
        """Point at no case; False where none is pointed at."""
        return self.panel is not None and self.is_shown and self.panel.deselect()

    def _call_run(self) -> None:
        """From another layout, the command brings this one, and then the newest run."""
        if not self.is_shown:
            self._wanted = lambda panel: panel.training.open_newest()
            self._workspace.set_arrangement("diagnose")

    def _want(self, wanted: Callable[["DiagnosePanel"], None]) -> None:
        """Do this as soon as the layout is there."""
        self._wanted = wanted
        if self.is_shown:
            self.start()
        else:
            self._workspace.set_arrangement("diagnose")

    def _ask_for_set(self) -> None:
        path = self._window.ask_for_case_set(sets_folder())
        if path is not None:
            self.take_in(path)

    def _ask_for_diagnosis(self) -> None:
        path = self._window.ask_for_folder("The folder of a diagnosis")
        if path is not None:
            self.take_in(path)

    def _call_form(self) -> None:
        """From another layout, the command brings this one."""
        if not self.is_shown:
            self._workspace.set_arrangement("diagnose")
