"""The one file that builds the objects of the program and connects them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from whatwhere.language.beside import find_expressions, read_expressions
from whatwhere.scenes.opening import read_whole_scene
from whatwhere_app.actions import Actions
from whatwhere_app.choosing import Choosing
from whatwhere_app.comforts import Comforts
from whatwhere_app.comparing import Comparing
from whatwhere_app.inspecting import Inspecting
from whatwhere_app.main_window import MainWindow
from whatwhere_app.preferring import Preferring
from whatwhere_app.presenters.answer import AnswerPresenter
from whatwhere_app.presenters.appearance import AppearancePresenter
from whatwhere_app.presenters.batch import BatchPresenter
from whatwhere_app.presenters.expressions import ExpressionsPresenter
from whatwhere_app.presenters.layers import LayersPresenter
from whatwhere_app.presenters.looking import LookingPresenter
from whatwhere_app.presenters.mixer import MixerPresenter
from whatwhere_app.presenters.picking import PickingPresenter
from whatwhere_app.presenters.query import QueryPresenter
from whatwhere_app.presenters.scene_view import ScenePresenter
from whatwhere_app.presenters.scenes import ScenesPresenter
from whatwhere_app.presenters.shown_mesh import MeshTools
from whatwhere_app.presenters.status import StatusPresenter
from whatwhere_app.presenters.user_boxes import user_boxes_of
from whatwhere_app.render.mesh import ceiling_height, room_extent
from whatwhere_app.render.proxy import cluster, stand_ins
from whatwhere_app.render.surface_picker import SurfacePicker
from whatwhere_app.services.grounder import HOST_ENTRY, GrounderService
from whatwhere_app.services.sentences import SentenceHistory, read_sentences, write_answers
from whatwhere_app.settings import SettingsStore, user_folder
from whatwhere_app.shelving import Shelving
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.collector import Collector
from whatwhere_app.tasks.heartbeat import Heartbeat
from whatwhere_app.theme import DARK, Theme
from whatwhere_app.training import Training
from whatwhere_app.viewing import Viewing
from whatwhere_app.views.answer_panel import AnswerPanel
from whatwhere_app.views.expression_list import ExpressionList
from whatwhere_app.views.focus_ring import FocusRing
from whatwhere_app.views.frame_panel import FramePanel
from whatwhere_app.views.frame_strip import FrameStrip
from whatwhere_app.views.layer_chips import LayerChips
from whatwhere_app.views.mixer import Mixer
from whatwhere_app.views.notice_bar import NoticeBar
from whatwhere_app.views.query_bar import QueryBar
from whatwhere_app.views.scene_list import SceneList
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.views.status_line import StatusLine
from whatwhere_app.views.style import apply_theme
from whatwhere_app.views.welcome import Welcome
from whatwhere_app.workspace import Workspace

_MESH_TOOLS = MeshTools(
    ceiling_height=ceiling_height,
    extent=room_extent,
    merge=lambda mesh, num_faces: cluster(mesh, num_faces=num_faces),
    stand_ins=stand_ins,
    picker=SurfacePicker,
)


@dataclass(frozen=True)
class Views:
    """Every panel of the window."""

    scenes: SceneList
    expressions: ExpressionList
    scene: SceneView
    chips: LayerChips
    welcome: Welcome
    query: QueryBar
    strip: FrameStrip
    frame: FramePanel
    answer: AnswerPanel
    mixer: Mixer
    notices: NoticeBar
    status: StatusLine


@dataclass(frozen=True)
class Presenters:
    """Every presenter."""

    scenes: ScenesPresenter
    scene: ScenePresenter
    picking: PickingPresenter
    looking: LookingPresenter
    expressions: ExpressionsPresenter
    query: QueryPresenter
    batch: BatchPresenter
    answer: AnswerPresenter
    mixer: MixerPresenter
    layers: LayersPresenter
    status: StatusPresenter
    appearance: AppearancePresenter


class Explorer:
    """The whole program, built and connected; needs Qt's event loop with asyncio in it.

    Args:
        app: the application object.
        demo_rooms: name -> scan folder of the rooms that ship with the program.
        model: name or folder of the model to ask.
        host_entry: the grounder host; tests name their own.
    """

    def __init__(
        self,
        app: QApplication,
        *,
        demo_rooms: Mapping[str, Path],
        model: str = "default",
        host_entry: str = HOST_ENTRY,
    ) -> None:
        self._app = app
        self.settings = SettingsStore(user_folder("config") / "settings.json")
        self.workspace = Workspace()
        self.board = TaskBoard()
        self.heartbeat = Heartbeat()
        self.collector = Collector()
        self._theme = DARK
        self._dressed: list[Callable[[Theme], None]] = []
        log_path = user_folder("state") / "grounder-host.log"
        self.grounder = GrounderService(
            self.board,
            model=model,
            log_path=log_path,
            entry=host_entry,
            user_boxes=lambda: user_boxes_of(self.workspace),
        )
        self.window = MainWindow()
        self.views = _build_views(self.window.actions_by_name, self.settings)
        self.shelving = Shelving(
            self.window, self.views.scenes, self.board, self.settings, demo_rooms=demo_rooms
        )
        self.comparing = Comparing(
            self.window, self.workspace, self.board, self.grounder, model=model, entry=host_entry
        )
        self.presenters = self._build_presenters(demo_rooms, model)
        self.inspecting = Inspecting(
            self.window,
            self.views.strip,
            self.views.frame,
            self.views.scene,
            self.workspace,
            self.board,
            look_through=self.presenters.looking.look_through_frame,
        )
        _arrange(self.window, self.views)
        self._connect_views()
        self._connect_commands()
        self.viewing = Viewing(
            self.window,
            self.views.scene,
            self.workspace,
            self.board,
            self.settings,
            object_at=self.presenters.scene.object_at,
        )
        self.choosing = Choosing(
            self.window,
            self.views.scene,
            self.workspace,
            self.board,
            self.viewing.undo_stack,
        )
        self.comforts = Comforts(
            self.window,
            self.views.scene,
            self.workspace,
            self.board,
            self.settings,
            demo_rooms=demo_rooms,
            opened=lambda: self.presenters.scenes.opened,
            take_up=self.presenters.query.take_up,
        )
        self.preferring = Preferring(
            self.window, self.board, self.settings, self.presenters.appearance
        )
        self.training = Training(
            self.window,
            self.workspace,
            self.board,
            load=lambda model, leads: self.comparing.presenter.open(model, leads=leads),
            copy=self._app.clipboard().setText,
            theme=self._theme,
        )
        self._dressed.append(self.training.set_theme)
        self.views.welcome.set_has_demo(bool(demo_rooms))
        if self.settings.fault is not None:
            self.board.notice(self.settings.fault, level="warning")

    @property
    def is_idle(self) -> bool:
        """Whether everything that was asked for is on the screen."""
        parts = self.presenters
        showing = (parts.scenes.is_opening, parts.scene.is_busy, self.inspecting.is_busy)
        asking = (parts.expressions.is_busy, parts.query.is_busy, parts.mixer.is_busy)
        others = (self.choosing.is_busy, self.comparing.presenter.is_busy)
        return not any((*showing, *asking, *others, *self.board.jobs))

    def show(self, size: tuple[int, int]) -> None:
        """Show the window in this size, or less where the screen is smaller."""
        room = self._app.primaryScreen().availableGeometry()
        self.window.resize(min(size[0], room.width()), min(size[1], room.height()))
        self.window.show()
        self.window.activateWindow()
        self.views.scene.canvas.setFocus()
        self.heartbeat.start()
        self.collector.start()
        self.shelving.start()

    async def end_work(self) -> None:
        """Cancel jobs, end the host."""
        await self.board.close()
        await self.grounder.close()
        await self.comparing.presenter.close()

    def shut_views(self) -> None:
        """Release what must not outlive the event loop, and listen to the application no more."""
        self._app.styleHints().colorSchemeChanged.disconnect(self._on_scheme_changed)
        self.shelving.stop()
        self.heartbeat.stop()
        self.collector.stop()
        self.views.scene.canvas.shut()

    def _build_presenters(self, demo_rooms: Mapping[str, Path], model: str) -> Presenters:
        views, workspace, board = self.views, self.workspace, self.board
        actions, grounder = self.window.actions_by_name, self.grounder
        hints = self._app.styleHints()
        scene = ScenePresenter(views.scene, views.scene.looks, workspace, board, tools=_MESH_TOOLS)
        return Presenters(
            scenes=ScenesPresenter(
                self.shelving.shelf,
                workspace,
                board,
                read=read_whole_scene,
                demo_rooms=demo_rooms,
                settings=self.settings,
                first_look=scene,
            ),
            scene=scene,
            picking=PickingPresenter(workspace, object_at=scene.object_at),
            looking=LookingPresenter(views.scene.looks, workspace, object_at=scene.object_at),
            expressions=ExpressionsPresenter(
                views.expressions, workspace, board, find=find_expressions, read=read_expressions
            ),
            query=QueryPresenter(
                views.query,
                workspace,
                board,
                prepare=grounder.encode,
                ground=grounder.ground,
                model=model,
                history=SentenceHistory(user_folder("state") / "sentences.txt"),
                copy=self._app.clipboard().setText,
            ),
            batch=BatchPresenter(
                workspace, board, read=read_sentences, ground=grounder.ground, write=write_answers
            ),
            answer=AnswerPresenter(views.answer, workspace),
            mixer=MixerPresenter(views.mixer, workspace, board, fetch=self.comparing.mix),
            layers=LayersPresenter(actions, workspace),
            status=StatusPresenter(
                views.status,
                views.notices,
                workspace,
                board,
                grounder,
                take_longest_stall_ms=self.heartbeat.take_longest_stall_ms,
                parent=self.window,
            ),
            appearance=AppearancePresenter(
                actions,
                self.settings,
                apply=self._dress,
                is_system_light=lambda: hints.colorScheme() == Qt.ColorScheme.Light,
            ),
        )

    def _dress(self, theme: Theme) -> None:
        self._theme = theme
        _apply_everywhere(self._app, self.views, theme)
        for dress in self._dressed:
            dress(theme)

    def _connect_views(self) -> None:
        views, parts, window = self.views, self.presenters, self.window
        views.scenes.scene_chosen.connect(parts.scenes.open)
        views.welcome.demo_requested.connect(parts.scenes.open_demo)
        views.welcome.open_requested.connect(self._ask_for_scene)
        views.expressions.expression_chosen.connect(parts.expressions.on_chosen)
        views.expressions.expression_asked.connect(lambda _: parts.query.ask_current())
        views.scene.pointing.box_clicked.connect(parts.picking.on_box_clicked)
        views.scene.pointing.vertex_clicked.connect(parts.picking.on_vertex_clicked)
        views.scene.pointing.nothing_clicked.connect(parts.picking.on_nothing_clicked)
        views.scene.pointing.point_double_clicked.connect(parts.looking.on_point_double_clicked)
        views.query.submitted.connect(parts.query.on_submitted)
        views.query.cancel_requested.connect(parts.query.cancel)
        views.answer.candidate_chosen.connect(parts.answer.on_candidate_chosen)
        views.answer.candidate_asked.connect(lambda *_: parts.looking.look_at_selection())
        views.mixer.slid.connect(parts.mixer.on_slid)
        views.notices.restart_requested.connect(parts.status.on_restart_requested)
        views.notices.dismissed.connect(parts.status.on_dismissed)
        views.status.cancel_requested.connect(self.board.cancel)
        window.scene_dropped.connect(parts.scenes.open)
        window.expressions_dropped.connect(parts.expressions.open)
        self.workspace.scene_changed.connect(self._show_title)
        self._app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    def _connect_commands(self) -> None:
        actions, parts, views = self.window.actions_by_name, self.presenters, self.views
        commands: dict[str, Callable[[], None]] = {
            "file.open": self._ask_for_scene,
            "file.open_expressions": self._ask_for_expressions,
            "file.open_demo": parts.scenes.open_demo,
            "file.quit": self.window.close_requested.emit,
            "query.focus": views.query.focus_line,
            "query.ask": lambda: parts.query.on_submitted(views.query.line.text()),
            "query.next": lambda: parts.expressions.step(1),
            "query.previous": lambda: parts.expressions.step(-1),
            "file.ask_sentences": self._ask_for_sentences,
            "query.copy": parts.query.copy_as_command,
            "query.escape": self._escape,
            "show.all": parts.layers.show_all,
            "show.whole": parts.scene.show_whole,
            "view.selection": parts.looking.look_at_selection,
            "theme.system": lambda: parts.appearance.choose("system"),
            "theme.light": lambda: parts.appearance.choose("light"),
            "theme.dark": lambda: parts.appearance.choose("dark"),
        }
        for name, function in commands.items():
            actions[name].triggered.connect(lambda *_, call=function: call())
        for layer, action in actions.layers().items():
            action.toggled.connect(lambda on, layer=layer: parts.layers.on_toggled(layer, on))
        actions["show.ceiling"].setChecked(True)
        actions["show.ceiling"].toggled.connect(parts.scene.set_ceiling_clipped)

    def _ask_for_scene(self) -> None:
        chosen = self.window.ask_for_scene(self.settings.value.scene_folder)
        if chosen is not None:
            self.presenters.scenes.open(chosen)

    def _ask_for_expressions(self) -> None:
        chosen = self.window.ask_for_expressions(self.settings.value.scene_folder)
        if chosen is not None:
            self.presenters.expressions.open(chosen)

    def _ask_for_sentences(self) -> None:
        chosen = self.window.ask_for_sentences(self.settings.value.scene_folder)
        if chosen is not None:
            self.presenters.batch.ask_file(chosen)

    def _escape(self) -> None:
        """One step back: cancel the question, else deselect, else leave the text field."""
        if self.choosing.is_drawing:
            self.choosing.cancel()
        elif self.presenters.query.is_busy:
            self.presenters.query.cancel()
        elif self.workspace.selection is not None or self.workspace.mark is not None:
            self.workspace.set_selection(None)
            self.inspecting.mark.clear()
        else:
            self.views.scene.canvas.setFocus()

    def _on_scheme_changed(self, _: Qt.ColorScheme) -> None:
        self.presenters.appearance.on_system_changed()

    def _show_title(self) -> None:
        scene = self.workspace.scene
        self.window.setWindowTitle("WhatWhere" if scene is None else f"{scene.title} · WhatWhere")


def _build_views(actions: Actions, settings: SettingsStore) -> Views:
    chips, welcome = LayerChips(actions.layers()), Welcome()
    return Views(
        scenes=SceneList(),
        expressions=ExpressionList(),
        scene=SceneView(chips, welcome, multi_samples=settings.value.multi_samples),
        chips=chips,
        welcome=welcome,
        query=QueryBar(),
        strip=FrameStrip(),
        frame=FramePanel(
            [(actions["frame.depth"], "Depth"), (actions["frame.look_through"], "Look through")]
        ),
        answer=AnswerPanel(),
        mixer=Mixer(),
        notices=NoticeBar(),
        status=StatusLine(),
    )


def _apply_everywhere(app: QApplication, views: Views, theme: Theme) -> None:
    apply_theme(app, theme)
    for view in (views.scenes, views.expressions, views.scene, views.chips):
        view.set_theme(theme)
    for panel in (views.strip, views.frame, views.answer, views.status):
        panel.set_theme(theme)


def _arrange(window: MainWindow, views: Views) -> None:
    window.set_centre(above=views.notices, middle=views.scene, below=views.query)
    views.answer.add_below(views.mixer)
    window.add_panels(
        left={"Scenes": views.scenes, "Expressions": views.expressions},
        right={"Answer": views.answer, "Frame": views.frame},
        bottom={"Frames": views.strip},
    )
    window.set_status_line(views.status)
    FocusRing(views.scene.canvas)
    order = [views.scenes, views.expressions, views.scene.canvas, views.query.line, views.answer]
    for before, after in pairwise(order):
        window.setTabOrder(before, after)
