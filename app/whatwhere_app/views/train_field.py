"""One setting of the training form: title, editor, way back to the preset, what it does."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from whatwhere_app.theme import GAP_PX
from whatwhere_app.train_values import FieldRow

_TITLE_PX = 104
_EDITOR_PX = 60
_NARROW = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon


class FieldEditor(QWidget):
    """Shows one `FieldRow` and tells what the user makes of it.

    Args:
        row: whose kind and name never change.
    """

    edited = Signal(str, str)
    reset_wanted = Signal(str)
    folder_wanted = Signal(str)

    def __init__(self, row: FieldRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._kind = row.name, row.kind
        self._title, self._hint, self._fault = QLabel(row.title), QLabel(), QLabel()
        self._title.setFixedWidth(_TITLE_PX)
        self._title.setWordWrap(True)
        self._hint.setObjectName("caption")
        self._fault.setObjectName("warningText")
        self._options: tuple[tuple[str, str], ...] = ()
        self.editor = self._build(row)
        self.editor.setAccessibleName(row.title)
        self.editor.setAccessibleDescription(row.hint)
        self._title.setBuddy(self.editor)
        self.reset = QToolButton()
        self.reset.setObjectName("flat")
        self.reset.setText("↺")
        self.reset.setAccessibleName(f"Reset {row.title}")
        self.reset.clicked.connect(lambda *_: self.reset_wanted.emit(self._name))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP_PX)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        # Names of models and folders are long: they have a line for themselves.
        line, across = (1, 2) if row.kind == "path" else (0, 1)
        grid.addWidget(self._title, 0, 0)
        grid.addWidget(self.editor, line, 2 - across, 1, across)
        if row.kind == "path":
            browse = QToolButton()
            browse.setText("…")
            browse.setToolTip("Choose a folder")
            browse.setAccessibleName(f"Choose a folder for {row.title}")
            browse.clicked.connect(lambda *_: self.folder_wanted.emit(self._name))
            grid.addWidget(browse, line, 2)
        grid.addWidget(self.reset, line, 3)
        for line, label in enumerate((self._hint, self._fault), start=2):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            grid.addWidget(label, line, 0, 1, 4)
        self.show_row(row)

    @property
    def fault(self) -> str:
        """Why the value is refused; empty when it is not."""
        return "" if self._fault.isHidden() else self._fault.text()

    @property
    def is_marked(self) -> bool:
        """Whether it is shown as changed from the preset."""
        return self._title.text().startswith("● ")

    def show_row(self, row: FieldRow) -> None:
        """Show a value, without telling anybody."""
        # The dot besides the weight: a change must not be told by its font alone.
        self._title.setText(f"● {row.title}" if row.is_changed else row.title)
        self.reset.setVisible(row.is_changed)
        self.reset.setToolTip(f"Back to the preset's {row.preset_value or 'own'}")
        self._hint.setText(row.hint)
        self._hint.setVisible(row.is_explained)
        self._title.setToolTip(row.hint)
        self.editor.setToolTip(f"{row.value}\n{row.hint}" if self._kind == "path" else row.hint)
        self._fault.setText(row.fault)
        self._fault.setVisible(bool(row.fault))
        was_blocked = self.editor.blockSignals(True)
        if isinstance(self.editor, QCheckBox):
            self.editor.setChecked(row.value == "true")
        elif isinstance(self.editor, QLineEdit):
            if self.editor.text() != row.value:
                self.editor.setText(row.value)
        elif isinstance(self.editor, QComboBox):
            self._show_choice(self.editor, row)
        self.editor.blockSignals(was_blocked)

    def _build(self, row: FieldRow) -> QWidget:
        if row.kind == "switch":
            box = QCheckBox()
            box.toggled.connect(lambda on: self.edited.emit(self._name, "true" if on else "false"))
            return box
        if row.kind in ("choice", "path"):
            combo = _QuietCombo()
            combo.setSizeAdjustPolicy(_NARROW)
            combo.setMinimumContentsLength(4)
            combo.activated.connect(
                lambda _: self.edited.emit(self._name, str(combo.currentData()))
            )
            if row.kind == "path":
                self._let_type(combo, row.title)
            return combo
        line = QLineEdit()
        line.setMinimumWidth(_EDITOR_PX)
        line.textEdited.connect(lambda text: self.edited.emit(self._name, text))
        return line

    def _let_type(self, combo: QComboBox, title: str) -> None:
        combo.setEditable(True)
        combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        line = combo.lineEdit()
        assert line is not None
        line.setAccessibleName(title)

        def typed() -> None:
            text = line.text().strip()
            shown = {label: value for value, label in self._options}
            self.edited.emit(self._name, shown.get(text, text))

        line.textEdited.connect(lambda _: typed())

    def _show_choice(self, combo: QComboBox, row: FieldRow) -> None:
        line = combo.lineEdit()
        if row.options != self._options:
            typed = line.text() if line is not None and line.hasFocus() else None
            combo.clear()
            for value, text in row.options:
                combo.addItem(text, value)
            self._options = row.options
            if typed is not None and line is not None:
                line.setText(typed)
        number = combo.findData(row.value)
        if number >= 0 and not (line is not None and line.hasFocus()):
            combo.setCurrentIndex(number)
            if line is not None:
                line.setCursorPosition(0)
        elif line is not None and not line.hasFocus():
            line.setText(row.value)


class _QuietCombo(QComboBox):
    """A list that the wheel scrolls past: the form scrolls, and its values stay."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: leave the wheel to the form."""
        event.ignore()
