"""The settings, each as a list with what it does beneath."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX
from whatwhere_app.view_values import Choice
from whatwhere_app.views.reading import make_readable

_WIDTH_PX = 560


class SettingsPart(QWidget):
    """A part of the settings: titles on the left, as the others have them."""

    def set_title_width(self, width_px: int) -> None:
        """So much room the titles of the other settings take."""
        raise NotImplementedError


class SettingsPanel(QDialog):
    """Whatever is chosen holds at once; there is nothing to confirm."""

    changed = Signal(str, str)
    command_given = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setMinimumWidth(_WIDTH_PX)
        self.boxes: dict[str, QComboBox] = {}
        self.buttons: dict[str, QPushButton] = {}
        self._hints: dict[str, QLabel] = {}
        self._parts: list[SettingsPart] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(3 * GAP_PX)
        self._grid.setVerticalSpacing(GAP_PX)
        self._grid.setColumnStretch(1, 1)
        self._said = QLabel()
        self._said.setObjectName("caption")
        self._said.setWordWrap(True)
        self._said.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        make_readable(self._said, "What was done")
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX)
        column.setSpacing(3 * GAP_PX)
        column.addLayout(self._grid)
        column.addStretch(1)
        column.addWidget(self._said)

    @property
    def said(self) -> str:
        """What it says beneath the settings."""
        return self._said.text()

    def add_part(self, part: SettingsPart) -> None:
        """Further settings, which look after themselves; above what is said beneath."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(layout.count() - 2, part)
        self._parts.append(part)

    def event(self, event: QEvent) -> bool:
        """Qt: what is said beneath grew, and the window with it."""
        result = super().event(event)
        layout = self.layout()
        if event.type() == QEvent.Type.LayoutRequest and layout is not None and self.isVisible():
            needed = layout.totalHeightForWidth(self.width())
            if needed > self.height():
                self.resize(self.width(), needed)
        return result

    def open_with_focus(self) -> None:
        """Come up, ready to choose."""
        self.show()
        titles = (self._grid.itemAtPosition(row, 0) for row in range(0, self._grid.rowCount(), 2))
        widest = max((item.sizeHint().width() for item in titles if item is not None), default=0)
        for part in self._parts:
            part.set_title_width(widest)
        layout = self.layout()
        assert layout is not None
        self.resize(self.width(), layout.totalHeightForWidth(self.width()))
        self.raise_()
        self.activateWindow()
        next(iter(self.boxes.values())).setFocus()

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Replace what is offered, without telling anybody."""
        for choice in choices:
            if choice.name not in self.boxes:
                self._add(choice)
            box = self.boxes[choice.name]
            was_blocked = box.blockSignals(True)
            box.clear()
            for value, text in choice.options:
                box.addItem(text, value)
            number = box.findData(choice.value)
            if number >= 0:
                box.setCurrentIndex(number)
            else:
                box.addItem(choice.value, choice.value)
                box.setCurrentIndex(box.count() - 1)
            box.blockSignals(was_blocked)
            self._hints[choice.name].setText(choice.hint)
            box.setAccessibleDescription(choice.hint)

    def say(self, text: str, *, is_fault: bool) -> None:
        """What was done, or why not."""
        self._said.setObjectName("warningText" if is_fault else "caption")
        self._said.style().unpolish(self._said)
        self._said.style().polish(self._said)
        self._said.setText(text)

    def _add(self, choice: Choice) -> None:
        title, box, hint = QLabel(choice.title), QComboBox(), QLabel(choice.hint)
        box.setAccessibleName(choice.title)
        title.setBuddy(box)
        hint.setObjectName("caption")
        hint.setWordWrap(True)
        hint.setContentsMargins(0, 0, 0, 2 * GAP_PX)
        row = 2 * len(self.boxes)
        self._grid.addWidget(title, row, 0)
        self._grid.addLayout(self._beside(choice, box), row, 1)
        self._grid.addWidget(hint, row + 1, 1)
        self.boxes[choice.name], self._hints[choice.name] = box, hint
        name = choice.name
        if choice.is_open:
            box.setEditable(True)
            box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            line = box.lineEdit()
            assert line is not None
            line.setAccessibleName(choice.title)
            line.editingFinished.connect(lambda: self._tell(name, box.currentText()))
        box.activated.connect(lambda _: self._tell(name, str(box.currentData())))

    def _beside(self, choice: Choice, box: QComboBox) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * GAP_PX)
        row.addWidget(box, 1)
        if choice.command:
            button = QPushButton(choice.command)
            button.setAutoDefault(False)
            button.setAccessibleName(f"{choice.title}: {choice.command}")
            button.clicked.connect(lambda *_: self.command_given.emit(choice.name))
            self.buttons[choice.name] = button
            row.addWidget(button)
        return row

    def _tell(self, name: str, value: str) -> None:
        self.changed.emit(name, value)
