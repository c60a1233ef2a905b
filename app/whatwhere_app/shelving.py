"""The list of scenes, built and connected."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication

from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.scene_shelf import SceneShelf
from whatwhere_app.render.thumbnail import top_view
from whatwhere_app.services.scene_facts import scene_facts
from whatwhere_app.services.scene_pictures import ScenePictures
from whatwhere_app.settings import SettingsStore, user_folder
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.scene_list import PICTURE_SIZE, SceneList

_TIMES = 2
"""Pictures are drawn for a screen of 200 %."""


class Shelving:
    """The scenes that can be opened, their pictures and their commands.

    Args:
        demo_rooms: name -> scan folder of the rooms that ship with the program.
    """

    def __init__(
        self,
        window: MainWindow,
        view: SceneList,
        board: TaskBoard,
        settings: SettingsStore,
        *,
        demo_rooms: Mapping[str, Path],
    ) -> None:
        self._board = board
        self._application: QCoreApplication | None = None
        pictures = ScenePictures(
            user_folder("cache") / "scenes",
            draw=lambda mesh: top_view(
                mesh,
                width_px=_TIMES * PICTURE_SIZE.width(),
                height_px=_TIMES * PICTURE_SIZE.height(),
            ),
        )
        self.shelf = SceneShelf(
            view,
            board,
            demo_rooms=demo_rooms,
            settings=settings,
            facts=scene_facts,
            picture=pictures.picture,
            kept=pictures.kept,
        )
        view.searched.connect(self.shelf.on_searched)
        view.pin_toggled.connect(self.shelf.toggle_pin)
        view.removed.connect(self.shelf.remove)
        commands: dict[str, Callable[[], None]] = {
            "scenes.find": view.start_search,
            "scenes.pin": self.shelf.toggle_pin,
            "scenes.clear": self.shelf.clear_recent,
        }
        for name, command in commands.items():
            action = window.actions_by_name[name]
            action.triggered.connect(lambda *_, call=command: call())

    def start(self) -> None:
        """Look at the disk now, and again whenever something may have changed there."""
        self.shelf.refresh()
        # Where something went wrong a disk may have gone; it may be back with the window.
        self._board.noticed.connect(lambda _: self.shelf.refresh())
        self._application = QGuiApplication.instance()
        if isinstance(self._application, QGuiApplication):
            self._application.applicationStateChanged.connect(self._on_state)

    def stop(self) -> None:
        """The window has closed: whatever the application does is no longer its business."""
        if isinstance(self._application, QGuiApplication):
            self._application.applicationStateChanged.disconnect(self._on_state)
        self._application = None

    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.shelf.refresh()
