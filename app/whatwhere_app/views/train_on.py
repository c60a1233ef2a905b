"""How tagged cases become something to train on: what each tag weighs, what is held aside."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from whatwhere.training.hard_sets import HardSetPlan
from whatwhere_app.theme import GAP_PX
from whatwhere_app.views.reading import make_readable

_WIDTH_PX = 420
_USUAL = HardSetPlan()
_MOST_HELD = 90
_RIGHT = 2.0
"""Broke fewer on validation rooms than none did (ARCHITECTURE.md, decision 24)."""


class TrainOn(QDialog):
    """A window of its own that blocks nothing."""

    wanted = Signal(object)
    """The `HardSetPlan`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train on these")
        self.setMinimumWidth(_WIDTH_PX)
        self._said = QLabel()
        self._said.setWordWrap(True)
        make_readable(self._said, "What there is to train on")
        self.weights: dict[str, QDoubleSpinBox] = {}
        self._tags = QFormLayout()
        self._tags.setSpacing(GAP_PX)
        self.held = QSpinBox()
        self.held.setRange(0, _MOST_HELD)
        self.held.setSingleStep(10)
        self.held.setSuffix(" % of the scans")
        self.held.setValue(round(100 * _USUAL.held_share))
        self.held.setAccessibleName("Share of the scans that is held aside")
        self.held.setToolTip("Whether anything was cured is asked there, in rooms never seen")
        self.right = QDoubleSpinBox()
        self.right.setRange(0, 10)
        self.right.setDecimals(1)
        self.right.setSuffix(" per failure")
        self.right.setSpecialValueText("none")
        self.right.setValue(_RIGHT)
        self.right.setAccessibleName("Right answers of the same scans that go along")
        self.right.setToolTip("Right answers of the same scans go along, so that fewer are broken")
        self.twins = QCheckBox("Their twins as well")
        self.twins.setToolTip(
            "Half of the steps on these cases show look-alikes with exchanged looks; a sentence "
            "about places keeps its target"
        )
        self.random = QCheckBox("Then a second run on as many random cases")
        self.random.setToolTip(
            "From the same scans, with the same settings: it takes as long as the first run, and "
            "is asked the same cases"
        )
        self.go = QPushButton("To the training form")
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        self.go.clicked.connect(lambda: self.wanted.emit(self.plan))
        self._lay_out()

    @property
    def plan(self) -> HardSetPlan:
        """As it is filled in."""
        return HardSetPlan(
            held_share=self.held.value() / 100,
            weights={tag: spin.value() for tag, spin in self.weights.items()},
            with_twins=self.twins.isChecked(),
            with_random=self.random.isChecked(),
            right_per_failure=self.right.value(),
        )

    @property
    def said(self) -> str:
        """What it says of the cases."""
        return self._said.text()

    def show_tags(self, said: str, tags: Sequence[tuple[str, int]]) -> None:
        """Come up with these tags.

        Args:
            said: what there is to train on.
            tags: captions, with the number of cases.
        """
        self._said.setText(said)
        if [tag for tag, _ in tags] != list(self.weights):
            while self._tags.rowCount():
                self._tags.removeRow(0)
            self.weights = {tag: self._weight(tag) for tag, _ in tags}
            for tag, count in tags:
                self._tags.addRow(f"{tag} ({count:,})", self.weights[tag])
        self.show()
        self.raise_()
        self.activateWindow()

    def _weight(self, tag: str) -> QDoubleSpinBox:
        spin = QDoubleSpinBox()
        spin.setRange(0, 10)
        spin.setSingleStep(0.5)
        spin.setDecimals(1)
        spin.setValue(1)
        spin.setPrefix("counts ")
        spin.setSuffix(" x")
        spin.setSpecialValueText("left out")
        spin.setAccessibleName(f"How much cases tagged {tag} count in training")
        return spin

    def _lay_out(self) -> None:
        held = QFormLayout()
        held.addRow("Hold aside", self.held)
        held.addRow("Right answers", self.right)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX, 4 * GAP_PX)
        column.setSpacing(3 * GAP_PX)
        column.addWidget(self._said)
        column.addLayout(self._tags)
        column.addLayout(held)
        column.addWidget(self.twins)
        column.addWidget(self.random)
        column.addLayout(buttons)
