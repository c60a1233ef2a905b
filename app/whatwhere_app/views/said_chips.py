"""Filters by annotations over the cases in hand: the menu, what is in use, and what it keeps."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from whatwhere_app.case_values import ChipShown
from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.flow_layout import FlowLayout
from whatwhere_app.views.said_menu import SaidMenu


class SaidChips(QWidget):
    """A click on a chip takes the filter away."""

    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.menu = SaidMenu()
        self.menu.setText("Filter ▾")
        self.menu.setToolTip("Go only through cases with this tag, annotator, verdict or mark")
        self.chips: list[QToolButton] = []
        self._note = QLabel()
        self._note.setObjectName("caption")
        self._note.setWordWrap(True)
        holder = QWidget()
        holder.setObjectName("filters")
        self._row = FlowLayout(holder, gap_px=GAP_PX)
        self._row.addWidget(self.menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        column.addWidget(holder)
        column.addWidget(self._note)
        self.show_chips((), "")

    @property
    def note(self) -> str:
        """How many cases are kept, and whether the one in hand is."""
        return self._note.text()

    def show_chips(self, chips: Sequence[ChipShown], note: str) -> None:
        """Replace the chips."""
        for old in self.chips:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.chips = []
        for number, chip in enumerate(chips):
            button = QToolButton()
            button.setText(f"{chip.text}  ✕")
            button.setToolTip(f"{chip.text}. Click to take it away.")
            button.setAccessibleName(f"Filter: {chip.text}; remove")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda *_, number=number: self.removed.emit(number))
            self._row.addWidget(button)
            button.show()
            self.chips.append(button)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._row.invalidate()
        self.updateGeometry()
