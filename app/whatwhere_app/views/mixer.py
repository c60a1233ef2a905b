"""One slider from 2D to fused, and what is chosen there."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from whatwhere_app.theme import GAP_PX, LAYER_TAGS
from whatwhere_app.view_values import MixShown


class Mixer(QWidget):
    """At its left end the answer sees no geometry, at its right end all of it."""

    slid = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Share of the geometry, from 2D to fused")
        self.slider.setToolTip("Fade geometry in: 0 is 2D only, 1 is fused")
        self.slider.setPageStep(5)
        self._share, self._text = QLabel(), QLabel()
        self._share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._share.setMinimumWidth(self.fontMetrics().horizontalAdvance("mix 0.00 "))
        self._share.setToolTip("How much of the geometry the answer beneath has seen")
        self._text.setObjectName("caption")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(2 * GAP_PX)
        row.addWidget(_caption(LAYER_TAGS["2d"]))
        row.addWidget(self.slider, 1)
        row.addWidget(_caption(LAYER_TAGS["fused"]))
        row.addWidget(self._share)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GAP_PX, 0, 3 * GAP_PX, 2 * GAP_PX)
        column.setSpacing(GAP_PX)
        column.addLayout(row)
        column.addWidget(self._text)
        self.slider.valueChanged.connect(self.slid)
        self.show_mix(MixShown())

    @property
    def text(self) -> str:
        """What is chosen there."""
        return self._text.text()

    def show_mix(self, shown: MixShown) -> None:
        """Replace what is shown without telling anybody; nothing to mix hides it all."""
        self.setVisible(bool(shown.num_places or shown.text))
        self.slider.setEnabled(shown.num_places > 0)
        was_blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, max(shown.num_places - 1, 1))
        self.slider.setValue(shown.place if shown.num_places else 1)
        self.slider.blockSignals(was_blocked)
        self._share.setText(f"mix {shown.share:.2f}" if shown.num_places else "")
        self._text.setText(shown.text)


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("caption")
    return label
