"""Bars of the cases' parts, beneath a chooser of how they are shared out."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from whatwhere_app.case_values import BarRow
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.part_bars import PartBars


class CaseBars(QWidget):
    """One above the other; the bars take what is left."""

    axis_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = QComboBox()
        self.axis.setAccessibleName("How cases are shared out")
        self.axis.setToolTip("What the bars stand for; a click on a bar keeps its cases")
        self.axis.activated.connect(lambda _: self.axis_chosen.emit(self.axis.currentData()))
        self.rows = PartBars()
        self.note = QLabel()
        self.note.setObjectName("caption")
        self.note.setWordWrap(True)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        column.addWidget(self.axis)
        column.addWidget(self.note)
        column.addWidget(self.rows, 1)
        self.show_axes((), "")
        self.show_rows((), "")

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.rows.set_theme(theme)

    def show_axes(self, axes: Sequence[tuple[str, str]], chosen: str) -> None:
        """The ways in which cases can be shared out, by name, and the one in use."""
        if [self.axis.itemData(n) for n in range(self.axis.count())] != [name for name, _ in axes]:
            self.axis.clear()
            for name, text in axes:
                self.axis.addItem(text.capitalize(), name)
        self.axis.setCurrentIndex(self.axis.findData(chosen))
        self.axis.setVisible(bool(axes))

    def show_rows(self, rows: Sequence[BarRow], note: str) -> None:
        """Replace all rows, and what there is to know about them."""
        self.rows.show_rows(rows)
        self.note.setText(note)
        self.note.setVisible(bool(note))
