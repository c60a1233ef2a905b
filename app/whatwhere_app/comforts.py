"""What stands around the exploring itself, built and connected."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage

from whatwhere.assets import asset
from whatwhere.files import replacing
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.exports import KINDS, ExportPresenter, Kind
from whatwhere_app.presenters.help import PAGES, HelpPresenter
from whatwhere_app.presenters.palette import PalettePresenter
from whatwhere_app.presenters.report import ReportPresenter
from whatwhere_app.presenters.session import SessionPresenter
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.render.figure import MAX_SCALE, Figure, Shot
from whatwhere_app.services.report import ReportPart, machine_facts, report_parts
from whatwhere_app.settings import SettingsStore, settings_path, user_folder
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import DARK, LIGHT, THEMES, Theme
from whatwhere_app.view_values import LegendLine
from whatwhere_app.views.command_palette import CommandPalette
from whatwhere_app.views.export_panel import ExportPanel
from whatwhere_app.views.help_window import HelpWindow
from whatwhere_app.views.legend import with_legend
from whatwhere_app.views.question_bar import QuestionBar
from whatwhere_app.views.report_window import ReportWindow
from whatwhere_app.views.scene_canvas import opengl_facts
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.workspace import Workspace


class Comforts:
    """Panels that come when called, and their presenters.

    Args:
        demo_rooms: name -> scan folder of the rooms that ship with the program.
        opened: path of the open scene, or None.
        take_up: puts a sentence into the query bar, and asks it if the second argument says so; in
            words or not if the third one knows.
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
        opened: Callable[[], Path | None],
        take_up: Callable[[str, bool, bool | None], None],
    ) -> None:
        self._window = window
        self._settings = settings
        shipped = {folder.resolve() for folder in demo_rooms.values()}
        self._stage = _CanvasStage(scene_view, settings, window.actions_by_name["show.light"])
        self.export_panel = ExportPanel(KINDS, max_scale=MAX_SCALE, parent=window)
        self.exports = ExportPresenter(
            self.export_panel,
            workspace,
            board,
            stage=self._stage,
            finish=finish_picture,
            is_shipped=lambda folder: folder.resolve() in shipped,
        )
        self.session = SessionPresenter(
            session_path(),
            window,
            self._stage,
            workspace,
            board,
            opened=opened,
            take_up=take_up,
            usual_model=settings.value.model,
        )
        self.question = QuestionBar()
        window.add_above(self.question)
        self.palette = CommandPalette(window)
        self.commands = PalettePresenter(self.palette, window.actions_by_name)
        self.help_window = HelpWindow(PAGES, parent=window)
        self.help = HelpPresenter(
            self.help_window, read_page=_help_page, actions=window.actions_by_name
        )
        self.report_window = ReportWindow(window)
        self.report = ReportPresenter(self.report_window, gather=self._gather_report)
        self._connect()

    def keep_session(self) -> None:
        """Write the session down from now on."""
        save = self.session.keep(self._window)
        self._stage.canvas.camera_control.moving_changed.connect(lambda _: save())

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
        actions["help.report"].triggered.connect(lambda *_: self._preview_report())
        self.report_window.save_requested.connect(self._save_report)
        panel.size_wanted.connect(lambda scale: panel.show_size(*self.exports.size_px(scale)))

    def _find_command(self) -> None:
        self.palette.set_theme(self._stage.theme)
        self.commands.open()

    def _preview_report(self) -> None:
        self.report_window.set_theme(self._stage.theme)
        self.report.preview()

    def _gather_report(self) -> tuple[ReportPart, ...]:
        facts = machine_facts() | opengl_facts(self._stage.canvas)
        logs = sorted(user_folder("state").glob("*.log"))
        return report_parts(logs, settings_path(), facts)

    def _save_report(self) -> None:
        path = self._window.ask_where_to_save(Path.home() / "whatwhere-report.zip")
        if path is not None:
            self.report.save(path)

    def _export(self, kind: Kind, scale: int, boxes_only: bool, is_transparent: bool) -> None:
        reason = self.exports.why_not(kind)
        if reason:
            self.export_panel.show_report(reason)
            return
        folder = self._settings.value.export_folder
        suggested = (Path(folder) if folder else Path.home()) / self.exports.suggested_name(kind)
        path = self._window.ask_where_to_save(suggested)
        if path is not None:
            change = {"export_folder": str(path.parent)}
            self._settings.change(self._settings.value.model_copy(update=change))
            self.exports.export(
                kind, path, scale=scale, boxes_only=boxes_only, is_transparent=is_transparent
            )

    def _remake(self) -> None:
        path = self._window.ask_for_camera(self._settings.value.export_folder)
        if path is not None:
            self.exports.remake(path)


class _CanvasStage:
    """The 3D view as exports see it."""

    def __init__(self, view: SceneView, settings: SettingsStore, light: QAction) -> None:
        self.canvas = view.canvas
        self._view, self._light = view, light
        self._settings = settings

    @property
    def pose(self) -> CameraPose:
        return self.canvas.camera_control.pose

    @property
    def size_px(self) -> tuple[int, int]:
        return self.canvas.width(), self.canvas.height()

    @property
    def ceiling_m(self) -> float | None:
        return self.canvas.clip_height_m

    @property
    def is_lit(self) -> bool:
        return self._view.is_lit

    def light(self, is_lit: bool) -> None:
        self._light.setChecked(is_lit)

    @property
    def theme(self) -> Theme:
        choice = self._settings.value.theme
        if choice != "system":
            return THEMES[choice]
        is_light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
        return LIGHT if is_light else DARK

    def look(self, pose: CameraPose, *, animated: bool = True) -> None:
        control = self.canvas.camera_control
        control.fly_to(pose, animated=animated, is_remembered=animated)


def session_path() -> Path:
    """The file that remembers the last session."""
    return user_folder("state") / "session.json"


def finish_picture(
    pixels: NDArray[np.uint8], lines: Sequence[LegendLine], figure: Figure, shot: Shot, path: Path
) -> None:
    """Paint legend, scale bar and divider over a picture and write it, at once or not at all.

    Raises:
        OSError: it cannot be written there.
    """
    image = with_legend(pixels, lines, figure.theme, shot=shot, wipe=figure.wipe)
    if not figure.is_transparent:
        image = image.convertToFormat(QImage.Format.Format_RGB888)
    with replacing(path) as temporary:
        if not image.save(str(temporary), "PNG"):  # type: ignore[call-overload]
            raise OSError(f"no picture of {image.width()} x {image.height()} pixels fits there")


def _help_page(name: str) -> str:
    return asset("help", f"{name}.md").read_text(encoding="utf-8")


def _bring(panel: ExportPanel) -> None:
    panel.show()
    panel.raise_()
    panel.activateWindow()
