"""How far two annotators agree, and what they differ on: walked through and settled."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.sharing_values import AgreementShown
from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.plain_table import PlainTable, TextRow
from whatwhere_app.views.reading import make_readable

_SIZE = QSize(860, 640)
_SOURCE = (
    "Kappa: Cohen 1960; its interval: the asymptotic standard error of Fleiss, Cohen and Everitt "
    "1969, which takes cases for independent. Settling changes no figure: these are of what each "
    "said alone."
)
_FIGURES = ("Tag", "Both", "You alone", "Other alone", "Agree", "Kappa", "95 % interval", "")
_DIFFERENCES = ("Case", "Sentence", "Tag", "Given by", "Settled")


class AgreementPanel(QDialog):
    """Beside the window, never in its way.

    Args:
        independent: the switch that hides what others say.
    """

    other_chosen = Signal(str)
    difference_chosen = Signal(str)
    settled = Signal(str)
    """The difference in hand: "holds", "not" or "open"."""
    opened = Signal()

    def __init__(self, independent: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Agreement")
        self.resize(_SIZE)
        self.others = QComboBox()
        self.others.setAccessibleName("The other annotator")
        self.others.setMinimumWidth(40 * GAP_PX)
        self.others.activated.connect(lambda _: self.other_chosen.emit(self.others.currentText()))
        self._beside, self._about, source = QLabel("With"), QLabel(), QLabel(_SOURCE)
        make_readable(self._about, "What is compared")
        self._open = QLabel()
        self._open.setObjectName("groupTitle")
        source.setObjectName("caption")
        for label in (self._about, source):
            label.setWordWrap(True)
        self.figures = PlainTable(_FIGURES, "Agreement by tag", right=(1, 2, 3, 4, 5), stretched=0)
        self.differences = PlainTable(_DIFFERENCES, "Differences", right=(0,), stretched=1)
        self.differences.chosen.connect(self._on_chosen)
        self.buttons = {
            which: QPushButton(text)
            for which, text in (
                ("holds", "It holds"),
                ("not", "It does not hold"),
                ("open", "Leave it open"),
            )
        }
        head = QHBoxLayout()
        head.setSpacing(2 * GAP_PX)
        head.addWidget(self._beside)
        head.addWidget(self.others)
        head.addStretch(1)
        head.addWidget(ActionButton(independent, "Annotate independently"))
        settle = QHBoxLayout()
        settle.setSpacing(2 * GAP_PX)
        for which, button in self.buttons.items():
            button.setAutoDefault(False)
            button.clicked.connect(lambda *_, what=which: self.settled.emit(what))
            settle.addWidget(button)
        settle.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX)
        column.setSpacing(2 * GAP_PX)
        column.addLayout(head)
        column.addWidget(self._about)
        column.addWidget(self.figures, 3)
        column.addWidget(source)
        column.addWidget(self._open)
        column.addWidget(self.differences, 2)
        column.addLayout(settle)
        self._with_figures = (self.figures, source, self._open, self.differences)
        self.show_agreement(AgreementShown())

    @property
    def about(self) -> str:
        """What is compared, or why nothing is."""
        return self._about.text()

    @property
    def open_text(self) -> str:
        """How many differences are open."""
        return self._open.text()

    def open_with_focus(self) -> None:
        """Come up."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.differences.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: it is seen from now on."""
        super().showEvent(event)
        self.opened.emit()

    def show_others(self, names: Sequence[str], chosen: str) -> None:
        """Who else annotated, without telling anybody."""
        if [self.others.itemText(at) for at in range(self.others.count())] != list(names):
            self.others.clear()
            self.others.addItems(list(names))
        self.others.setCurrentText(chosen)
        for widget in (self._beside, self.others):
            widget.setVisible(bool(names))

    def show_agreement(self, shown: AgreementShown) -> None:
        """Replace the figures and the differences."""
        self._about.setText(shown.about)
        for widget in self._with_figures:
            widget.setVisible(bool(shown.tags))
        for button in self.buttons.values():
            button.setVisible(bool(shown.tags))
            button.setEnabled(bool(shown.selected))
        self._open.setText(
            f"{len(shown.disagreements):,} differences, {shown.num_open:,} open"
            if shown.disagreements
            else "No differences"
        )
        self.figures.show_rows(
            [TextRow(line.tag_id, line.texts, line.caution) for line in shown.tags]
        )
        self.differences.show_rows(
            [TextRow(line.key, line.texts) for line in shown.disagreements],
            (shown.selected,) if shown.selected else (),
        )

    def _on_chosen(self, keys: list[str]) -> None:
        if keys:
            self.difference_chosen.emit(keys[0])
