"""Where a sentence is typed and asked; beneath it what is being done, or what to know."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QStringListModel, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX

_OFFERS = 8
_MARGIN_PX = 3 * GAP_PX
_NOTE_LINES = 2
_VERBS = {"point": "Run", "words": "Answer"}


class QueryBar(QWidget):
    """A line, a Run button that turns into Cancel, the elapsed time and two lines of notes."""

    submitted = Signal(str)
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.line = _HistoryLine()
        self.line.setPlaceholderText("the chair nearest the door, or a question?")
        self.line.setAccessibleName("Sentence")
        self.line.setClearButtonEnabled(False)
        self._elapsed = QLabel()
        self._elapsed.setObjectName("caption")
        self._elapsed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._elapsed.setMinimumWidth(self.fontMetrics().horizontalAdvance("000.00 s "))
        self.button = QPushButton("Run")
        self.button.setObjectName("primary")
        self.button.setMinimumWidth(76)
        self._note = QLabel()
        self._note.setObjectName("hint")
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._whole_note = ""
        self._is_busy = False
        self._verb = _VERBS["point"]
        self._arrange()
        self.line.returnPressed.connect(self._submit)
        self.button.clicked.connect(self._on_button)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2 * GAP_PX)
        row.addWidget(self.line, 1)
        row.addWidget(self._elapsed)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, 2 * GAP_PX, _MARGIN_PX, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addLayout(row)
        column.addWidget(self._note)

    def set_text(self, text: str) -> None:
        """Put a sentence into the line without asking it."""
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def set_history(self, sentences: Sequence[str]) -> None:
        """What the up and down keys bring back, newest last."""
        self.line.set_history(sentences)

    def set_known(self, sentences: Sequence[str]) -> None:
        """What is offered while letters are typed."""
        self.line.set_known(sentences)

    def set_busy(self, is_busy: bool) -> None:
        """While an answer is awaited the button cancels."""
        self._is_busy = is_busy
        self.button.setText("Cancel" if is_busy else self._verb)

    def set_way(self, way: str) -> None:
        """What the button does while nothing is awaited: "point", or answer in "words"."""
        self._verb = _VERBS[way]
        self.set_busy(self._is_busy)

    def set_elapsed(self, elapsed_s: float | None) -> None:
        """How long the answer took, or takes so far; None clears it."""
        self._elapsed.setText("" if elapsed_s is None else f"{elapsed_s:.2f} s")

    def set_note(self, text: str, *, is_warning: bool = False) -> None:
        """The note beneath; what does not fit is on hover."""
        self._note.setObjectName("warningText" if is_warning else "hint")
        self._note.style().unpolish(self._note)
        self._note.style().polish(self._note)
        self._whole_note = text
        self._note.setToolTip(text)
        self._show_note()

    @property
    def note(self) -> str:
        """The whole note, of which the line may show the beginning."""
        return self._whole_note

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: another part of the note has room."""
        super().resizeEvent(event)
        self._show_note()

    def _show_note(self) -> None:
        """As much of the note as its lines hold; they are always there, so nothing moves."""
        metrics = QFontMetrics(self._note.font())
        self._note.setFixedHeight(_NOTE_LINES * metrics.lineSpacing())
        room = QRect(0, 0, max(self.width() - 2 * _MARGIN_PX, 1), self._note.height())
        wrapped = int(Qt.TextFlag.TextWordWrap)
        text, words = self._whole_note, self._whole_note.split(" ")
        while len(words) > 1 and metrics.boundingRect(room, wrapped, text).height() > room.height():
            words.pop()
            text = " ".join(words) + "…"
        self._note.setText(text)

    def focus_line(self) -> None:
        """Take the keyboard, with the old sentence selected."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def _on_button(self) -> None:
        if self._is_busy:
            self.cancel_requested.emit()
        else:
            self._submit()

    def _submit(self) -> None:
        self.submitted.emit(self.line.text())


class _HistoryLine(QLineEdit):
    """A line that finds earlier sentences with the up and down keys, and keeps what is begun."""

    def __init__(self) -> None:
        super().__init__()
        self._history: tuple[str, ...] = ()
        self._place = 0
        self._begun = ""
        self._known = QStringListModel(self)
        offers = QCompleter(self._known, self)
        offers.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        offers.setFilterMode(Qt.MatchFlag.MatchContains)
        offers.setMaxVisibleItems(_OFFERS)
        popup = offers.popup()
        assert popup is not None
        popup.setAccessibleName("Sentences with these letters")
        self.setCompleter(offers)

    def set_known(self, sentences: Sequence[str]) -> None:
        self._known.setStringList(list(sentences))

    def set_history(self, sentences: Sequence[str]) -> None:
        self._history = tuple(sentences)
        self._place = len(self._history)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        if self._place == len(self._history):
            self._begun = self.text()
        self._place = max(0, min(len(self._history), self._place + step))
        self.setText([*self._history, self._begun][self._place])
