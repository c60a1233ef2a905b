"""The expressions of the open scene."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from whatwhere_app.view_values import Row
from whatwhere_app.views.two_line_list import Index, TwoLineList

_EMPTY = (
    "Expressions of the scene appear here. Type one below the 3D view, "
    "or open a data set's file (File → Open expressions)."
)


class ExpressionList(TwoLineList):
    """Choosing a row (click, arrow keys) takes the expression; Enter or double-click asks it."""

    expression_chosen = Signal(int)
    expression_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_EMPTY, parent)
        self.setAccessibleName("Expressions")
        self.clicked.connect(lambda index: self.expression_chosen.emit(index.row()))
        self.activated.connect(lambda index: self.expression_asked.emit(index.row()))

    def show_expressions(self, rows: Sequence[Row]) -> None:
        """Replace all rows."""
        self.set_rows(rows)

    def set_current(self, number: int | None) -> None:
        """Mark one row without telling anybody."""
        if number is None:
            self.set_current_key(None)
        else:
            self.set_current_key(str(number))

    def keyPressEvent(self, event: object) -> None:
        """Qt: the arrow keys choose as a click does."""
        before: Index = self.currentIndex()
        super().keyPressEvent(event)  # type: ignore[arg-type]
        if self.currentIndex().isValid() and self.currentIndex() != before:
            self.expression_chosen.emit(self.currentIndex().row())
