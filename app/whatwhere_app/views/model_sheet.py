"""What is known of one model, what it would need in memory, and its card."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.model_values import ModelDetail, PlanShown
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.markdown_page import lay_out_page
from whatwhere_app.views.reading import make_readable

_NO_CARD = "There is no card.md and no README.md in its folder."


class ModelSheet(QWidget):
    """Facts above, then the memory with a button per change that makes it fit, then the card."""

    hint_chosen = Signal(int)
    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        self._title.setObjectName("verdict")
        self._facts = QWidget()
        self._plan, self._chosen = _line("Memory that it would need"), _line("Changed settings")
        self.reset_button = QPushButton("As usual")
        self.reset_button.setAutoDefault(False)
        self.reset_button.setToolTip("Forget the changed settings")
        self.reset_button.clicked.connect(self.reset_requested)
        self.hints: list[QPushButton] = []
        self._hint_row = QVBoxLayout()
        self._hint_row.setSpacing(GAP_PX)
        self.card = QTextBrowser()
        self.card.setOpenLinks(False)
        self.card.setAccessibleName("Card of the model")
        self.card.document().setDocumentMargin(2 * GAP_PX)
        self.card.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        self._card = ""
        chosen = QHBoxLayout()
        chosen.addWidget(self._chosen, 1)
        chosen.addWidget(self.reset_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * GAP_PX, 0, 0, 0)
        self._column.setSpacing(2 * GAP_PX)
        for widget in (self._title, self._facts, self._plan):
            self._column.addWidget(widget)
        self._column.addLayout(self._hint_row)
        self._column.addLayout(chosen)
        self._column.addWidget(self.card, 1)
        self.show_plan(PlanShown())

    @property
    def plan_text(self) -> str:
        """Need against free."""
        return self._plan.text()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._show_card()  # its rules take their colour from the palette

    def show_detail(self, detail: ModelDetail | None) -> None:
        """Replace title, facts and card."""
        self._title.setText("" if detail is None else detail.title)
        facts = QWidget()
        form = QFormLayout(facts)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(3 * GAP_PX)
        form.setVerticalSpacing(GAP_PX // 2)
        for name, value in () if detail is None else detail.facts:
            label, told = QLabel(name), _line(name)
            label.setObjectName("caption")
            told.setText(value)
            told.setToolTip(value)
            form.addRow(label, told)
        self._column.replaceWidget(self._facts, facts)
        self._facts.deleteLater()
        self._facts = facts
        self._card = "" if detail is None else detail.card or _NO_CARD
        self._show_card()

    def show_plan(self, plan: PlanShown) -> None:
        """Replace what it would need, and the buttons."""
        self._plan.setObjectName("warningText" if plan.is_tight else "plan")
        self._plan.style().unpolish(self._plan)
        self._plan.style().polish(self._plan)
        self._plan.setText(plan.text)
        self._plan.setToolTip(plan.hint)
        self._plan.setVisible(bool(plan.text))
        self._chosen.setText(plan.chosen)
        for widget in (self._chosen, self.reset_button):
            widget.setVisible(bool(plan.chosen))
        for button in self.hints:
            self._hint_row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.hints = []
        for number, text in enumerate(plan.changes):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(lambda *_, number=number: self.hint_chosen.emit(number))
            self._hint_row.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)
            self.hints.append(button)

    def _show_card(self) -> None:
        self.card.setMarkdown(self._card)
        lay_out_page(self.card.document())


def _line(name: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    make_readable(label, name)
    return label
