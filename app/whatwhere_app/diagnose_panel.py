"""The Diagnose layout: its views, built a piece at a time, and what stands behind them.

This module imports a plotting library, which takes longer than the window may take to appear.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QUndoStack

from whatwhere.evaluation.kept_shortcuts import kept_shortcuts
from whatwhere.evaluation.over_steps import step_figures
from whatwhere.evaluation.reporting.latex import as_latex
from whatwhere_app.actions import Actions
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.case_bars import CaseBarsPresenter
from whatwhere_app.presenters.case_filters import SWITCHES, CaseFiltersPresenter
from whatwhere_app.presenters.case_head import CaseHeadPresenter
from whatwhere_app.presenters.case_map import CaseMapPresenter
from whatwhere_app.presenters.case_report import CaseReportPresenter, ReportTools
from whatwhere_app.presenters.case_scatter import CaseScatterPresenter
from whatwhere_app.presenters.case_scene import CaseScenePresenter
from whatwhere_app.presenters.case_sets import CaseSetsPresenter
from whatwhere_app.presenters.case_shortcuts import CaseShortcutsPresenter
from whatwhere_app.presenters.case_table import CaseTablePresenter
from whatwhere_app.presenters.diagnose_run import DiagnoseRunPresenter
from whatwhere_app.presenters.diagnose_tools import DiagnoseTools
from whatwhere_app.presenters.over_training import OverTrainingPresenter, OverTrainingTools
from whatwhere_app.presenters.said_filters import SaidFiltersPresenter
from whatwhere_app.presenters.train_lines import MODALITY_NAMES
from whatwhere_app.services import diagnoses, run_looks
from whatwhere_app.services.case_maps import CaseMaps, find_map
from whatwhere_app.services.case_report import difference, headline, report_of, write_page
from whatwhere_app.services.case_shortcuts import CaseShortcuts as ShortcutFinder
from whatwhere_app.services.diagnose_memory import DiagnoseMemory
from whatwhere_app.services.said_rows import count_said, look_up_said
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.case_bars import CaseBars
from whatwhere_app.views.case_map import CaseMap
from whatwhere_app.views.case_scatter import CaseScatter
from whatwhere_app.views.case_shortcuts import CaseShortcuts
from whatwhere_app.views.case_table import CaseTable
from whatwhere_app.views.case_tabs import CaseTabs
from whatwhere_app.views.diagnose_form import DiagnoseForm
from whatwhere_app.views.diagnose_head import DiagnoseHead
from whatwhere_app.views.diagnose_side import DiagnoseSide
from whatwhere_app.views.figure_list import FigureList
from whatwhere_app.views.filter_chips import FilterChips
from whatwhere_app.views.over_training import OverTraining
from whatwhere_app.workspace import Workspace

_SHORTCUTS = "Shortcuts"


@dataclass(frozen=True, slots=True)
class DiagnoseViews:
    """What the layout shows."""

    side: DiagnoseSide
    table: CaseTable
    tabs: CaseTabs
    scatter: CaseScatter
    map: CaseMap
    shortcuts: CaseShortcuts
    figures: FigureList
    training: OverTraining


async def build_panel(
    window: MainWindow,
    workspace: Workspace,
    board: TaskBoard,
    stack: QUndoStack,
    tools: DiagnoseTools,
    *,
    theme: Callable[[], Theme],
) -> "DiagnosePanel":
    """The panel, docked; between any two of its pieces the window draws and hears."""
    views = await _built(window.actions_by_name)
    panel = DiagnosePanel(window, workspace, board, stack, views, tools, theme=theme())
    await _turn()
    panel.dock()
    await _turn()
    panel.set_theme(theme())
    await _turn()
    return panel


async def _built(actions: Actions) -> DiagnoseViews:
    head = DiagnoseHead(actions["diagnose.run"])
    form = DiagnoseForm(dict(MODALITY_NAMES))
    await _turn()
    side = DiagnoseSide(head, form, FilterChips(SWITCHES), CaseBars())
    await _turn()
    scatter = CaseScatter(actions["diagnose.use_margin"])
    await _turn()
    state_map = CaseMap()
    await _turn()
    shortcuts = CaseShortcuts()
    await _turn()
    figures = FigureList(
        {"Report as HTML": actions["diagnose.report"], "Copy as LaTeX": actions["diagnose.latex"]}
    )
    tabs = CaseTabs()
    tabs.add("Scatter", scatter)
    tabs.add("Map", state_map)
    tabs.add(_SHORTCUTS, shortcuts)
    tabs.add("Report", figures)
    await _turn()
    training = OverTraining()
    tabs.add_below(training)
    await _turn()
    return DiagnoseViews(side, CaseTable(), tabs, scatter, state_map, shortcuts, figures, training)


async def _turn() -> None:
    """Whatever else the window has to do."""
    await asyncio.sleep(0)


class DiagnosePanel:
    """Views and presenters of the layout, still without a place in the window."""

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        board: TaskBoard,
        stack: QUndoStack,
        views: DiagnoseViews,
        tools: DiagnoseTools,
        *,
        theme: Theme,
        entry: str = diagnoses.DIAGNOSE_ENTRY,
    ) -> None:
        self._window, self._tools = window, tools
        self.views = views
        self.desk = CasesDesk()
        self.filters = CaseFiltersPresenter(views.side.chips, self.desk, stack, board)
        self.said = SaidFiltersPresenter(
            views.side.chips.said,
            self.desk,
            board,
            change_to=self.filters.change_to,
            count=count_said,
            look_up=look_up_said,
        )
        self.bars = CaseBarsPresenter(
            views.side.bars, self.desk, board, toggle=self.filters.toggle_part, theme=theme
        )
        self.table = CaseTablePresenter(views.table, self.desk)
        self.scatter = CaseScatterPresenter(
            views.scatter,
            self.desk,
            set_can_use_margin=lambda can: self._set_enabled("use_margin", can),
        )
        self.map = CaseMapPresenter(
            views.map,
            self.desk,
            board,
            make=CaseMaps().make,
            find=find_map,
            keep_rows=self.filters.keep_rows,
        )
        self.shortcuts = CaseShortcutsPresenter(
            views.shortcuts,
            self.desk,
            board,
            find=ShortcutFinder().find,
            read=kept_shortcuts,
            toggle_rows=self.filters.toggle_rows,
            set_can_find=lambda can: self._set_enabled("shortcuts", can),
            theme=theme,
        )
        self.scene = CaseScenePresenter(
            views.tabs,
            self.desk,
            workspace,
            board,
            find_scan=diagnoses.find_scan,
            open_scene=tools.open_scene,
            stop_asking=tools.stop_asking,
        )
        self.head = CaseHeadPresenter(
            views.side.head,
            self.desk,
            board,
            find=diagnoses.list_diagnoses,
            read=diagnoses.open_diagnosis,
            headline=headline,
            difference=difference,
        )
        self.training = OverTrainingPresenter(
            views.training,
            self.desk,
            board,
            tools=OverTrainingTools(
                run_looks.runs_with_looks,
                run_looks.read_looks,
                lambda look, threshold: step_figures(look, iou_threshold=threshold),
                run_looks.lowest,
                run_looks.last_step,
            ),
            theme=theme,
        )
        self.report = CaseReportPresenter(
            views.figures,
            self.desk,
            board,
            tools=ReportTools(report_of, write_page, as_latex),
            copy=tools.copy,
            show_page=tools.show_page,
            set_can_report=self._set_can_report,
        )
        self.sets = CaseSetsPresenter(
            self.desk,
            board,
            ask_where=window.ask_where_to_save,
            keep=self.filters.keep_set,
            find=diagnoses.list_diagnoses,
            open_first=self.head.open_first,
            set_can_pin=lambda can: self._set_enabled("pin_set", can),
            folder=diagnoses.sets_folder(),
        )
        self.run = DiagnoseRunPresenter(
            views.side.form,
            board,
            run=diagnoses.Diagnosing(entry=entry).run,
            remembered=DiagnoseMemory(),
            opened=self.head.open_fresh,
        )
        for name in ("run", "over_training"):
            self._set_enabled(name, True)
        self._connect()

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked for is not on the screen yet."""
        choosing = (self.filters, self.said, self.bars, self.map)
        parts = (*choosing, self.scene, self.head, self.report, self.run, self.training)
        others = (self.shortcuts, self.sets)
        return any(part.is_busy for part in others) or any(part.is_busy for part in parts)

    def dock(self) -> None:
        """Put the views into the window, hidden until their arrangement is shown."""
        self._window.add_arrangement(
            "diagnose",
            left=("Diagnosis", self.views.side),
            right=("Views", self.views.tabs),
            bottom=(("Cases", self.views.table),),
        )

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        views = self.views
        for view in (views.side, views.scatter, views.map, views.figures, views.training):
            view.set_theme(theme)
        self.training.set_theme(theme)
        self.views.shortcuts.set_theme(theme)
        self.bars.set_theme(theme)
        self.shortcuts.set_theme(theme)

    def take_in(self, path: Path) -> None:
        """Open a set of cases, the folder of a diagnosis, or a file of answers."""
        if path.is_dir():
            self.head.open_folder(path)
        elif path.name.endswith(".jsonl"):
            self.run.propose(path)
            self.views.side.form.show()
        else:
            self.sets.open(path)

    def deselect(self) -> bool:
        """Point at no case; False where none was pointed at."""
        had_one = self.desk.case is not None
        self.desk.set_case(None)
        return had_one

    def _connect(self) -> None:
        side, table, scatter = self.views.side, self.views.table, self.views.scatter
        side.head.first_chosen.connect(self.head.open_first)
        side.head.second_chosen.connect(self.head.open_second)
        side.head.run_chosen.connect(lambda run: self.training.open(Path(run)))
        steps = self.views.training
        steps.place_chosen.connect(self.training.go_to)
        steps.step_clicked.connect(self.training.choose_step)
        steps.play_wanted.connect(lambda is_on: self.training.play(is_on=is_on))
        steps.arrows_wanted.connect(lambda is_on: self.training.set_arrows(is_on=is_on))
        steps.closed.connect(self.training.close)
        side.chips.removed.connect(self.filters.remove)
        side.chips.cleared.connect(self.filters.clear)
        side.chips.switched.connect(self.filters.switch)
        side.chips.text_entered.connect(self.filters.add_text)
        side.chips.said.chosen.connect(self.said.toggle)
        side.bars.rows.chosen.connect(self.bars.on_chosen)
        side.bars.axis_chosen.connect(self.bars.choose_axis)
        side.form.submitted.connect(self.run.start)
        side.form.cancel_wanted.connect(self.run.cancel)
        side.form.folder_wanted.connect(self._ask_for_folder)
        table.case_clicked.connect(self.desk.set_case)
        table.case_hovered.connect(self.scatter.on_hovered)
        table.sort_chosen.connect(self.table.on_sort_chosen)
        scatter.outlined.connect(self.filters.keep_outlined)
        scatter.case_clicked.connect(self.scatter.on_clicked)
        scatter.case_hovered.connect(self.scatter.on_hovered)
        scatter.axes_chosen.connect(self.scatter.choose_axes)
        scatter.threshold_chosen.connect(self.scatter.choose_threshold)
        scatter.quadrant_chosen.connect(self.filters.toggle_quadrant)
        scatter.margin_dragged.connect(self.scatter.drag_margin)
        state_map = self.views.map
        state_map.method_chosen.connect(self.map.choose_method)
        state_map.color_chosen.connect(self.map.choose_color)
        state_map.make_wanted.connect(self.map.make)
        state_map.cancel_wanted.connect(self.map.cancel)
        state_map.outlined.connect(self.map.keep_outlined)
        state_map.case_clicked.connect(self.map.on_clicked)
        state_map.case_hovered.connect(self.map.on_hovered)
        shortcuts = self.views.shortcuts
        shortcuts.find_wanted.connect(self.shortcuts.find)
        shortcuts.cancel_wanted.connect(self.shortcuts.cancel)
        shortcuts.modality_chosen.connect(self.shortcuts.choose_modality)
        shortcuts.forest.chosen.connect(self.shortcuts.on_chosen)
        commands: dict[str, Callable[[], None]] = {
            "run": self._toggle_form,
            "shortcuts": self._find_shortcuts,
            "over_training": self.training.open_newest,
            "clear_filters": self.filters.clear,
            "pin_set": self.sets.pin,
            "use_margin": lambda: self._tools.train_with(self.desk.lens.margin),
            "report": self.report.write,
            "latex": self.report.copy_latex,
        }
        for name, command in commands.items():
            action = self._window.actions_by_name[f"diagnose.{name}"]
            action.triggered.connect(lambda *_, call=command: call())
        self.desk.filters_changed.connect(
            lambda: self._set_enabled("clear_filters", bool(self.desk.filters))
        )

    def _toggle_form(self) -> None:
        form = self.views.side.form
        form.setVisible(form.isHidden())

    def _find_shortcuts(self) -> None:
        self.views.tabs.open(_SHORTCUTS)
        self.shortcuts.find()

    def _set_can_report(self, can: bool) -> None:
        for name in ("report", "latex"):
            self._set_enabled(name, can)

    def _set_enabled(self, name: str, is_enabled: bool) -> None:
        self._window.actions_by_name[f"diagnose.{name}"].setEnabled(is_enabled)

    def _ask_for_folder(self) -> None:
        chosen = self._window.ask_for_folder("A data set folder")
        if chosen is not None:
            self.views.side.form.set_data(str(chosen))
