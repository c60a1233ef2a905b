"""The table of training runs, and the buttons that steer the selected one."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.train_values import RunRow
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.flow_layout import FlowLayout
from whatwhere_app.views.plain_table import PlainTable, TextRow
from whatwhere_app.views.reading import make_readable

_TITLES = ("Run", "State", "Step", "Left", "Fused", "Follows", "Pid", "What")
_SIGNS = {"alive": "▶", "ended": "■", "fault": "✗"}
_EMPTY = "No run yet. Choose a preset on the left and press Start."


class TrainRuns(QWidget):
    """Shows every run; several may be selected to compare their curves.

    Args:
        commands: what can be done to a run, with the short text of each button.
        occasional: what few runs have a use for: a button of these is there for them alone.
    """

    chosen = Signal(list)

    def __init__(
        self,
        commands: Mapping[str, QAction],
        parent: QWidget | None = None,
        *,
        occasional: Mapping[str, QAction] | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._shown: tuple[RunRow, ...] = ()
        self.table = PlainTable(
            _TITLES, "Training runs", right=(2, 3, 4, 5, 6), stretched=7, several=True
        )
        self.table.chosen.connect(self.chosen)
        empty = QLabel(_EMPTY)
        empty.setObjectName("hint")
        empty.setWordWrap(True)
        empty.setContentsMargins(2 * GAP_PX, 2 * GAP_PX, 2 * GAP_PX, 2 * GAP_PX)
        middle = QWidget()
        self._stack = QStackedLayout(middle)
        self._stack.addWidget(empty)
        self._stack.addWidget(self.table)
        self._note = QLabel()
        self._note.setObjectName("caption")
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._note.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 0)
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        make_readable(self._note, "What the selected run is doing, or why it ended")
        self._note.hide()
        self.buttons = {text: ActionButton(action, text) for text, action in commands.items()}
        steering = QWidget()
        row = FlowLayout(steering, gap_px=GAP_PX)
        for button in self.buttons.values():
            row.addWidget(button)
        for text, action in (occasional or {}).items():
            button = self.buttons[text] = ActionButton(action, text)
            row.addWidget(button)
            button.setVisible(action.isEnabled())
            action.enabledChanged.connect(button.setVisible)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        column.addWidget(middle, 1)
        column.addWidget(self._note)
        around = QVBoxLayout()
        around.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 2 * GAP_PX)
        around.addWidget(steering)
        column.addLayout(around)

    @property
    def note(self) -> str:
        """What is said of the first selected run; its column is often too narrow for it."""
        return self._note.text()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self.show_runs(self._shown, self.table.selected_keys)

    def show_runs(self, rows: Sequence[RunRow], selected: Sequence[str]) -> None:
        """Show all runs, and mark some."""
        self._shown = tuple(rows)
        self._stack.setCurrentIndex(1 if rows else 0)
        self.table.show_rows([self._row(row) for row in rows], selected)
        note = next((row.note for row in rows if row.key in selected[:1]), "")
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _row(self, row: RunRow) -> TextRow:
        texts = (
            row.name,
            f"{_SIGNS[row.level]} {row.phase}",
            row.progress,
            row.eta,
            row.accuracy,
            row.follow,
            row.pid,
            row.note,
        )
        hint = f"{row.key}: {row.note}" if row.note else row.key
        return TextRow(row.key, texts, hint, self._theme.warning if row.level == "fault" else "")
