"""What stands around the exploring itself, built and connected here: exports, commands, help."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from whatwhere.assets import asset
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.exports import KINDS, ExportPresenter, Kind
from whatwhere_app.presenters.help import PAGES, HelpPresenter
from whatwhere_app.presenters.palette import PalettePresenter
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.render.figure import MAX_SCALE, Shot
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import DARK, LIGHT, THEMES, Theme
from whatwhere_app.view_values import LegendLine
from whatwhere_app.views.command_palette import CommandPalette
from whatwhere_app.views.export_panel import ExportPanel
from whatwhere_app.views.help_window import HelpWindow
from whatwhere_app.views.legend import with_legend
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.workspace import Workspace


class Comforts:
    """Panels that come when called, and their presenters.

    Args:
        demo_rooms: name -> scan folder of the rooms that ship with the program.
    """

    def __init__(
        self,
        window: MainWindow,
        scene_view: SceneView,
        workspace: Workspace,
        board: TaskBoard,
        settings: SettingsStore,
        *,
        demo_rooms: Mapping[str, Path],
    ) -> None:
        self._window = window
        self._settings = settings
        shipped = {folder.resolve() for folder in demo_rooms.values()}
        self._stage = _CanvasStage(scene_view, settings)
        self.export_panel = ExportPanel(KINDS, max_scale=MAX_SCALE, parent=window)
        self.exports = ExportPresenter(
            self.export_panel,
            workspace,
            board,
            stage=self._stage,
            finish=finish_picture,
            is_shipped=lambda folder: folder.resolve() in shipped,
        )
        self._export_folder = Path.home()
        self.palette = CommandPalette(window)
        self.commands = PalettePresenter(self.palette, window.actions_by_name)
        self.help_window = HelpWindow(PAGES, parent=window)
        self.help = HelpPresenter(self.help_window, read_page=_help_page)
        self._connect()

    def _connect(self) -> None:
        actions, panel = self._window.actions_by_name, self.export_panel
        actions["file.export"].triggered.connect(lambda *_: _bring(panel))
        panel.export_requested.connect(self._export)
        panel.remake_requested.connect(self._remake)
        self.palette.typed.connect(self.commands.on_typed)
        self.palette.chosen.connect(self.commands.on_chosen)
        self.help_window.page_wanted.connect(self.help.show)
        actions["help.palette"].triggered.connect(lambda *_: self._find_command())
        actions["help.pages"].triggered.connect(lambda *_: self.help.show("modalities"))
        actions["help.keys"].triggered.connect(lambda *_: self.help.show("keys"))
        panel.size_wanted.connect(lambda scale: panel.show_size(*self.exports.size_px(scale)))

    def _find_command(self) -> None:
        self.palette.set_theme(self._stage.theme)
        self.commands.open()

    def _export(self, kind: Kind, scale: int, boxes_only: bool) -> None:
        reason = self.exports.why_not(kind)
        if reason:
            self.export_panel.show_report(reason)
            return
        suggested = self._export_folder / self.exports.suggested_name(kind)
        path = self._window.ask_where_to_save(suggested)
        if path is not None:
            self._export_folder = path.parent
            self.exports.export(kind, path, scale=scale, boxes_only=boxes_only)

    def _remake(self) -> None:
        path = self._window.ask_for_camera(str(self._export_folder))
        if path is not None:
            self.exports.remake(path)


class _CanvasStage:
    """The 3D view as exports see it."""

    def __init__(self, view: SceneView, settings: SettingsStore) -> None:
        self._canvas = view.canvas
        self._settings = settings

    @property
    def pose(self) -> CameraPose:
        return self._canvas.camera_control.pose

    @property
    def size_px(self) -> tuple[int, int]:
        return self._canvas.width(), self._canvas.height()

    @property
    def ceiling_m(self) -> float | None:
        return self._canvas.clip_height_m

    @property
    def theme(self) -> Theme:
        choice = self._settings.value.theme
        if choice != "system":
            return THEMES[choice]
        is_light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
        return LIGHT if is_light else DARK

    def look(self, pose: CameraPose) -> None:
        self._canvas.camera_control.fly_to(pose)


def finish_picture(
    pixels: NDArray[np.uint8], lines: Sequence[LegendLine], theme: Theme, shot: Shot, path: Path
) -> None:
    """Paint legend and scale bar over a picture and write it, at once or not at all.

    Raises:
        OSError: it cannot be written there.
    """
    image = with_legend(pixels, lines, theme, metres_per_px=shot.metres_per_px, scale=shot.scale)
    temporary = path.with_name(f".{path.stem}.part.png")
    if not image.save(str(temporary)):
        raise OSError(f"no picture of {image.width()} x {image.height()} pixels fits there")
    temporary.replace(path)


def _help_page(name: str) -> str:
    return asset("help", f"{name}.md").read_text(encoding="utf-8")


def _bring(panel: ExportPanel) -> None:
    panel.show()
    panel.raise_()
    panel.activateWindow()
