"""How the 3D view is looked at: camera and undo, built and connected."""

from PySide6.QtGui import QUndoStack

from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.camera import CameraPresenter
from whatwhere_app.presenters.undo import UndoPresenter
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.workspace import Workspace


class Viewing:
    """The commands that change how the scene is seen, and what takes them back.

    Attributes:
        undo_stack: of the whole window; whatever changes something pushes its command here.
    """

    def __init__(
        self, window: MainWindow, view: SceneView, workspace: Workspace, board: TaskBoard
    ) -> None:
        self._window, self._view = window, view
        actions = window.actions_by_name
        self.undo_stack = QUndoStack(window)
        self.undo = UndoPresenter(actions, self.undo_stack, view, workspace)
        self.camera = CameraPresenter(view, actions, workspace, board)
        self._connect_camera()

    def _connect_camera(self) -> None:
        actions, view = self._window.actions_by_name, self._view
        control = view.canvas.camera_control
        control.travelled.connect(self.undo.on_camera_travelled)
        control.moved.connect(self.camera.on_camera_moved)
        for name, call in {
            "edit.undo": self.undo.undo,
            "edit.redo": self.undo.redo,
            "view.home": view.look_at_all,
            "view.top": lambda: view.look_from("top"),
            "view.front": lambda: view.look_from("front"),
            "view.side": lambda: view.look_from("side"),
            "view.back": view.look_back,
        }.items():
            actions[name].triggered.connect(lambda *_, call=call: call())
        actions["view.parallel"].toggled.connect(view.set_parallel)
        actions["view.centre"].toggled.connect(self.camera.fix_orbit_centre)
