"""The probes panel: a row per probe, what the chosen one did, and what else can be asked."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.probe_values import ProbeLine, ProbeWork
from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.plain_table import PlainTable, TextRow
from whatwhere_app.views.progress_line import ProgressLine
from whatwhere_app.views.reading import make_readable

_TITLES = ("", "Probe", "Answer", "Δ IoU", "Verdict")
_SHARES = (680, 320)
_HEIGHT_PX = 260
_ROOMY_PX = 900
"""Flat and narrower than this it shows the rows alone."""
_WIDE = 1.6
"""From this ratio of width to height on, what is said of a row stands beside the rows."""


class ProbePanel(QWidget):
    """Lies flat or stands tall.

    Args:
        commands: short text of a button -> what it does; the first one stands out.
    """

    chosen = Signal(str)
    asked = Signal(str)
    cancel_requested = Signal()

    def __init__(self, commands: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._lines: tuple[ProbeLine, ...] = ()
        self._chosen: str | None = None
        self._head, self._detail, self._said = QLabel(), QLabel(), QLabel()
        for label, name in ((self._head, "Case"), (self._detail, "Probe"), (self._said, "Result")):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            make_readable(label, name)
        self._head.setObjectName("verdict")
        self._said.setObjectName("caption")
        self._detail.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.table = PlainTable(_TITLES, "Probes", right=(3,), stretched=4)
        self.buttons = {
            text: ActionButton(action, text, is_primary=number == 0)
            for number, (text, action) in enumerate(commands.items())
        }
        self._said_of_row = QScrollArea()
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._work, self._bar, self.cancel_button = QLabel(), ProgressLine(), QPushButton("Cancel")
        self._arrange()
        self.table.chosen.connect(lambda keys: self.chosen.emit(keys[0]) if keys else None)
        self.table.doubleClicked.connect(lambda index: self._ask(index.row()))
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.show_work(None)

    @property
    def head(self) -> str:
        """Which case it says it is about."""
        return self._head.text()

    @property
    def said(self) -> str:
        """What it says beneath the rows."""
        return self._said.text()

    @property
    def detail(self) -> str:
        """What it says of the chosen row."""
        return self._detail.text()

    def sizeHint(self) -> QSize:
        """Qt: as high as a dozen rows."""
        return QSize(super().sizeHint().width(), _HEIGHT_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: text beside the rows where there is room, else beneath them."""
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE * self.height()
        way = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if self._split.orientation() != way:
            self._split.setOrientation(way)
            self._split.setSizes(list(_SHARES))
        self._said_of_row.setVisible(not is_wide or self.width() >= _ROOMY_PX)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._bar.set_theme(theme)
        self._fill()

    def show_head(self, text: str) -> None:
        """Which case, and what was chosen before anything was edited."""
        self._head.setText(text)
        self._head.setVisible(bool(text))

    def show_lines(self, lines: Sequence[ProbeLine], chosen: str | None) -> None:
        """Replace the rows; the chosen one is marked without telling anybody."""
        self._lines, self._chosen = tuple(lines), chosen
        self._fill()

    def show_detail(self, text: str) -> None:
        """What is known of the chosen row."""
        self._detail.setText(text)

    def show_work(self, work: ProbeWork | None) -> None:
        """What is being done, with Cancel; None when it has ended."""
        for widget in (self._work, self._bar, self.cancel_button):
            widget.setVisible(work is not None)
        self._said.setVisible(work is None)
        if work is not None:
            self._work.setText(work.text)
            self._bar.set_share(work.share)

    def say(self, text: str) -> None:
        """What was found or done."""
        self._said.setText(text)

    def _ask(self, row: int) -> None:
        self.asked.emit(self._lines[row].name)

    def _fill(self) -> None:
        colors = {"✗": self._theme.warning, "-": self._theme.text_3}
        rows = [
            TextRow(
                line.name,
                (line.mark, line.title, line.answer, line.change, line.verdict),
                line.verdict or line.hint,
                colors.get(line.mark, ""),
            )
            for line in self._lines
        ]
        self.table.show_rows(rows, () if self._chosen is None else (self._chosen,))

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_PX)
        for button in self.buttons.values():
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.cancel_button.setAutoDefault(False)
        work = QHBoxLayout()
        work.setSpacing(2 * GAP_PX)
        work.addWidget(self._work, 1)
        work.addWidget(self._bar)
        work.addWidget(self.cancel_button)
        scroll = self._said_of_row
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its text is reached by itself
        scroll.setWidget(self._detail)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.table)
        self._split.addWidget(scroll)
        for place, share in enumerate(_SHARES):
            self._split.setStretchFactor(place, share)
        self._split.setSizes(list(_SHARES))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, 2 * GAP_PX)
        column.setSpacing(GAP_PX)
        column.addWidget(self._head)
        column.addWidget(self._split, 1)
        column.addLayout(buttons)
        column.addLayout(work)
        column.addWidget(self._said)
