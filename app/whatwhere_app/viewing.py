"""How the 3D view is looked at: camera, undo, hover, labels, divider, built and connected."""

from collections.abc import Callable

from PySide6.QtGui import QUndoStack

from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.annotator import AnnotatorPresenter
from whatwhere_app.presenters.camera import CameraPresenter
from whatwhere_app.presenters.hover import HoverPresenter
from whatwhere_app.presenters.labels import LabelsPresenter
from whatwhere_app.presenters.undo import UndoPresenter
from whatwhere_app.presenters.wipe import WipePresenter
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.workspace import Workspace


class Viewing:
    """The commands that change how the scene is seen, and what takes them back.

    Attributes:
        undo_stack: of the whole window; whatever changes something pushes its command here.

    Args:
        object_at: the annotated object that a vertex of the scan belongs to, or None.
    """

    def __init__(
        self,
        window: MainWindow,
        view: SceneView,
        workspace: Workspace,
        board: TaskBoard,
        settings: SettingsStore,
        *,
        object_at: Callable[[int], int | None],
    ) -> None:
        self._window, self._view = window, view
        actions = window.actions_by_name
        self.undo_stack = QUndoStack(window)
        self.undo = UndoPresenter(actions, self.undo_stack, view.looks, workspace)
        self.camera = CameraPresenter(view, view.looks, actions, workspace, board)
        self.annotator = AnnotatorPresenter(view.looks, workspace, board)
        self.hover = HoverPresenter(view, workspace, object_at=object_at)
        self.labels = LabelsPresenter(workspace, settings)
        self.wipe = WipePresenter(actions, workspace, board)
        self._connect_camera()
        self._connect_boxes()

    def _connect_camera(self) -> None:
        actions, view = self._window.actions_by_name, self._view
        control = view.canvas.camera_control
        control.travelled.connect(self.undo.on_camera_travelled)
        control.moved.connect(self.camera.on_camera_moved)
        for name, call in {
            "edit.undo": self.undo.undo,
            "edit.redo": self.undo.redo,
            "view.home": view.looks.look_at_all,
            "view.top": lambda: view.looks.look_from("top"),
            "view.front": lambda: view.looks.look_from("front"),
            "view.side": lambda: view.looks.look_from("side"),
            "view.back": view.looks.look_back,
            "view.annotator": self.annotator.look,
        }.items():
            actions[name].triggered.connect(lambda *_, call=call: call())
        actions["view.parallel"].toggled.connect(view.looks.set_parallel)
        actions["view.centre"].toggled.connect(self.camera.fix_orbit_centre)

    def _connect_boxes(self) -> None:
        actions, view = self._window.actions_by_name, self._view
        view.pointing.box_hovered.connect(self.hover.on_box)
        view.pointing.vertex_hovered.connect(self.hover.on_vertex)
        view.pointing.nothing_hovered.connect(self.hover.on_nothing)
        actions["show.light"].toggled.connect(view.set_lit)
        actions["show.labels"].setChecked(True)
        actions["show.labels"].toggled.connect(self.labels.set_shown)
        actions["show.labels_more"].triggered.connect(lambda *_: self.labels.change_top(1))
        actions["show.labels_fewer"].triggered.connect(lambda *_: self.labels.change_top(-1))
        actions["models.wipe"].toggled.connect(self.wipe.set_shown)
        actions["models.wipe_left"].triggered.connect(lambda *_: self.wipe.nudge(-1))
        actions["models.wipe_right"].triggered.connect(lambda *_: self.wipe.nudge(1))
        view.divider.moved.connect(self.wipe.move)
        view.divider.nudged.connect(self.wipe.nudge)
