"""The report's figures with their counts and intervals, and ways to take them along."""

from collections.abc import Mapping, Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from whatwhere_app.case_values import FigureRow
from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.plain_table import PlainTable, TextRow

_NOTHING = "Run or open a diagnosis: its figures appear here, each with its count and definition."


class FigureList(QWidget):
    """A row per figure; its definition stands beneath while it is chosen.

    Args:
        actions: text on the button -> command.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._shown = DARK, tuple[FigureRow, ...]()
        self.table = PlainTable(("Figure", "Value", "n"), "Figures", right=(1, 2))
        self.meaning = QLabel(_NOTHING)
        self.meaning.setObjectName("caption")
        self.meaning.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * GAP_PX)
        for text, action in actions.items():
            buttons.addWidget(ActionButton(action, text))
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addLayout(buttons)
        column.addWidget(self.table, 1)
        column.addWidget(self.meaning)
        self.table.chosen.connect(self._on_chosen)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self.show_figures(self._shown)

    def show_figures(self, rows: Sequence[FigureRow]) -> None:
        """Replace all rows."""
        self._shown = tuple(rows)
        self.table.show_rows(
            [
                TextRow(
                    str(number),
                    (row.name, row.value, row.count),
                    hint=row.meaning,
                    color=self._theme.text_2 if row.is_head else "",
                )
                for number, row in enumerate(rows)
            ],
            self.table.selected_keys,
        )
        if not rows:
            self.meaning.setText(_NOTHING)
        elif not self.table.selected_keys:
            self.meaning.setText("Choose a figure to read how it is defined.")

    def _on_chosen(self, keys: list[str]) -> None:
        if keys:
            self.meaning.setText(self._shown[int(keys[0])].meaning)
