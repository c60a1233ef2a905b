"""From a run on annotated failures back to the cases: asked again by itself, shown side by side."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from whatwhere.serving.closing_loop import Loop
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.diagnosing import Diagnosing
from whatwhere_app.loops_desk import LoopsDesk
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.case_loop import CaseLoopPresenter, LoopTools
from whatwhere_app.presenters.loop_closing import LoopClosing
from whatwhere_app.presenters.train_lines import short_name
from whatwhere_app.services import closing_loops
from whatwhere_app.services.diagnoses import DIAGNOSE_ENTRY
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.training import Training
from whatwhere_app.views.case_loop import CaseLoop
from whatwhere_app.workspace import Workspace

if TYPE_CHECKING:
    from whatwhere_app.diagnose_panel import DiagnosePanel
    from whatwhere_app.train_panel import TrainPanel

TAB = "Before / after"


class Closing:
    """The tab of Diagnose that compares before and after, and what fills it.

    Args:
        show_page: opens a page in the browser.
        theme: of the window now.
        entry: of the process that asks again; tests name their own.
    """

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        board: TaskBoard,
        training: Training,
        diagnosing: Diagnosing,
        *,
        show_page: Callable[[Path], None],
        theme: Theme,
        entry: str = DIAGNOSE_ENTRY,
    ) -> None:
        self._workspace, self._board = workspace, board
        self._training, self._diagnosing = training, diagnosing
        self._show_page = show_page
        self._actions = window.actions_by_name
        self.desk = LoopsDesk()
        self.view = CaseLoop(self._actions["diagnose.loop_report"])
        self.view.set_theme(theme)
        self.presenter: CaseLoopPresenter | None = None
        self.closing = LoopClosing(
            self.desk,
            board,
            look=closing_loops.look,
            ask=closing_loops.AskingAgain(entry=entry).ask,
            train=closing_loops.train,
            is_busy=self._is_diagnosing,
            closed=self._on_closed,
        )
        self._actions["diagnose.loop_report"].setEnabled(False)
        self._actions["diagnose.before_after"].triggered.connect(lambda *_: self._call())
        self._actions["train.before_after"].triggered.connect(lambda *_: self._call_selected())
        self.desk.loops_changed.connect(self._enable)
        diagnosing.when_built(self._join)
        training.when_built(self._follow)
        workspace.arrangement_changed.connect(self._on_arranged)

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked for is not on the screen yet."""
        return self.presenter is not None and self.presenter.is_busy

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.view.set_theme(theme)

    def _join(self, panel: "DiagnosePanel") -> None:
        """One more tab of Diagnose."""
        panel.views.tabs.add(TAB, self.view)
        presenter = CaseLoopPresenter(
            self.view,
            panel.desk,
            self.desk,
            self._board,
            LoopTools(
                closing_loops.report_of_pair,
                closing_loops.open_pair,
                closing_loops.write_page,
                self._show_page,
            ),
            toggle_rows=panel.filters.toggle_rows,
            go_on=self.closing.go_on,
            set_can_report=self._actions["diagnose.loop_report"].setEnabled,
        )
        self.presenter = presenter
        self.view.acted.connect(presenter.act)
        self.view.cancel_wanted.connect(self.closing.cancel)
        self.view.line_chosen.connect(presenter.choose)
        self.view.fate_chosen.connect(presenter.keep)
        self._actions["diagnose.loop_report"].triggered.connect(lambda *_: presenter.write())

    def _follow(self, panel: "TrainPanel") -> None:
        """Runs that are started while Train is shown."""

        def on_look() -> None:
            if any(
                run.is_living and run.config is not None and run.config.hard_set
                for run in panel.desk.look.summaries
            ):
                self.closing.watch()

        panel.desk.look_changed.connect(on_look)
        panel.desk.look_changed.connect(self._enable)
        panel.desk.selected_changed.connect(self._enable)
        self._enable()

    @property
    def _selected(self) -> Loop | None:
        """The loop that the run selected in Train belongs to, on tagged or on random cases."""
        panel = self._training.panel
        run = None if panel is None else panel.desk.run
        if run is None:
            return None
        return next((loop for loop in self.desk.loops if _is_of(run, loop)), None)

    def _enable(self) -> None:
        self._actions["train.before_after"].setEnabled(self._selected is not None)

    def _on_arranged(self) -> None:
        if self._workspace.arrangement in ("diagnose", "train"):
            self.closing.watch()

    def _is_diagnosing(self) -> bool:
        panel = self._diagnosing.panel
        return panel is not None and panel.run.is_busy

    def _on_closed(self, loop: Loop) -> None:
        if self._diagnosing.is_shown and self.presenter is not None:
            self._show(loop)
        else:
            self._board.notice(
                f"{short_name(loop.run.name)} was asked the same cases again. Train → Before "
                "and after the run shows what was cured and broken.",
                level="info",
            )

    def _call(self) -> None:
        loop = next((item for item in self.desk.loops if item.after is not None), None)
        self._show(loop)

    def _call_selected(self) -> None:
        if self._selected is not None:
            self._show(self._selected)

    def _show(self, loop: Loop | None) -> None:
        def act(panel: "DiagnosePanel") -> None:
            panel.views.tabs.open(TAB)
            if loop is None or self.presenter is None:
                return
            if loop.after is not None:
                # Failures are often still filtered: none of what was broken is among them.
                panel.filters.clear()
                self.presenter.open(loop)
            else:
                # Nothing to compare yet: alone, the diagnosis before is told of what comes next.
                panel.head.open_second("")
                panel.head.open_first(loop.before.folder.name)

        self._diagnosing.show_with(act)


def _is_of(run: RunSummary, loop: Loop) -> bool:
    """Whether it learned from the tagged or from the random cases of the loop."""
    random = loop.random_run
    return run.path == loop.run.path or (random is not None and run.path == random.path)
