"""The right side of the Annotate layout: tags, note, what was done."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.annotate_values import HistoryRow, TagShown
from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.reading import make_readable
from whatwhere_app.views.swatch import SWATCH_PX, no_swatch, swatch

_PAUSE_MS = 800
"""Whoever types no further for so long has a note that can be saved."""


class AnnotateTags(QWidget):
    """A click on a tag gives it or takes it off.

    Args:
        done: the command that ends a case.
        edit: the command that edits the set of tags.
    """

    tag_clicked = Signal(str)
    note_entered = Signal(str)
    """Enter in the note: it is written, and the case is done with."""
    note_left = Signal(str)
    """The note has lost the focus, or nothing was typed into it for a moment."""
    history_clicked = Signal(str)
    """The id of a change."""

    def __init__(self, done: QAction, edit: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self.buttons: dict[str, QPushButton] = {}
        self._tags = QVBoxLayout()
        self._tags.setSpacing(GAP_PX)
        self.note = QLineEdit()
        self.note.setPlaceholderText("Note; Enter ends the case")
        self.note.setAccessibleName("Note")
        self.note.returnPressed.connect(self._on_note_entered)
        self.note.editingFinished.connect(self._on_note_left)
        self._note_of = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._on_note_left)
        self.note.textEdited.connect(lambda _: self._pause.start())
        self._others = QLabel()
        self._others.setObjectName("caption")
        self._others.setWordWrap(True)
        self.history = QListWidget()
        self.history.setAccessibleName("What was done, newest first")
        self.history.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.history.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.history.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.history.itemActivated.connect(self._on_history)
        self.history.itemClicked.connect(self._on_history)
        self._then = QLabel()
        self._then.setObjectName("caption")
        self._then.setWordWrap(True)
        make_readable(self._then, "What was said then")
        self._then.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GAP_PX, 2 * GAP_PX, 3 * GAP_PX, 2 * GAP_PX)
        column.setSpacing(2 * GAP_PX)
        self._mode = QLabel()
        self._mode.setObjectName("caption")
        self._mode.setWordWrap(True)
        self._mode.hide()
        column.addWidget(self._mode)
        column.addLayout(self._tags)
        column.addWidget(ActionButton(edit, "Edit the tags…", is_flat=True))
        column.addWidget(self.note)
        column.addWidget(self._others)
        self._done = ActionButton(done, "Done, next case", is_primary=True)
        column.addWidget(self._done)
        title = QLabel("History")
        title.setObjectName("groupTitle")
        column.addWidget(title)
        column.addWidget(self.history, 1)
        column.addWidget(self._then)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme

    @property
    def mode_text(self) -> str:
        """What it says above the tags."""
        return self._mode.text()

    def show_mode(self, text: str) -> None:
        """How one annotates; "" where there is nothing to say."""
        self._mode.setText(text)
        self._mode.setVisible(bool(text))

    def show_tags(self, tags: Sequence[TagShown]) -> None:
        """The tags that are offered."""
        if [tag.tag_id for tag in tags] != list(self.buttons):
            self._build(tags)
        for tag in tags:
            button = self.buttons[tag.tag_id]
            button.setChecked(tag.is_on)
            others = f"   +{tag.others}" if tag.others else ""
            mark = "  ·  suggested" if tag.hint and not tag.is_on else ""
            retired = "  ·  retired" if tag.is_retired else ""
            button.setText(f"{tag.digit or ' '}   {tag.caption}{others}{retired}{mark}")
            button.setIcon(self._icon(tag, tags))
            key = f" ({tag.digit})" if tag.digit else ""
            given = f"\nGiven by {tag.others} other annotators" if tag.others else ""
            why = f"\nSuggested: {tag.hint}" if tag.hint else ""
            button.setToolTip(f"{tag.caption}{key}{given}{why}")

    def _icon(self, tag: TagShown, tags: Sequence[TagShown]) -> QIcon:
        if tag.color:
            return swatch(tag.color, self._theme.text_3)
        return no_swatch() if any(other.color for other in tags) else QIcon()

    @property
    def typed_note(self) -> str | None:
        """What was typed and not told yet; None without it."""
        return self.note.text() if self.note.isModified() else None

    def show_note(self, case_id: str, text: str, others: Sequence[str]) -> None:
        """This annotator's note on a case, and what others wrote; what is being typed stays."""
        is_other, self._note_of = case_id != self._note_of, case_id
        if is_other or not (self.note.isModified() or text == self.note.text().strip()):
            self.note.setText(text)
        self._others.setText("\n".join(others))
        self._others.setVisible(bool(others))

    def set_can_annotate(self, can: bool) -> None:
        """Whether a case is in hand."""
        self.note.setEnabled(can)
        self._done.setVisible(can)
        for button in self.buttons.values():
            button.setEnabled(can)

    def show_history(self, rows: Sequence[HistoryRow]) -> None:
        """Replace the rows, newest first."""
        self.history.clear()
        for row in rows:
            text = f"{row.when}  {f'{row.who}: ' if row.who else ''}{row.title}"
            item = QListWidgetItem(f"{text} (undone)" if row.is_undone else text)
            item.setToolTip(f"{text}\nA click goes to the case and says what was said of it then")
            item.setData(Qt.ItemDataRole.UserRole, row.change_id)
            if row.is_undone:
                item.setForeground(QColor(self._theme.text_3))
            self.history.addItem(item)

    @property
    def then_text(self) -> str:
        """What was said of the case at the time of the row that was clicked."""
        return self._then.text()

    def show_then(self, text: str) -> None:
        """What was said of the case at the time of a row; "" for nothing."""
        self._then.setText(text)
        self._then.setVisible(bool(text))

    def _on_history(self, item: QListWidgetItem) -> None:
        self.history_clicked.emit(item.data(Qt.ItemDataRole.UserRole))

    def _on_note_entered(self) -> None:
        self._pause.stop()
        self.note.setModified(False)
        self.note_entered.emit(self.note.text())

    def _on_note_left(self) -> None:
        self._pause.stop()
        if self.note.isModified():
            self.note.setModified(False)
            self.note_left.emit(self.note.text())

    def _build(self, tags: Sequence[TagShown]) -> None:
        for button in self.buttons.values():
            self._tags.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}
        for tag in tags:
            button = QPushButton()
            button.setObjectName("tag")
            button.setCheckable(True)
            button.setIconSize(QSize(SWATCH_PX, SWATCH_PX))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(f"Tag: {tag.caption}")
            button.clicked.connect(lambda *_, which=tag.tag_id: self.tag_clicked.emit(which))
            self._tags.addWidget(button)
            self.buttons[tag.tag_id] = button
