"""The list of scenes, built and connected."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication

from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.scan_folders import ScanFolders
from whatwhere_app.presenters.scan_rows import part_choices
from whatwhere_app.presenters.scene_shelf import SceneShelf
from whatwhere_app.render.thumbnail import top_view
from whatwhere_app.services.scan_catalogue import listed_scans
from whatwhere_app.services.scene_facts import scene_facts
from whatwhere_app.services.scene_pictures import ScenePictures
from whatwhere_app.settings import SettingsStore, user_folder
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.scene_filters import SceneFilters
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
        self._window, self._board, self._settings = window, board, settings
        self._view = view
        self._application: QCoreApplication | None = None
        width_px, height_px = _TIMES * PICTURE_SIZE.width(), _TIMES * PICTURE_SIZE.height()
        pictures = ScenePictures(
            user_folder("cache") / "scenes",
            draw=lambda mesh: top_view(mesh, width_px=width_px, height_px=height_px),
            size_px=(width_px, height_px),
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
        self.folders = ScanFolders(board, settings, find=listed_scans, show=self.shelf.set_listed)
        view.add_filters(SceneFilters(part_choices()))
        view.searched.connect(self.shelf.on_searched)
        view.filtered.connect(self.shelf.on_filtered)
        view.in_sight.connect(self.shelf.on_in_sight)
        view.folder_removed.connect(self.folders.remove_around)
        view.pin_toggled.connect(self.shelf.toggle_pin)
        view.removed.connect(self.shelf.remove)
        commands: dict[str, Callable[[], None]] = {
            "scenes.add_folder": self._ask_for_folder,
            "scenes.refresh": self.folders.refresh,
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
        self.folders.refresh()
        # Where something went wrong a disk may have gone; it may be back with the window.
        self._board.noticed.connect(lambda _: self.shelf.refresh())
        self._application = QGuiApplication.instance()
        if isinstance(self._application, QGuiApplication):
            self._application.applicationStateChanged.connect(self._on_state)

    def stop(self) -> None:
        """The window has closed: whatever the application does is no longer its business."""
        self._view.in_sight.disconnect(self.shelf.on_in_sight)  # told a moment after it was seen
        if isinstance(self._application, QGuiApplication):
            self._application.applicationStateChanged.disconnect(self._on_state)
        self._application = None

    def _ask_for_folder(self) -> None:
        chosen = self._window.ask_for_folder("Add a folder of scans")
        if chosen is not None:
            self.folders.add(chosen)

    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.shelf.refresh()
