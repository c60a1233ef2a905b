"""Which cues explain what was chosen among look-alikes."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.shortcut_values import ShortcutsShown
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.cue_forest import CueForest
from whatwhere_app.views.progress_line import ProgressLine
from whatwhere_app.views.reading import make_readable


class CaseShortcuts(QWidget):
    """A verdict above the forest of cues, and beneath it how they are to be read."""

    find_wanted = Signal()
    cancel_wanted = Signal()
    modality_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.modality = QComboBox()
        self.modality.setAccessibleName("Whose choices are explained")
        self.modality.activated.connect(
            lambda _: self.modality_chosen.emit(self.modality.currentData())
        )
        self.start = QPushButton("Find shortcuts")
        self.start.setToolTip("Read the frames of every scan and weigh what look-alikes look like")
        self.start.clicked.connect(self._on_find)
        self._is_running, self._can_find = False, False
        self.forest = CueForest()
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        make_readable(self.verdict, "What explains the choices")
        self.caption = _caption("How the cues are to be read")
        self._said = _caption("How far it is")
        self._line = ProgressLine()
        self._build()
        self.show_shortcuts(ShortcutsShown())
        self.show_progress(None, "")

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._line.set_theme(theme)
        self.forest.set_theme(theme)

    def show_shortcuts(self, shown: ShortcutsShown) -> None:
        """Replace everything."""
        names = [self.modality.itemData(row) for row in range(self.modality.count())]
        if names != [name for name, _ in shown.modalities]:
            self.modality.clear()
            for name, text in shown.modalities:
                self.modality.addItem(text, name)
        self.modality.setCurrentIndex(self.modality.findData(shown.modality))
        self.modality.setVisible(bool(shown.modalities))
        self.verdict.setText(shown.verdict)
        self.verdict.setVisible(bool(shown.verdict))
        self.caption.setText(shown.caption)
        self.forest.show_rows(shown.rows, shown.color)
        self.forest.setVisible(bool(shown.rows))
        self._can_find = shown.can_find
        self.start.setEnabled(shown.can_find or self._is_running)

    def show_progress(self, share: float | None, text: str, *, is_running: bool = False) -> None:
        """How far it is, or how it ended.

        Args:
            share: 0..1; None while that is unknown.
            text: what is being done, or a fault.
            is_running: whether it can be cancelled.
        """
        self._is_running = is_running
        self.start.setText("Cancel" if is_running else "Find shortcuts")
        self.start.setEnabled(self._can_find or is_running)
        self._line.setVisible(is_running)
        self._line.set_share(share)
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def _build(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(GAP_PX)
        tools.addWidget(self.modality)
        tools.addWidget(self.start)
        tools.addStretch(1)
        running = QHBoxLayout()
        running.setSpacing(2 * GAP_PX)
        running.addWidget(self._line)
        running.addWidget(self._said, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addLayout(tools)
        column.addLayout(running)
        column.addWidget(self.verdict)
        column.addWidget(self.forest, 1)
        column.addWidget(self.caption)
        column.addStretch(0)

    def _on_find(self) -> None:
        (self.cancel_wanted if self._is_running else self.find_wanted).emit()


def _caption(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName("caption")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    make_readable(label, name)
    return label
