"""The status bar: model and memory, the scene, what is running, the longest stall."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStatusBar, QWidget

from whatwhere_app.annotate_values import SavedShown
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.view_values import JobRow
from whatwhere_app.views.progress_line import ProgressLine

_HEIGHT_PX = 28
_MODEL = "The model that is asked, where it runs, and the memory of the program with its model"
_SAVED_HINTS = {False: "Every annotation is on the disk", True: "The last changes are on their way"}


class StatusLine(QStatusBar):
    """Left: model and scene; right: the oldest job with progress and Cancel, the longest stall."""

    cancel_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setFixedHeight(_HEIGHT_PX)  # a job that comes must not move the 3D view
        self._model, self._scene = QLabel(), QLabel()
        self._job = QLabel()
        self._bar = ProgressLine()
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setObjectName("flat")
        self._saved = QLabel()
        self._saved.hide()
        self._stall = QLabel()
        self._stall.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._stall.setMinimumWidth(self.fontMetrics().horizontalAdvance("stall 0000 ms"))
        self._stall.setToolTip("The longest time in the last seconds the window did not listen")
        self._number = 0
        right = QWidget()
        row = QHBoxLayout(right)
        row.setContentsMargins(0, 0, 2 * GAP_PX, 0)
        row.setSpacing(2 * GAP_PX)
        for widget in (self._job, self._bar, self.cancel_button, self._saved, self._stall):
            row.addWidget(widget)
        self._model.setContentsMargins(2 * GAP_PX, 0, 0, 0)
        self._scene.setContentsMargins(4 * GAP_PX, 0, 0, 0)
        self.addWidget(self._model)
        self.addWidget(self._scene, 1)
        self.addPermanentWidget(right)
        self.cancel_button.clicked.connect(lambda: self.cancel_requested.emit(self._number))
        self.show_jobs([])

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._bar.set_theme(theme)

    def show_model(self, text: str, hint: str) -> None:
        """Model, device, memory; the model's whole name or path on hover."""
        self._model.setText(text)
        self._model.setToolTip(f"{hint}\n{_MODEL}")

    @property
    def model_text(self) -> str:
        """What it says of the model."""
        return self._model.text()

    def show_scene(self, text: str, hint: str) -> None:
        """What the open scene holds; the whole of it on hover."""
        self._scene.setText(text)
        self._scene.setToolTip(hint)

    @property
    def scene_text(self) -> str:
        """What it says of the open scene."""
        return self._scene.text()

    def show_saved(self, saved: SavedShown) -> None:
        """When annotations were saved last, or how many wait and why."""
        if saved.num_waiting:
            self._saved.setText(f"Not saved: {saved.num_waiting:,} waiting")
        elif saved.is_late:
            self._saved.setText("Saving …")
        elif saved.at is not None:
            self._saved.setText(f"Saved {saved.at:%H:%M:%S}")
        self._saved.setObjectName("warningText" if saved.num_waiting else "")
        self._saved.style().unpolish(self._saved)
        self._saved.style().polish(self._saved)
        self._saved.setToolTip(saved.reason or _SAVED_HINTS[saved.is_late])
        self._saved.show()

    @property
    def saved_text(self) -> str:
        """What it says of saving."""
        return self._saved.text()

    @property
    def saved_hint(self) -> str:
        """Why something is not saved, on hover."""
        return self._saved.toolTip()

    def show_jobs(self, jobs: Sequence[JobRow]) -> None:
        """What is running, oldest first; the first is shown whole, the others counted."""
        for widget in (self._job, self._bar):
            widget.setVisible(bool(jobs))
        self.cancel_button.setVisible(bool(jobs) and jobs[0].can_cancel)
        if not jobs:
            return
        job = jobs[0]
        self._number = job.number
        self._job.setText(job.text + (f"  (+{len(jobs) - 1})" if len(jobs) > 1 else ""))
        self._bar.set_share(job.share)

    def show_stall(self, stall_ms: float) -> None:
        """The longest stall of the last seconds."""
        self._stall.setText(f"stall {stall_ms:.0f} ms")
