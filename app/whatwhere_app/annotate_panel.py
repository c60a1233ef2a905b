"""The Annotate layout: its views, and what stands behind them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtGui import QUndoStack

from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.training.hard_sets import HardSetPlan
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.commands.annotate import DIGITS
from whatwhere_app.drawing_regions import DrawingRegions
from whatwhere_app.exchanging import Exchanging, ExportFolder
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.presenters.annotate_boxes import AnnotateBoxesPresenter
from whatwhere_app.presenters.annotate_filter import AnnotateFilterPresenter
from whatwhere_app.presenters.annotate_hard_set import AnnotateHardSetPresenter
from whatwhere_app.presenters.annotate_history import AnnotateHistoryPresenter
from whatwhere_app.presenters.annotate_queue import AnnotateQueuePresenter
from whatwhere_app.presenters.annotate_tags import AnnotateTagsPresenter
from whatwhere_app.presenters.case_scene import CaseScenePresenter
from whatwhere_app.presenters.case_verdict import compared_class
from whatwhere_app.presenters.user_boxes import TakeElsewhere
from whatwhere_app.services.annotating_session import AnnotatingSession
from whatwhere_app.services.annotations import AnnotationService
from whatwhere_app.services.diagnoses import find_scan
from whatwhere_app.sharing import Sharing
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.annotate_case import AnnotateCase
from whatwhere_app.views.annotate_tags import AnnotateTags
from whatwhere_app.views.box_sides import BoxSides
from whatwhere_app.views.candidate_overlay import CandidateOverlay
from whatwhere_app.views.frame_panel import FramePanel
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.views.train_on import TrainOn
from whatwhere_app.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AnnotateTools:
    """What the rest of the program does for the layout.

    Attributes:
        open_scene: opens a scan.
        stop_asking: what was asked before is awaited no more.
        divert: lets changes of drawn boxes come here, or go where they went before.
        train_on: shows the training form with these settings.
        read_diagnosis_again: what Diagnose leaves out of its figures has changed.
        scene_view: the 3D view.
        add_frame: shows in one more panel what the large frame shows.
        overlay: draws boxes in the 3D view, with their grips.
        divert_turns: lets the keys that turn a box come here, or go where they went before.
        said_changed: more or less is said of cases now; the store knows it.
        export_folder: into which exported cases go.
    """

    open_scene: Callable[[Path], None]
    stop_asking: Callable[[], None]
    divert: Callable[[TakeElsewhere | None], None]
    train_on: Callable[[Mapping[str, str]], None]
    read_diagnosis_again: Callable[[], None]
    scene_view: SceneView
    add_frame: Callable[[FramePanel], None]
    overlay: CandidateOverlay
    divert_turns: Callable[[Callable[[float], None] | None], None]
    said_changed: Callable[[], None]
    export_folder: ExportFolder


class _Silent:
    """The layout's left side says what a case shows."""

    def say(self, text: str) -> None:
        """Nothing."""


