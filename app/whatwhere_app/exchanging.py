"""Annotated cases out to files and in from them: two panels, built when first called."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.case_export import CaseExportPresenter
from whatwhere_app.presenters.case_import import CaseImportPresenter
from whatwhere_app.services.annotations import AnnotationService
from whatwhere_app.services.case_files import FORMS_SHOWN
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.case_export_panel import CaseExportPanel
from whatwhere_app.views.case_import_panel import CaseImportPanel


@dataclass(frozen=True, slots=True)
class ExportFolder:
    """Into which folder exports go.

    Attributes:
        get: the last one; "" before any.
        keep: remembers it.
    """

    get: Callable[[], str]
    keep: Callable[[Path], None]


class Exchanging:
    """The two panels and their presenters.

    Args:
        taken: cases were taken in.
    """

    def __init__(
        self,
        window: MainWindow,
        desk: AnnotateDesk,
        store: AnnotationService,
        board: TaskBoard,
        folder: ExportFolder,
        *,
        taken: Callable[[], None],
    ) -> None:
        self._window, self._folder = window, folder
        self.export_panel = CaseExportPanel(FORMS_SHOWN, parent=window)
        self.exports = CaseExportPresenter(
            self.export_panel, desk, store, board, folder=folder.get, keep_folder=folder.keep
        )
        self.import_panel = CaseImportPanel(parent=window)
        self.imports = CaseImportPresenter(self.import_panel, store, board, taken=taken)
        self.export_panel.asked.connect(self.exports.export)
        self.export_panel.folder_wanted.connect(self._choose_folder)
        self.export_panel.open_wanted.connect(self._open_folder)
        self.import_panel.taken.connect(self.imports.take)

    @property
    def is_busy(self) -> bool:
        """Whether files are being written or read."""
        return self.exports.is_busy or self.imports.is_busy

    def export(self) -> None:
        """Bring the panel that exports."""
        self.exports.begin()
        self.export_panel.show()
        self.export_panel.raise_()
        self.export_panel.activateWindow()

    def take_in(self) -> None:
        """Ask for a file, and say what it would do."""
        path = self._window.ask_for_cases(self._folder.get())
        if path is not None:
            self.imports.look(path)

    def _choose_folder(self) -> None:
        chosen = self._window.ask_for_folder("Export into this folder")
        if chosen is not None:
            self.export_panel.show_folder(chosen)

    def _open_folder(self) -> None:
        if self.exports.written_to is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.exports.written_to)))
