"""The Models panel: every model, which are in use, what the chosen one is and would need."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.model_values import ModelDetail, ModelRow, PlanShown, WorkShown
from whatwhere_app.theme import DARK, GAP_PX, Theme
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.model_form import ModelForm
from whatwhere_app.views.model_sheet import ModelSheet
from whatwhere_app.views.plain_table import PlainTable, TextRow
from whatwhere_app.views.progress_line import ProgressLine
from whatwhere_app.views.question_bar import QuestionBar
from whatwhere_app.views.reading import make_readable

_SIZE_PX = (980, 620)
_SHARES = (560, 420)
_TITLES = ("", "Model", "Kind", "Size", "State")


class ModelsPanel(QDialog):
    """A list, a sheet about the chosen model, and what can be done; nothing stops for it.

    Args:
        commands: about the chosen model, with the short text of each button.
        ways: to take a model in, likewise.
    """

    chosen = Signal(str)
    hidden = Signal()
    cancel_requested = Signal()

    def __init__(
        self,
        commands: Mapping[str, QAction],
        ways: Mapping[str, QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.resize(*_SIZE_PX)
        self._theme = DARK
        self._shown: tuple[tuple[ModelRow, ...], str | None] = ((), None)
        self.table = PlainTable(_TITLES, "Models", right=(3,), stretched=1)
        self.sheet, self.form, self.question = ModelSheet(), ModelForm(), QuestionBar()
        self.buttons = {
            text: ActionButton(action, text, is_primary=number == 0)
            for number, (text, action) in enumerate(commands.items())
        }
        self.ways = {text: ActionButton(action, text) for text, action in ways.items()}
        for button in (*self.buttons.values(), *self.ways.values()):
            button.setAutoDefault(False)
        self._said = QLabel()
        self._said.setObjectName("caption")
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setWordWrap(True)
        self._said.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self._said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        make_readable(self._said, "What was done, or why not")
        self._work, self._bar = QLabel(), ProgressLine()
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setAutoDefault(False)
        self._arrange()
        self.table.chosen.connect(lambda keys: self.chosen.emit(keys[0]) if keys else None)
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.show_work(None)

    @property
    def said(self) -> str:
        """What it says beneath everything."""
        return self._said.text()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self._bar.set_theme(theme)
        self.sheet.set_theme(theme)
        self._fill()

    def open_with_focus(self) -> None:
        """Come up, ready to choose."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.table.setFocus()

    def show_models(self, rows: Sequence[ModelRow], chosen: str | None) -> None:
        """Replace the list; the chosen model is marked without telling anybody."""
        self._shown = (tuple(rows), chosen)
        self._fill()

    def show_detail(self, detail: ModelDetail | None) -> None:
        """What is known of the chosen one."""
        self.sheet.show_detail(detail)

    def show_plan(self, plan: PlanShown) -> None:
        """What the chosen one would need."""
        self.sheet.show_plan(plan)

    def show_work(self, work: WorkShown | None) -> None:
        """What is being done, with Cancel; None when it has ended."""
        for widget in (self._work, self._bar, self.cancel_button):
            widget.setVisible(work is not None)
        self._said.setVisible(work is None)
        if work is not None:
            self._work.setText(work.text)
            self._bar.set_share(work.share)

    def hide_form(self) -> None:
        """What was asked for is done."""
        self.table.setFocus()
        self.form.hide()

    def say(self, text: str, *, is_fault: bool) -> None:
        """What was done, or why not."""
        self._said.setObjectName("warningText" if is_fault else "caption")
        self._said.style().unpolish(self._said)
        self._said.style().polish(self._said)
        self._said.setText(text)

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: nothing need be kept up to date any more."""
        super().hideEvent(event)
        self.hidden.emit()

    def _fill(self) -> None:
        rows, chosen = self._shown
        texts = [
            TextRow(
                row.key,
                (row.place, row.name, row.kind, row.size, row.state),
                f"{row.key}\nTrained on {row.trained_on}" if row.trained_on else row.key,
                self._theme.warning if row.is_fault else "",
            )
            for row in rows
        ]
        self.table.show_rows(texts, () if chosen is None else (chosen,))

    def _arrange(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GAP_PX)
        column.addWidget(self.table, 1)
        column.addLayout(_row(self.buttons.values()))
        column.addLayout(_row(self.ways.values()))
        column.addWidget(self.form)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self.sheet)
        split.setSizes(list(_SHARES))
        work = QHBoxLayout()
        work.setSpacing(2 * GAP_PX)
        work.addWidget(self._work, 1)
        work.addWidget(self._bar)
        work.addWidget(self.cancel_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * GAP_PX, 3 * GAP_PX, 3 * GAP_PX, 3 * GAP_PX)
        whole.setSpacing(2 * GAP_PX)
        whole.addWidget(self.question)
        whole.addWidget(split, 1)
        whole.addLayout(work)
        whole.addWidget(self._said)


def _row(widgets: Iterable[QWidget]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GAP_PX)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
