"""The left side of the Annotate layout: which case it is, and what was answered."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from whatwhere_app.annotate_values import AnswerShown, CaseShown
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.progress_line import ProgressLine
from whatwhere_app.views.reading import make_readable
from whatwhere_app.views.said_chips import SaidChips

_EMPTY = (
    "No cases yet. In Diagnose, filter to the cases that you want to look at, and press "
    "“Annotate these”."
)


class AnnotateCase(QWidget):
    """Shows a `CaseShown`.

    Args:
        previous: the command that goes one case back.
        following: the command that goes one case on.
        diagnose: the command that brings the layout in which cases are chosen.
    """

    def __init__(
        self,
        previous: QAction,
        following: QAction,
        diagnose: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._count, self._done = QLabel(), QLabel()
        self._count.setObjectName("title")
        self._done.setObjectName("caption")
        self._bar = ProgressLine()
        self.filters = SaidChips()
        self.expression, self.verdict, self._caption = QLabel(), QLabel(), QLabel()
        self.expression.setObjectName("verdict")
        self._caption.setObjectName("caption")
        self._left_out = QLabel("⚑ Ground truth wrong: left out of every figure")
        self._left_out.setObjectName("warningText")
        for label, name in (
            (self.expression, "Sentence"),
            (self._caption, "Model, scan and target"),
            (self.verdict, "What the answers say"),
        ):
            label.setWordWrap(True)
            make_readable(label, name)
        self._left_out.setWordWrap(True)
        self._answers = QVBoxLayout()
        self._answers.setSpacing(GAP_PX)
        self._rows: list[QLabel] = []
        self._empty = QLabel(_EMPTY)
        self._empty.setObjectName("caption")
        self._empty.setWordWrap(True)
        self._choose = ActionButton(diagnose, "Choose cases in Diagnose")
        self._steps = QWidget()
        steps = QHBoxLayout(self._steps)
        steps.setContentsMargins(3 * GAP_PX, 0, 3 * GAP_PX, 0)
        steps.addWidget(ActionButton(previous, "◂ Previous"))
        steps.addWidget(ActionButton(following, "Next ▸"))
        self._lay_out()
        self.show_case(CaseShown())

    @property
    def count_text(self) -> str:
        """Which of how many."""
        return self._count.text()

    @property
    def is_left_out(self) -> bool:
        """Whether it says that the ground truth is wrong."""
        return not self._left_out.isHidden()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._bar.set_theme(theme)

    def show_case(self, shown: CaseShown) -> None:
        """The case in hand; a count of 0 where there is none."""
        has_case = shown.count > 0
        for widget in (
            self._count, self._done, self._bar, self.filters, self.expression, self._caption,
            self.verdict, self._steps,
        ):  # fmt: skip
            widget.setVisible(has_case)
        for widget in (self._empty, self._choose):
            widget.setVisible(not has_case)
        self._left_out.setVisible(shown.is_left_out)
        self._count.setText(f"Case {shown.place:,} of {shown.count:,}")
        self._done.setText(f"{shown.num_done:,} done")
        self._bar.set_share(shown.num_done / shown.count if has_case else 0.0)
        self.expression.setText(shown.expression)
        self._caption.setText(shown.caption)
        self.verdict.setText(shown.verdict)
        self._show_answers(shown.answers)

    def _lay_out(self) -> None:
        # Below a small 3D view there is little room: what does not fit is scrolled to.
        told = QWidget()
        column = QVBoxLayout(told)
        column.setContentsMargins(3 * GAP_PX, 2 * GAP_PX, 3 * GAP_PX, 0)
        column.setSpacing(2 * GAP_PX)
        head = QHBoxLayout()
        head.addWidget(self._count)
        head.addStretch(1)
        head.addWidget(self._done)
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addWidget(self.filters)
        for widget in (
            self._left_out, self.expression, self._caption, self.verdict
        ):  # fmt: skip
            column.addWidget(widget)
        column.addLayout(self._answers)
        column.addWidget(self._empty)
        column.addWidget(self._choose, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(told)
        told.setAutoFillBackground(False)
        scroll.viewport().setAutoFillBackground(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 2 * GAP_PX)
        whole.setSpacing(GAP_PX)
        whole.addWidget(scroll, 1)
        whole.addWidget(self._steps)

    def _show_answers(self, answers: tuple[AnswerShown, ...]) -> None:
        while len(self._rows) < len(answers):
            label = QLabel()
            make_readable(label, "Answer")
            self._rows.append(label)
            self._answers.addWidget(label)
        for place, label in enumerate(self._rows):
            label.setVisible(place < len(answers))
            if place < len(answers):
                answer = answers[place]
                mark = "✓" if answer.is_right else "✗"
                label.setText(
                    f'{mark} <span style="color:{answer.color}">{answer.name}</span>'
                    f"&nbsp; {answer.said}"
                )
