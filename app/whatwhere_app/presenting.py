"""The presenters of the Explore layout: built, and connected to their panels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from whatwhere.language.beside import find_expressions, read_expressions
from whatwhere.scenes.opening import read_whole_scene
from whatwhere_app.main_window import MainWindow
from whatwhere_app.panels import Panels
from whatwhere_app.presenters.answer import AnswerPresenter
from whatwhere_app.presenters.appearance import AppearancePresenter
from whatwhere_app.presenters.batch import BatchPresenter
from whatwhere_app.presenters.expressions import ExpressionsPresenter
from whatwhere_app.presenters.layers import LayersPresenter
from whatwhere_app.presenters.looking import LookingPresenter
from whatwhere_app.presenters.mixer import FetchMix, MixerPresenter
from whatwhere_app.presenters.picking import PickingPresenter
from whatwhere_app.presenters.query import QueryPresenter
from whatwhere_app.presenters.scene_shelf import SceneShelf
from whatwhere_app.presenters.scene_view import ScenePresenter
from whatwhere_app.presenters.scenes import ScenesPresenter
from whatwhere_app.presenters.shown_mesh import MeshTools
from whatwhere_app.presenters.status import StatusPresenter
from whatwhere_app.render.mesh import ceiling_height, room_extent
from whatwhere_app.render.proxy import cluster, stand_ins
from whatwhere_app.render.surface_picker import SurfacePicker
from whatwhere_app.services.grounder import GrounderService
from whatwhere_app.services.sentences import SentenceHistory, read_sentences, write_answers
from whatwhere_app.settings import SettingsStore, user_folder
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.heartbeat import Heartbeat
from whatwhere_app.theme import Theme
from whatwhere_app.workspace import Workspace

_MESH_TOOLS = MeshTools(
    ceiling_height=ceiling_height,
    extent=room_extent,
    merge=lambda mesh, num_faces: cluster(mesh, num_faces=num_faces),
    stand_ins=stand_ins,
    picker=SurfacePicker,
)


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


@dataclass(frozen=True)
class Shared:
    """What presenters share: one of each."""

    window: MainWindow
    workspace: Workspace
    board: TaskBoard
    settings: SettingsStore
    grounder: GrounderService
    heartbeat: Heartbeat


def build_presenters(
    shared: Shared,
    views: Panels,
    *,
    shelf: SceneShelf,
    mix: FetchMix,
    demo_rooms: Mapping[str, Path],
    dress: Callable[[Theme], None],
) -> Presenters:
    """Build every presenter of the layout.

    Args:
        shared: what they share.
        views: the panels that they fill.
        shelf: the scenes to choose from.
        mix: asks for the answer between two modalities.
        demo_rooms: name -> scan folder of the rooms that ship with the program.
        dress: gives the whole program a look.
    """
    workspace, board, settings = shared.workspace, shared.board, shared.settings
    grounder, actions = shared.grounder, shared.window.actions_by_name
    hints = QGuiApplication.styleHints()
    scene = ScenePresenter(views.scene, views.scene.looks, workspace, board, tools=_MESH_TOOLS)
    return Presenters(
        scenes=ScenesPresenter(
            shelf,
            workspace,
            board,
            read=read_whole_scene,
            demo_rooms=demo_rooms,
            settings=settings,
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
            reply=grounder.answer,
            history=SentenceHistory(user_folder("state") / "sentences.txt"),
            copy=QGuiApplication.clipboard().setText,
        ),
        batch=BatchPresenter(
            workspace,
            board,
            read=read_sentences,
            ground=grounder.ground,
            reply=grounder.answer,
            write=write_answers,
        ),
        answer=AnswerPresenter(views.answer, workspace),
        mixer=MixerPresenter(views.mixer, workspace, board, fetch=mix),
        layers=LayersPresenter(actions, workspace),
        status=StatusPresenter(
            views.status,
            views.notices,
            workspace,
            board,
            grounder,
            take_longest_stall_ms=shared.heartbeat.take_longest_stall_ms,
            parent=shared.window,
        ),
        appearance=AppearancePresenter(
            actions,
            settings,
            apply=dress,
            is_system_light=lambda: hints.colorScheme() == Qt.ColorScheme.Light,
        ),
    )


def connect_presenters(parts: Presenters, views: Panels) -> None:
    """What is done in a panel goes to the presenter that decides."""
    views.scenes.scene_chosen.connect(parts.scenes.open)
    views.welcome.demo_requested.connect(parts.scenes.open_demo)
    views.expressions.expression_chosen.connect(parts.expressions.on_chosen)
    views.expressions.expression_asked.connect(lambda _: parts.query.ask_current())
    views.scene.pointing.box_clicked.connect(parts.picking.on_box_clicked)
    views.scene.pointing.vertex_clicked.connect(parts.picking.on_vertex_clicked)
    views.scene.pointing.nothing_clicked.connect(parts.picking.on_nothing_clicked)
    views.scene.pointing.point_double_clicked.connect(parts.looking.on_point_double_clicked)
    views.query.submitted.connect(lambda text: parts.query.on_submitted(text))
    views.query.line.textChanged.connect(parts.query.on_edited)
    views.query.cancel_requested.connect(parts.query.cancel)
    views.answer.candidate_chosen.connect(parts.answer.on_candidate_chosen)
    views.answer.candidate_asked.connect(lambda *_: parts.looking.look_at_selection())
    views.answer.room_changed.connect(  # not while the panel is being laid out
        parts.answer.on_room_changed, Qt.ConnectionType.QueuedConnection
    )
    views.mixer.slid.connect(parts.mixer.on_slid)
    views.notices.restart_requested.connect(parts.status.on_restart_requested)
    views.notices.dismissed.connect(parts.status.on_dismissed)
