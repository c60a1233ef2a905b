"""The filters in use as chips, each with a cross; and switches for the usual ones."""

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from whatwhere_app.case_values import ChipShown
from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.flow_layout import FlowLayout
from whatwhere_app.views.said_menu import SaidMenu

_LONGEST = 34


class FilterChips(QWidget):
    """What is kept of the cases.

    Args:
        switches: name -> (text, hint) of the filters that are switched on and off by one click.
    """

    removed = Signal(int)
    cleared = Signal()
    switched = Signal(str)
    text_entered = Signal(str)

    def __init__(
        self, switches: Mapping[str, tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.line = QLineEdit()
        self.line.setPlaceholderText("Words in the sentence…")
        self.line.setAccessibleName("Keep sentences with these words")
        self.line.setClearButtonEnabled(True)
        self.line.returnPressed.connect(self._on_entered)
        self._switches = QWidget()
        self._switches.setObjectName("filters")
        switch_row = FlowLayout(self._switches, gap_px=GAP_PX)
        self.switches: dict[str, QToolButton] = {}
        for name, (text, hint) in switches.items():
            button = _button(text, hint)
            button.setCheckable(True)
            button.clicked.connect(lambda *_, name=name: self.switched.emit(name))
            switch_row.addWidget(button)
            self.switches[name] = button
        self.said = SaidMenu()
        switch_row.addWidget(self.said)
        self._holder = QWidget()
        self._holder.setObjectName("filters")
        self._row = FlowLayout(self._holder, gap_px=GAP_PX)
        self.chips: list[QToolButton] = []
        self._none = QLabel("No filter: all cases are shown.")
        self._none.setObjectName("caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        column.addWidget(self.line)
        column.addWidget(self._switches)
        column.addWidget(self._none)
        column.addWidget(self._holder)

    def show_chips(self, chips: Sequence[ChipShown], switched: Collection[str]) -> None:
        """Replace the chips, and say which switches are on."""
        for old in self.chips:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.chips = []
        for number, chip in enumerate(chips):
            text = chip.text if len(chip.text) <= _LONGEST else f"{chip.text[: _LONGEST - 1]}…"
            button = _button(f"{text}  ✕", chip.hint or f"{chip.text}. Click to take it away.")
            button.setAccessibleName(f"Filter: {chip.text}; remove")
            button.clicked.connect(lambda *_, number=number: self.removed.emit(number))
            self._add(button)
        if len(chips) > 1:
            button = _button("Clear all", "Take all filters away")
            button.clicked.connect(lambda *_: self.cleared.emit())
            self._add(button)
        for name, switch in self.switches.items():
            switch.setChecked(name in switched)
        self._none.setVisible(not chips)
        self._holder.setVisible(bool(chips))
        self._row.invalidate()
        self._holder.updateGeometry()

    def _add(self, button: QToolButton) -> None:
        self._row.addWidget(button)
        button.show()
        self.chips.append(button)

    def _on_entered(self) -> None:
        text = self.line.text().strip()
        if text:
            self.line.clear()
            self.text_entered.emit(text)


def _button(text: str, hint: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(hint)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
