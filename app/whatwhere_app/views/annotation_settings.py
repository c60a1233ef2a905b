"""Who annotates and where that lies: a part of the settings."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.sharing_values import PlaceShown
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.progress_line import ProgressLine
from whatwhere_app.views.reading import make_readable
from whatwhere_app.views.settings_panel import SettingsPart

_NAME_HINT = "Under this name you tag, note and draw; others in the same database see it."
_PLACE_HINT = (
    "Empty is a file of your own. A shared one: postgresql+psycopg://USER@HOST/DATABASE. A "
    "password in it is kept for this session alone; for good it belongs into ~/.pgpass or "
    "PGPASSWORD."
)


class AnnotationSettings(SettingsPart):
    """Nothing is taken over before “Use” is pressed."""

    renamed = Signal(str)
    test_wanted = Signal(str)
    use_wanted = Signal(str)
    copy_wanted = Signal(str)
    cancelled = Signal()
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.annotator, self.place = QLineEdit(), QLineEdit()
        self.annotator.setMaxLength(120)
        self.annotator.editingFinished.connect(self._rename)
        self.place.setClearButtonEnabled(True)
        self._in_use, self._said, self._step = QLabel(), QLabel(), QLabel()
        make_readable(self._said, "What came of it")
        self._said.setWordWrap(True)
        self._said.setObjectName("caption")
        self._step.setObjectName("caption")
        self.use, self.test = QPushButton("Use"), QPushButton("Test")
        self.copy, self.cancel = QPushButton("Copy into it"), QPushButton("Cancel")
        for button, signal, hint in (
            (self.test, self.test_wanted, "Try to reach it; nothing is changed"),
            (self.copy, self.copy_wanted, "Copy all that is in the present place, history too"),
            (self.use, self.use_wanted, "Annotate there from now on"),
        ):
            button.setAutoDefault(False)
            button.setToolTip(hint)
            button.clicked.connect(lambda *_, s=signal: s.emit(self.place.text().strip()))
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(lambda *_: self.cancelled.emit())
        self._bar = ProgressLine()
        self._lay_out()
        self.show_progress(None)
        self.say("", is_fault=False)

    @property
    def said(self) -> str:
        """What it says beneath."""
        return self._said.text()

    @property
    def in_use_text(self) -> str:
        """Where annotations lie now."""
        return self._in_use.text()

    def set_title_width(self, width_px: int) -> None:
        """So much room the titles of the other settings take."""
        self._grid.setColumnMinimumWidth(0, width_px)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._bar.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: it is seen from now on."""
        super().showEvent(event)
        self.opened.emit()

    def show_place(self, shown: PlaceShown) -> None:
        """Who and where, as it is now."""
        if not self.annotator.hasFocus():
            self.annotator.setText(shown.annotator)
        self.annotator.setPlaceholderText(shown.login)
        self._in_use.setText(f"In use: {shown.in_use}")
        self._in_use.setToolTip(shown.in_use)
        if not self.place.isModified():
            self.place.setText("" if shown.is_own else shown.in_use)
            self.place.setCursorPosition(0)

    def show_used(self) -> None:
        """What was typed is taken over."""
        self.place.setModified(False)

    def show_progress(
        self, share: float | None, step: str = "", *, can_cancel: bool = False
    ) -> None:
        """How far work is that takes a while; None where there is none, -1 while unknown."""
        is_on = share is not None
        self._bar.setVisible(is_on)
        self._bar.set_share(None if share == -1 else (share or 0.0))
        self._step.setVisible(is_on)
        self._step.setText(step)
        self.cancel.setVisible(is_on and can_cancel)
        for button in (self.test, self.copy, self.use):
            button.setEnabled(not is_on)

    def say(self, text: str, *, is_fault: bool) -> None:
        """What came of it."""
        self._said.setObjectName("warningText" if is_fault else "caption")
        self._said.style().unpolish(self._said)
        self._said.style().polish(self._said)
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def _rename(self) -> None:
        if self.annotator.isModified():
            self.annotator.setModified(False)
            self.renamed.emit(self.annotator.text().strip())

    def _lay_out(self) -> None:
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(3 * GAP_PX)
        grid.setVerticalSpacing(GAP_PX)
        grid.setColumnStretch(1, 1)
        fields = ((self.annotator, "Annotator", _NAME_HINT), (self.place, "Database", _PLACE_HINT))
        for row, (field, text, about) in enumerate(fields):
            title, hint = QLabel(text), QLabel(about)
            title.setBuddy(field)
            field.setAccessibleName(text)
            field.setAccessibleDescription(about)
            hint.setObjectName("caption")
            hint.setWordWrap(True)
            hint.setContentsMargins(0, 0, 0, 2 * GAP_PX)
            grid.addWidget(title, 2 * row, 0)
            grid.addWidget(field, 2 * row, 1)
            grid.addWidget(hint, 2 * row + 1, 1)
        self._in_use.setObjectName("caption")
        self._in_use.setWordWrap(True)
        self._in_use.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        buttons, progress, below = QHBoxLayout(), QHBoxLayout(), QVBoxLayout()
        for button in (self.test, self.copy, self.use):
            buttons.addWidget(button)
        buttons.addStretch(1)
        for widget in (self._bar, self._step):
            progress.addWidget(widget)
        progress.addStretch(1)
        progress.addWidget(self.cancel)
        for line in (buttons, progress):
            line.setSpacing(2 * GAP_PX)
            below.addLayout(line)
        below.setSpacing(2 * GAP_PX)
        below.addWidget(self._said)
        grid.addWidget(self._in_use, 4, 1)
        grid.addLayout(below, 5, 1)
