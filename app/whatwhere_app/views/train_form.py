"""The form of a training run, with what the machine has for it beneath."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX
from whatwhere_app.train_values import GROUPS, FormShown, Group, NeedRow
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.train_field import FieldEditor

_FOLDED: Group = GROUPS[-1]


class TrainForm(QWidget):
    """Shows a `FormShown`; every edit is told at once.

    Args:
        start: the command that starts the run.
        copy: the command that copies it as a command line.
    """

    preset_chosen = Signal(str)
    edited = Signal(str, str)
    reset_wanted = Signal(str)
    folder_wanted = Signal(str)

    def __init__(self, start: QAction, copy: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preset = QComboBox()
        self.preset.setAccessibleName("Preset")
        self.preset.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.preset.activated.connect(
            lambda _: self.preset_chosen.emit(str(self.preset.currentData()))
        )
        self._note = _caption("caption")
        self._note.setTextFormat(Qt.TextFormat.MarkdownText)  # names of settings stand in backticks
        self.fields: dict[str, FieldEditor] = {}
        self._names: dict[Group, tuple[str, ...]] = {}
        self._presets: tuple[tuple[str, str], ...] = ()
        self._columns: dict[Group, QVBoxLayout] = {}
        self.unfold = QToolButton()
        self.unfold.setObjectName("flat")
        self.unfold.setCheckable(True)
        self.unfold.setText(f"▸ {_FOLDED}")
        self._rest = QWidget()
        self._rest.hide()
        self.unfold.toggled.connect(self._on_unfolded)
        self._needs = QVBoxLayout()
        self._needs.setSpacing(0)
        self._need_labels: list[QLabel] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 2 * GAP_PX)
        column.setSpacing(2 * GAP_PX)
        column.addWidget(self._scrolled(), 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 0)
        foot.setSpacing(2 * GAP_PX)
        foot.addLayout(self._needs)
        foot.addWidget(ActionButton(start, "Start", is_primary=True))
        foot.addWidget(ActionButton(copy, "Copy as command line", is_flat=True))
        column.addLayout(foot)

    @property
    def needs(self) -> tuple[str, ...]:
        """What is said of the machine."""
        return tuple(label.text() for label in self._need_labels if not label.isHidden())

    def show_form(self, form: FormShown) -> None:
        """Show every setting."""
        was_blocked = self.preset.blockSignals(True)
        if form.presets != self._presets:
            self._presets = form.presets
            self.preset.clear()
            for name, text in form.presets:
                self.preset.addItem(text, name)
        self.preset.setCurrentIndex(self.preset.findData(form.preset))
        self.preset.blockSignals(was_blocked)
        self._note.setText(form.note)
        names = {group: tuple(row.name for row in rows) for group, rows in form.groups.items()}
        for rows in form.groups.values():
            for row in rows:
                if row.name in self.fields:
                    self.fields[row.name].show_row(row)
                else:
                    self.fields[row.name] = self._editor(FieldEditor(row))
        if names != self._names:
            self._names = names
            self._place()

    def show_needs(self, needs: Sequence[NeedRow]) -> None:
        """What the run needs against what is free."""
        while len(self._need_labels) < len(needs):
            label = _caption("caption")
            label.setAccessibleName("Preflight")
            self._need_labels.append(label)
            self._needs.addWidget(label)
        for place, label in enumerate(self._need_labels):
            label.setVisible(place < len(needs))
            if place >= len(needs):
                continue
            is_short = needs[place].is_short
            label.setText(f"✗ {needs[place].text}" if is_short else needs[place].text)
            label.setObjectName("errorText" if is_short else "caption")
            label.style().unpolish(label)
            label.style().polish(label)

    def _scrolled(self) -> QScrollArea:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        column.setSpacing(2 * GAP_PX)
        column.addWidget(self.preset)
        column.addWidget(self._note)
        for group in GROUPS[:-1]:
            heading = QLabel(group)
            heading.setObjectName("groupTitle")
            column.addWidget(heading)
            self._columns[group] = QVBoxLayout()
            column.addLayout(self._columns[group])
        column.addWidget(self.unfold)
        column.addWidget(self._rest)
        self._columns[_FOLDED] = QVBoxLayout(self._rest)
        self._columns[_FOLDED].setContentsMargins(0, 0, 0, 0)
        for part in self._columns.values():
            part.setSpacing(2 * GAP_PX)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        return area

    def _editor(self, field: FieldEditor) -> FieldEditor:
        field.edited.connect(self.edited)
        field.reset_wanted.connect(self.reset_wanted)
        field.folder_wanted.connect(self.folder_wanted)
        return field

    def _place(self) -> None:
        """Put every editor where it belongs, in the order of Tab, too."""
        last: QWidget = self.preset
        for group, names in self._names.items():
            for name in names:
                field = self.fields[name]
                self._columns[group].removeWidget(field)
                self._columns[group].addWidget(field)
            if group == _FOLDED:
                self.setTabOrder(last, self.unfold)
                last = self.unfold
            for name in names:
                self.setTabOrder(last, self.fields[name].editor)
                last = self.fields[name].editor

    def _on_unfolded(self, is_open: bool) -> None:
        self._rest.setVisible(is_open)
        self.unfold.setText(f"{'▾' if is_open else '▸'} {_FOLDED}")


def _caption(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
