"""Before and after training: a headline, a table by tag, and buttons to the cases themselves."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from whatwhere.evaluation.loop_report import FATES
from whatwhere_app.loop_values import LoopShown
from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.flow_layout import FlowLayout
from whatwhere_app.views.plain_table import PlainTable, TextRow
from whatwhere_app.views.progress_line import ProgressLine
from whatwhere_app.views.reading import make_readable

_TITLES = ("Cases", "Cured", "Broken", "Before, after", "Random: cured", "Random: broken")
_RANDOM = (4, 5)


def _worded(fate: str) -> str:
    return fate.replace("_", " ").capitalize()


class CaseLoop(QWidget):
    """What one model cured and broke of another's answers.

    Args:
        report: the command that writes the page.
    """

    acted = Signal()
    cancel_wanted = Signal()
    line_chosen = Signal(str)
    fate_chosen = Signal(str)

    def __init__(self, report: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._shown, self._is_running = DARK, LoopShown(""), False
        self._said = _label("What was cured and broken", is_caption=False)
        self._state = _label("What comes next")
        self._caption = _label("How the table is to be read")
        self.act, self.cancel = QPushButton(), QPushButton("Cancel")
        self.report = ActionButton(report, "Report as HTML")
        self._line = ProgressLine()
        self.table = PlainTable(
            _TITLES, "Cured and broken by group", right=range(1, len(_TITLES)), stretched=0
        )
        # Names stay whole; a narrow panel scrolls.
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.fates = {fate: QPushButton(_worded(fate)) for fate in FATES}
        self._build()
        self.table.chosen.connect(self._on_chosen)
        self.act.clicked.connect(self.acted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.show_loop(self._shown)
        self.show_progress(None, "")

    @property
    def said(self) -> str:
        """The headline."""
        return self._said.text()

    @property
    def state(self) -> str:
        """What is going on or comes next."""
        return self._state.text()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._line.set_theme(theme)
        self.show_loop(self._shown)

    def show_loop(self, shown: LoopShown) -> None:
        """Replace everything."""
        self._shown = shown
        _say(self._said, shown.said)
        _say(self._caption, shown.caption)
        if not self._is_running:
            _say(self._state, shown.state)
        self.act.setText(shown.act)
        self.act.setAccessibleName(shown.act or "Next step")
        self.act.setToolTip(shown.act_hint)
        self.act.setVisible(bool(shown.act) and not self._is_running)
        has_lines = bool(shown.lines)
        self.report.setVisible(has_lines)
        self.table.setVisible(has_lines)
        has_random = any(len(line.cells) >= _RANDOM[0] for line in shown.lines)
        for column in _RANDOM:
            self.table.setColumnHidden(column, not has_random)
        self.table.show_rows(
            [self._row(number) for number in range(len(shown.lines))],
            (shown.chosen,) if shown.chosen else (),
        )
        told = {fate.fate: fate for fate in shown.fates}
        for name, button in self.fates.items():
            fate = told.get(name)
            button.setVisible(fate is not None)
            if fate is not None:
                button.setText(fate.text)
                button.setChecked(fate.is_on)
                button.setEnabled(fate.is_useful)

    def show_progress(self, share: float | None, text: str, *, is_running: bool = False) -> None:
        """How far asking again is.

        Args:
            share: 0..1; None while that is unknown.
            text: what is being done.
            is_running: whether it can be cancelled.
        """
        self._is_running = is_running
        self._line.setVisible(is_running)
        self._line.set_share(share)
        self.cancel.setVisible(is_running)
        _say(self._state, text if is_running else self._shown.state)
        self.act.setVisible(bool(self._shown.act) and not is_running)

    def _row(self, number: int) -> TextRow:
        line = self._shown.lines[number]
        if not line.key:
            blank = ("",) * (len(_TITLES) - 1)
            return TextRow(f"head-{number}", (line.title, *blank), color=self._theme.text_2)
        cells = line.cells + ("",) * (len(_TITLES) - 1 - len(line.cells))
        indent = "    " if line.is_tag else "  "
        return TextRow(line.key, (f"{indent}{line.title}", *cells), line.hint)

    def _build(self) -> None:
        state = QHBoxLayout()
        state.setSpacing(2 * GAP_PX)
        state.addWidget(self._line)
        state.addWidget(self._state, 1)
        state.addStretch(0)  # where nothing is said, buttons stay as wide as they are
        state.addWidget(self.cancel)
        state.addWidget(self.act)
        state.addWidget(self.report)
        keeping = QWidget()
        row = FlowLayout(keeping)
        for name, button in self.fates.items():
            button.setCheckable(True)
            button.setToolTip("Keep these cases in the table below; again for all")
            button.clicked.connect(lambda *_, which=name: self.fate_chosen.emit(which))
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addWidget(self._said)
        column.addLayout(state)
        column.addWidget(self.table, 1)
        column.addWidget(keeping)
        column.addWidget(self._caption)
        column.addStretch(0)

    def _on_chosen(self, keys: list[str]) -> None:
        if keys and not keys[0].startswith("head-"):
            self.line_chosen.emit(keys[0])


def _say(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def _label(name: str, *, is_caption: bool = True) -> QLabel:
    label = QLabel()
    if is_caption:
        label.setObjectName("caption")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    make_readable(label, name)
    return label
