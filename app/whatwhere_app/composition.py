"""The one file that builds the objects of the program and connects them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from whatwhere_app.annotate_panel import AnnotateTools
from whatwhere_app.annotating import Annotating
from whatwhere_app.arranging import Arranging
from whatwhere_app.choosing import Choosing
from whatwhere_app.closing import Closing
from whatwhere_app.comforts import Comforts
from whatwhere_app.comparing import Comparing
from whatwhere_app.diagnosing import Diagnosing
from whatwhere_app.exchanging import ExportFolder
from whatwhere_app.finding import Finding
from whatwhere_app.importing import Importing
from whatwhere_app.inspecting import Inspecting
from whatwhere_app.main_window import MainWindow
from whatwhere_app.modelling import Modelling
from whatwhere_app.panels import arrange_panels, build_panels, dress_panels
from whatwhere_app.placing import Placing
from whatwhere_app.preferring import Preferring
from whatwhere_app.presenters.diagnose_tools import DiagnoseTools
from whatwhere_app.presenters.user_boxes import user_boxes_of
from whatwhere_app.presenting import Shared, build_presenters, connect_presenters
from whatwhere_app.probing import Probing
from whatwhere_app.services.grounder import HOST_ENTRY, GrounderService
from whatwhere_app.services.probed_models import ProbedModels
from whatwhere_app.settings import SettingsStore, user_folder
from whatwhere_app.shelving import Shelving
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.collector import Collector
from whatwhere_app.tasks.heartbeat import Heartbeat
from whatwhere_app.theme import DARK, Theme
from whatwhere_app.training import Training
from whatwhere_app.viewing import Viewing
from whatwhere_app.views.style import apply_theme
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import ModelsInUse


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
        self.workspace.set_models(ModelsInUse(model))
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
            cache_bytes=lambda: self.settings.value.cache_mb * 10**6,
        )
        self.window = MainWindow()
        self.views = build_panels(self.window.actions_by_name, self.settings)
        self.shelving = Shelving(
            self.window, self.views.scenes, self.board, self.settings, demo_rooms=demo_rooms
        )
        self.comparing = Comparing(
            self.window, self.workspace, self.board, self.grounder, entry=host_entry
        )
        self.presenters = build_presenters(
            Shared(
                self.window,
                self.workspace,
                self.board,
                self.settings,
                self.grounder,
                self.heartbeat,
            ),
            self.views,
            shelf=self.shelving.shelf,
            mix=self.comparing.mix,
            demo_rooms=demo_rooms,
            dress=self._dress,
        )
        self.inspecting = Inspecting(
            self.window,
            self.views.strip,
            self.views.frame,
            self.views.scene,
            self.workspace,
            self.board,
            look_through=self.presenters.looking.look_through_frame,
            point_in_frame=self.grounder.point_in_frame,
        )
        arrange_panels(self.window, self.views)
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
        self.importing = Importing(
            self.window,
            self.views.scene,
            self.workspace,
            self.board,
            ahead=self.presenters.scene,
            scenes=self.presenters.scenes,
            folders=self.shelving.folders,
        )
        self.importing.set_theme(self._theme)
        self._dressed.append(self.importing.set_theme)
        self.finding = Finding(self.window, self.workspace, self.board)
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
        self.modelling = Modelling(
            self.window,
            self.workspace,
            self.board,
            grounder=self.grounder,
            comparing=self.comparing,
            query=self.presenters.query,
        )
        self.modelling.set_theme(self._theme)
        self._dressed.append(self.modelling.set_theme)
        self.probing = Probing(
            self.window,
            self.views.scene,
            self.views.strip,
            self.workspace,
            self.board,
            self.grounder,
            ProbedModels(self.comparing.services, self.comparing.start_probed),
        )
        self.probing.set_theme(self._theme)
        self._dressed.append(self.probing.set_theme)
        self.training = Training(
            self.window,
            self.workspace,
            self.board,
            load=lambda model, leads: self.comparing.presenter.open(model, leads=leads),
            go_through=lambda *which: self.diagnosing.go_through(*which),
            copy=self._app.clipboard().setText,
            theme=self._theme,
        )
        self._dressed.append(self.training.set_theme)
        self.arranging = Arranging(self.window, self.workspace, self.board)
        self.arranging.add("train", self.training)
        self.diagnosing = Diagnosing(
            self.window,
            self.workspace,
            self.board,
            self.viewing.undo_stack,
            DiagnoseTools(
                open_scene=self.presenters.scenes.open,
                stop_asking=self.presenters.query.cancel,
                train_with=self.training.train_with,
                copy=self._app.clipboard().setText,
                show_page=_show_page,
            ),
            theme=self._theme,
        )
        self.arranging.add("diagnose", self.diagnosing)
        self.closing = Closing(
            self.window,
            self.workspace,
            self.board,
            self.training,
            self.diagnosing,
            show_page=_show_page,
            theme=self._theme,
        )
        self._dressed += [self.diagnosing.set_theme, self.closing.set_theme]
        self.annotating = Annotating(
            self.window,
            self.workspace,
            self.board,
            self.viewing.undo_stack,
            self.views.status,
            AnnotateTools(
                self.presenters.scenes.open,
                self.presenters.query.cancel,
                self.choosing.boxes.divert,
                self.training.train_on,
                self.diagnosing.read_again,
                self.views.scene,
                self.inspecting.add_panel,
                self.choosing.overlay,
                self.choosing.divert_turns,
                self.diagnosing.on_said,
                ExportFolder(
                    lambda: self.settings.value.export_folder,
                    lambda folder: self.settings.change(
                        self.settings.value.model_copy(update={"export_folder": str(folder)})
                    ),
                ),
            ),
            chosen=lambda: self.diagnosing.chosen,
            theme=self._theme,
        )
        self.placing = Placing(
            self.preferring.settings_panel,
            self.settings,
            self.board,
            self.annotating,
            independent=self.window.actions_by_name["annotate.independent"],
            on_independent=self.diagnosing.on_said,
        )
        self._dressed.append(self.placing.set_theme)
        self._dressed.append(self.annotating.set_theme)
        self.arranging.add("annotate", self.annotating)
        self.views.welcome.set_has_demo(bool(demo_rooms))
        if self.settings.fault is not None:
            self.board.notice(self.settings.fault, level="warning")

    @property
    def is_idle(self) -> bool:
        """Whether everything that was asked for is on the screen."""
        parts = self.presenters
        showing = (parts.scenes.is_opening, parts.scene.is_busy, self.inspecting.is_busy)
        asking = (parts.expressions.is_busy, parts.query.is_busy, parts.mixer.is_busy)
        others = (
            self.choosing.is_busy,
            self.comparing.presenter.is_busy,
            self.modelling.is_busy,
            self.probing.is_busy,
            self.importing.is_busy,
            self.finding.presenter.is_busy,
            self.arranging.is_busy,
            self.diagnosing.is_busy,
            self.closing.is_busy,
            self.annotating.is_busy,
            self.placing.is_busy,
        )
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
        self.annotating.close()
        await self.grounder.close()
        await self.comparing.presenter.close()
        await self.probing.close()

    def shut_views(self) -> None:
        """Release what must not outlive the event loop, and listen to the application no more."""
        self._app.styleHints().colorSchemeChanged.disconnect(self._on_scheme_changed)
        self.shelving.stop()
        self.heartbeat.stop()
        self.collector.stop()
        self.views.scene.canvas.shut()

    def _dress(self, theme: Theme) -> None:
        self._theme = theme
        apply_theme(self._app, theme)
        dress_panels(self.views, theme)
        for dress in self._dressed:
            dress(theme)

    def _connect_views(self) -> None:
        views, parts, window = self.views, self.presenters, self.window
        connect_presenters(parts, views)
        views.welcome.open_requested.connect(self._ask_for_scene)
        add_folder = window.actions_by_name["scenes.add_folder"]
        views.welcome.listing_requested.connect(add_folder.trigger)
        views.status.cancel_requested.connect(self.board.cancel)
        views.notices.restart_requested.connect(self.comparing.presenter.ask_again)
        views.notices.restart_requested.connect(self._ask_unanswered)
        window.scene_dropped.connect(parts.scenes.open)
        window.expressions_dropped.connect(parts.expressions.open)
        window.cases_dropped.connect(lambda path: self.diagnosing.take_in(Path(path)))
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
            "query.in_words": lambda: parts.query.on_submitted(views.query.line.text(), "words"),
            "query.point": lambda: parts.query.on_submitted(views.query.line.text(), "point"),
            "query.next": lambda: self._step(1),
            "query.previous": lambda: self._step(-1),
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

    def _step(self, by: int) -> None:
        """To the next or previous case in the Diagnose layout, else expression."""
        if not (self.annotating.step(by) or self.diagnosing.step(by)):
            self.presenters.expressions.step(by)

    def _escape(self) -> None:
        """One step back: cancel the question, else deselect, else leave the text field."""
        if self.choosing.is_drawing:
            self.choosing.cancel()
        elif self.annotating.give_up_drawing():
            pass
        elif self.presenters.query.is_busy:
            self.presenters.query.cancel()
        elif self.workspace.selection is not None or self.workspace.mark is not None:
            self.workspace.set_selection(None)
            self.inspecting.mark.clear()
        elif self.diagnosing.deselect():
            pass
        else:
            self.views.scene.canvas.setFocus()

    def _ask_unanswered(self) -> None:
        """The first model's program was ended; its host lives and starts it anew."""
        if self.grounder.state.phase == "ready":
            self.presenters.query.ask_unanswered()

    def _on_scheme_changed(self, _: Qt.ColorScheme) -> None:
        self.presenters.appearance.on_system_changed()

    def _show_title(self) -> None:
        scene = self.workspace.scene
        self.window.setWindowTitle("WhatWhere" if scene is None else f"{scene.title} · WhatWhere")


def _show_page(page: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))
