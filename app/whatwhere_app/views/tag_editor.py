"""The set of tags, edited in the place where tags are given."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.sharing_values import TagEdited
from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.views.reading import make_readable
from whatwhere_app.views.swatch import SWATCH_PX, swatch

_NO_KEY = "-"
_DIGITS = (_NO_KEY, *"1234567890")
_ABOUT = "Everybody who uses this store shares these tags. Each change can be undone."


class TagEditor(QWidget):
    """Tells what is wished of the set; what comes of it is shown to it.

    Args:
        colors: that are offered.
    """

    added = Signal(str)
    renamed = Signal(str, str)
    recolored = Signal(str, str)
    digit_wanted = Signal(str, str)
    """Tag, and digit; "" for none."""
    moved = Signal(str, int)
    retired = Signal(str)
    restored = Signal(str)
    finished = Signal()

    def __init__(self, colors: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors, self._theme = tuple(colors), DARK
        self._tags: tuple[TagEdited, ...] = ()
        self.rows: dict[str, _TagRow] = {}
        self.restore_buttons: dict[str, QPushButton] = {}
        self.new_tag = QLineEdit()
        self.new_tag.setPlaceholderText("New tag; Enter adds it")
        self.new_tag.setAccessibleName("New tag")
        self.new_tag.returnPressed.connect(self._add)
        self.done = QPushButton("Back to tagging")
        self.done.setObjectName("primary")
        self.done.clicked.connect(lambda *_: self.finished.emit())
        self._said, about = QLabel(), QLabel(_ABOUT)
        make_readable(self._said, "What was done")
        for label in (self._said, about):
            label.setObjectName("caption")
            label.setWordWrap(True)
        self._said.hide()
        held = QWidget()
        self._list = QVBoxLayout(held)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(GAP_PX)
        scroll = QScrollArea()
        scroll.setWidget(held)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GAP_PX, 2 * GAP_PX, 3 * GAP_PX, 2 * GAP_PX)
        column.setSpacing(2 * GAP_PX)
        column.addWidget(about)
        column.addWidget(scroll, 1)
        column.addWidget(self.new_tag)
        column.addWidget(self._said)
        column.addWidget(self.done)

    @property
    def said(self) -> str:
        """What it says beneath."""
        return self._said.text()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        for row in self.rows.values():
            row.set_theme(theme)

    def show_tags(self, tags: Sequence[TagEdited]) -> None:
        """The set as it is; whoever is typing a name goes on."""
        shape = [(tag.tag_id, tag.is_retired) for tag in tags]
        if shape != [(tag.tag_id, tag.is_retired) for tag in self._tags]:
            self._build(tags)
        self._tags = tuple(tags)
        for tag in tags:
            if tag.tag_id in self.rows:
                self.rows[tag.tag_id].show_tag(tag)

    def say(self, text: str) -> None:
        """Why something was refused; "" takes it away."""
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def clear_new(self) -> None:
        """What was typed has been added."""
        self.new_tag.clear()

    def _add(self) -> None:
        self.added.emit(self.new_tag.text())

    def _build(self, tags: Sequence[TagEdited]) -> None:
        focused = next(
            (key for key, row in self.rows.items() if row.isAncestorOf(_focused(self))), None
        )
        name = _focused(self).objectName() if focused else ""
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows, self.restore_buttons = {}, {}
        offered = [tag for tag in tags if not tag.is_retired]
        for place, tag in enumerate(offered):
            row = _TagRow(tag.tag_id, self._colors, self)
            row.set_theme(self._theme)
            row.up.setEnabled(place > 0)
            row.down.setEnabled(place < len(offered) - 1)
            self.rows[tag.tag_id] = row
            self._list.addWidget(row)
        retired = [tag for tag in tags if tag.is_retired]
        if retired:
            title = QLabel("Retired: cases that carry them keep them")
            title.setObjectName("caption")
            title.setWordWrap(True)
            self._list.addWidget(title)
        for tag in retired:
            self._list.addWidget(self._retired(tag))
        self._list.addStretch(1)
        if focused in self.rows:
            again = self.rows[focused].findChild(QWidget, name)
            if again is not None:
                again.setFocus()

    def _retired(self, tag: TagEdited) -> QWidget:
        line, caption, again = QWidget(), QLabel(tag.caption), QPushButton("Offer again")
        again.setAccessibleName(f"Offer {tag.caption} again")
        again.clicked.connect(lambda *_: self.restored.emit(tag.tag_id))
        self.restore_buttons[tag.tag_id] = again
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(caption, 1)
        row.addWidget(again)
        return line


class _TagRow(QWidget):
    def __init__(self, tag_id: str, colors: Sequence[str], editor: TagEditor) -> None:
        super().__init__(editor)
        self._colors, self._color, self._theme = colors, "", DARK
        self.digit, self.color, self.caption = QComboBox(), QPushButton(), QLineEdit()
        self.digit.addItems(_DIGITS)
        self.digit.setObjectName("digit")
        self.caption.setObjectName("name")
        self.color.setIconSize(QSize(SWATCH_PX, SWATCH_PX))
        self.up, self.down = _small("▴", "up"), _small("▾", "down")
        self.retire = _small("✕", "retire")
        self._menu = QMenu(self)
        self.color.setMenu(self._menu)
        self.color.setObjectName("swatch")
        self.digit.activated.connect(lambda _: self._give_digit(editor, tag_id))
        self.caption.editingFinished.connect(lambda: self._rename(editor, tag_id))
        self._menu.aboutToShow.connect(lambda: self._fill_menu(editor, tag_id))
        self._fill_menu(editor, tag_id)
        acts: tuple[tuple[QPushButton, Callable[[], None]], ...] = (
            (self.up, lambda: editor.moved.emit(tag_id, -1)),
            (self.down, lambda: editor.moved.emit(tag_id, 1)),
            (self.retire, lambda: editor.retired.emit(tag_id)),
        )
        for button, act in acts:
            button.clicked.connect(lambda *_, do=act: do())
        self._held = TagEdited(tag_id, "", "", "")
        row = QGridLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setHorizontalSpacing(GAP_PX)
        row.setColumnStretch(2, 1)
        widgets = (self.digit, self.color, self.caption, self.up, self.down, self.retire)
        for place, widget in enumerate(widgets):
            row.addWidget(widget, 0, place)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.color.setIcon(swatch(self._held.color, theme.text_3))

    def show_tag(self, tag: TagEdited) -> None:
        self._held = tag
        if not (self.caption.hasFocus() and self.caption.isModified()):
            self.caption.setText(tag.caption)
            self.caption.setCursorPosition(0)
        self.digit.setCurrentIndex(_DIGITS.index(tag.digit or _NO_KEY))
        self.color.setIcon(swatch(tag.color, self._theme.text_3))
        for widget, what in (
            (self.digit, "Key of"), (self.color, "Colour of"), (self.caption, "Name of"),
            (self.up, "Move up:"), (self.down, "Move down:"), (self.retire, "Retire"),
        ):  # fmt: skip
            widget.setAccessibleName(f"{what} {tag.caption}")
            widget.setToolTip(f"{what} {tag.caption}")
        self.caption.setToolTip(tag.caption)
        self.retire.setToolTip(f"Offer {tag.caption} no more; cases keep it")

    def _rename(self, editor: TagEditor, tag_id: str) -> None:
        if self.caption.isModified():
            self.caption.setModified(False)
            text, held = self.caption.text(), self._held.caption
            self.caption.setText(held)  # until it is so
            if text != held:
                editor.renamed.emit(tag_id, text)

    def _give_digit(self, editor: TagEditor, tag_id: str) -> None:
        text = self.digit.currentText()
        digit = "" if text == _NO_KEY else text
        if digit != self._held.digit:
            editor.digit_wanted.emit(tag_id, digit)

    def _fill_menu(self, editor: TagEditor, tag_id: str) -> None:
        self._menu.clear()
        for color in (*self._colors, ""):
            action = self._menu.addAction(swatch(color, self._theme.text_3), color or "None")
            action.triggered.connect(lambda *_, which=color: editor.recolored.emit(tag_id, which))


def _small(text: str, name: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setProperty("isSmall", True)
    button.setFixedWidth(6 * GAP_PX)
    return button


def _focused(widget: QWidget) -> QWidget:
    return widget.window().focusWidget() or widget
