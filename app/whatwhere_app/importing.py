"""Own scans: how they are to be read is asked here; built and connected."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.import_asking import takes_choices, what_to_ask
from whatwhere.scenes.import_choices import ImportChoices, read_choices, write_choices
from whatwhere.scenes.import_trial import ImportTrial, try_choices
from whatwhere.scenes.places import find_place
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.scan_folders import ScanFolders
from whatwhere_app.presenters.scan_import import ImportPresenter, ImportTools
from whatwhere_app.presenters.scene_view import ScenePresenter
from whatwhere_app.presenters.scenes import ScenesPresenter
from whatwhere_app.presenters.shown_mesh import ShownMesh
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.theme import Theme
from whatwhere_app.views.import_marks import ImportMarks
from whatwhere_app.views.import_panel import ImportPanel
from whatwhere_app.views.question_bar import QuestionBar
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.workspace import Workspace

_CHOICES = {"list": "List them", "no": "Not now"}


class _Ahead:
    """Draws the mesh of a trial in place of the open scene, with room for its cameras."""

    def __init__(self, scene: ScenePresenter) -> None:
        self._scene = scene
        self.show_ahead, self.end_ahead = scene.show_ahead, scene.end_ahead

    def prepare(self, trial: ImportTrial) -> ShownMesh | None:
        if trial.mesh is None:
            return None
        shown = self._scene.prepare(trial.mesh)
        places = [pose[:3, 3] for _, pose in trial.cameras]
        around = np.array([*places, shown.extent.lower, shown.extent.upper])
        return replace(shown, extent=Box.from_points(around))


class Importing:
    """The import panel, its marks in the 3D view, and the offer to list a whole folder.

    Args:
        ahead: draws a scan that is not open.
        scenes: opens scans; asks here first.
        folders: lists the scans below folders.
    """

    def __init__(
        self,
        window: MainWindow,
        view: SceneView,
        workspace: Workspace,
        board: TaskBoard,
        *,
        ahead: ScenePresenter,
        scenes: ScenesPresenter,
        folders: ScanFolders,
    ) -> None:
        self._board, self._scenes, self._folders = board, scenes, folders
        self.panel, self.marks = ImportPanel(window), ImportMarks(view)
        self.presenter = ImportPresenter(
            self.panel,
            self.marks,
            _Ahead(ahead),
            board,
            tools=ImportTools(_decided, try_choices, write_choices),
            open_scan=lambda path: scenes.open(path, is_decided=True),
        )
        self.offer = QuestionBar()
        window.add_above(self.offer)
        self._offered: Path | None = None
        self._looking = LatestOnly(board)
        panel, presenter = self.panel, self.presenter
        panel.edited.connect(presenter.on_edited)
        panel.floor_wanted.connect(presenter.find_floor)
        panel.offer_taken.connect(presenter.take_offer)
        panel.accepted_as_shown.connect(presenter.accept)
        panel.given_up.connect(presenter.give_up)
        self.offer.answered.connect(self._on_answered)
        workspace.scene_changed.connect(self.leave)
        action = window.actions_by_name["scenes.import_choices"]
        action.triggered.connect(lambda *_: self._ask_again())
        scenes.questions = self

    @property
    def is_busy(self) -> bool:
        """Whether a scan is being read as it would be."""
        return self.presenter.is_busy

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look; the marks follow the 3D view."""
        self.panel.set_theme(theme)

    def about(self, path: Path) -> Literal["nothing", "choices", "listing"]:
        """What is to be asked before a path is opened; called in a thread."""
        return what_to_ask(path)

    def ask_choices(self, path: Path) -> None:
        """Ask how an own scan is to be read."""
        self.presenter.ask(path)

    def offer_listing(self, path: Path) -> None:
        """A folder that is no scan holds some."""
        self._offered = path
        self.offer.ask(
            f"{path.name} is no scan, but holds some. List them all, now and at every start?",
            _CHOICES,
        )

    def leave(self) -> None:
        """Something else is opened."""
        self.offer.hide()
        self.presenter.leave()

    def _on_answered(self, answer: str) -> None:
        self.offer.hide()
        if answer == "list" and self._offered is not None:
            self._folders.add(self._offered)

    def _ask_again(self) -> None:
        path = self._scenes.opened
        if path is None:
            self._board.notice("Open a scan of your own first.", level="warning")
            return
        self._looking.run(
            asyncio.to_thread(takes_choices, path),
            lambda takes: self._on_known(path, takes=takes),
        )

    def _on_known(self, path: Path, *, takes: bool) -> None:
        if takes:
            self.presenter.ask(path)
        else:
            self._board.notice(
                f"{path.name}: its files say how they are to be read, or it has no frames. "
                "There is nothing to choose.",
                level="warning",
            )


def _decided(path: Path) -> ImportChoices:
    return read_choices(find_place(path).folder)