class AnnotatePanel:
    """Views and presenters of the layout."""

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        board: TaskBoard,
        stack: QUndoStack,
        store: AnnotationService,
        session: AnnotatingSession,
        tools: AnnotateTools,
        *,
        theme: Theme,
    ) -> None:
        actions = window.actions_by_name
        self._window, self._tools = window, tools
        self.case_view = AnnotateCase(
            actions["query.previous"], actions["query.next"], actions["layout.diagnose"]
        )
        self.tags_view = AnnotateTags(actions["annotate.done"], actions["annotate.edit_tags"])
        self.sides = BoxSides()
        self._overlay, self._divert_turns = tools.overlay, tools.divert_turns
        self.desk = AnnotateDesk(store.annotator)
        self._scene_desk = CasesDesk()
        self.scene = CaseScenePresenter(
            _Silent(),
            self._scene_desk,
            workspace,
            board,
            find_scan=find_scan,
            open_scene=tools.open_scene,
            stop_asking=tools.stop_asking,
        )
        self.acts = AnnotateActs(self.desk, store, stack, board)
        self.queue = AnnotateQueuePresenter(
            self.case_view,
            self.desk,
            store,
            board,
            show_in_scene=self._show_in_scene,
            class_of=lambda cases, case: compared_class(cases.columns, case, workspace.scene),
            kept=session,
            theme=theme,
        )
        self.tags = AnnotateTagsPresenter(self.tags_view, self.desk, self.acts, board)
        self.sharing = Sharing(window, self.desk, self.acts, store, board, self.tags_view)
        self.filter = AnnotateFilterPresenter(
            self.case_view.filters, self.case_view.filters.menu, self.desk, stack
        )
        self.history = AnnotateHistoryPresenter(
            self.tags_view, self.desk, store, board, add=self.queue.add
        )
        store.heard.connect(lambda _: self.history.read_others())
        self.boxes = AnnotateBoxesPresenter(
            self.sides, self.desk, self.acts, workspace, board, divert=tools.divert
        )
        self.regions = DrawingRegions(
            window, tools.scene_view, self.desk, self.acts, workspace, board
        )
        tools.add_frame(self.regions.view.panel)
        self.train_on_view = TrainOn(window)
        self.hard_set = AnnotateHardSetPresenter(
            self.train_on_view, self.desk, store, board, train_on=tools.train_on
        )
        self.train_on_view.wanted.connect(self._on_train_wanted)
        self.exchange = Exchanging(
            window, self.desk, store, board, tools.export_folder, taken=self._on_taken_in
        )
        store.refused.connect(self.acts.read_again)
        store.heard.connect(self.acts.hear)
        store.heard.connect(lambda _: tools.said_changed())
        workspace.scene_changed.connect(self.queue.on_scene_changed)
        self._connect()
        self.set_theme(theme)

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked for is not on the screen yet."""
        return any(
            part.is_busy
            for part in (
                *(self.queue, self.acts, self.scene, self.hard_set),
                *(self.regions, self.sharing, self.exchange, self.history),
            )
        )

    def dock(self) -> None:
        """Put the views into the window, hidden until their arrangement is shown."""
        self._window.add_arrangement(
            "annotate",
            left=("Case", self.case_view),
            right=("Tags", self.sharing.side),
            bottom=(("Box", self.sides),),
            under_left=("Frame to draw on", self.regions.view),
            bottom_share=0.28,
        )

    def set_drawing(self, is_on: bool) -> None:
        """Boxes and outlines are those of the case, or no more."""
        self.boxes.set_on(is_on)
        self.regions.set_on(is_on)
        self._divert_turns(self.boxes.turn if is_on else None)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        for view in (self.case_view, self.tags_view, self.sides, self.regions.view):
            view.set_theme(theme)
        self.queue.set_theme(theme)
        self.sharing.set_theme(theme)

    def _connect(self) -> None:
        view = self.tags_view
        view.tag_clicked.connect(self.tags.toggle)
        filters = self.case_view.filters
        filters.menu.opened.connect(self.filter.fill_menu)
        filters.menu.chosen.connect(self.filter.toggle)
        filters.removed.connect(self.filter.remove)
        view.history_clicked.connect(self.history.go_to)
        view.note_left.connect(self.tags.write)
        view.note_entered.connect(self._on_note_entered)
        overlay = self._overlay
        overlay.grips.changed.connect(self.sides.follow_box)
        self.sides.changed.connect(overlay.show_dragged)
        self.sides.let_go.connect(lambda: overlay.show_sketch(None))
        self.sides.finished.connect(self.boxes.on_pulled)
        actions = self._window.actions_by_name
        commands: dict[str, Callable[[], None]] = {
            "annotate.done": self.tags.finish,
            "annotate.note": view.note.setFocus,
            "annotate.snap": self.boxes.snap,
            "annotate.train": self.hard_set.train,
            "annotate.export": self.exchange.export,
            "annotate.import": self.exchange.take_in,
        }
        commands |= {f"annotate.tag_{digit}": partial(self.tags.press, digit) for digit in DIGITS}
        for name, command in commands.items():
            actions[name].triggered.connect(lambda *_, call=command: call())

    def _on_taken_in(self) -> None:
        self.acts.read_again()
        self._tools.said_changed()

    def _on_train_wanted(self, plan: HardSetPlan) -> None:
        self.train_on_view.hide()
        self.hard_set.make(plan)

    def _show_in_scene(self, cases: StoredCases, index: int) -> None:
        self._scene_desk.set_cases(cases)
        self._scene_desk.set_case(index)

    def _on_note_entered(self, text: str) -> None:
        self.tags.write(text)
        self.tags.finish()
