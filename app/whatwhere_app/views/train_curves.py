"""The curves of training runs: losses, accuracy on the probe set, and follow rates."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.train_values import PlotLine
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.train_plot import TrainPlot

Plot = Literal["loss", "accuracy", "follow"]
_PARTS = (
    ("accuracy", "All sentences"),
    ("spatial", "Spatial sentences"),
    ("class", "Right class"),
)

PLOTS: dict[Plot, Callable[[], TrainPlot]] = {
    "loss": partial(TrainPlot, "Loss"),
    "accuracy": partial(TrainPlot, "Accuracy, %", can_choose=True, values=(0.0, 100.0)),
    "follow": partial(TrainPlot, "Follows the appearance, %", can_choose=True),
}
"""Each takes a while to make: let the window have a turn between them."""


class TrainCurves(QWidget):
    """Three plots over the same steps.

    Args:
        plots: as `PLOTS` makes them.
        smoothings: what the slider offers, in steps.
        log_scale: the switch for logarithmic losses.
    """

    smoothed = Signal(int)
    part_chosen = Signal(str)
    point_clicked = Signal(str, float)

    def __init__(
        self,
        plots: Mapping[Plot, TrainPlot],
        smoothings: Sequence[int],
        log_scale: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._smoothings = tuple(smoothings)
        self._is_zoomed = False
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(smoothings) - 1)
        self.slider.setPageStep(1)
        self.slider.setAccessibleName("Smoothing of the losses")
        self.slider.valueChanged.connect(self.smoothed)
        self._said = QLabel()
        self._said.setObjectName("caption")
        self.part = QComboBox()
        self.part.setAccessibleName("Accuracy on which sentences")
        for value, text in _PARTS:
            self.part.addItem(text, value)
        self.part.activated.connect(lambda _: self.part_chosen.emit(str(self.part.currentData())))
        self.plots = dict(plots)
        first = self.plots["loss"]
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addLayout(_row(QLabel("Smoothing"), self.slider, self._said))
        column.addLayout(_row(ActionButton(log_scale, "Log losses"), self.part))
        for name, plot in self.plots.items():
            plot.plot.getAxis("left").setWidth(10 * GAP_PX)
            if plot is not first:
                plot.plot.setXLink(first.plot)
            plot.whole_wanted.connect(self._show_all_steps)
            plot.zoomed.connect(self._on_zoomed)
            plot.point_clicked.connect(self.point_clicked)
            column.addWidget(plot, 3 if name != "follow" else 2)
        log_scale.toggled.connect(first.set_log)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        for plot in self.plots.values():
            plot.set_theme(theme)

    def show_lines(self, plot: Plot, lines: Sequence[PlotLine]) -> None:
        """Replace the lines of one plot."""
        self.plots[plot].show_lines(lines)
        if not self._is_zoomed:
            self._show_all_steps()

    def _on_zoomed(self) -> None:
        self._is_zoomed = True

    def _show_all_steps(self) -> None:
        """The plots share their steps, and one of them may begin earlier than another."""
        self._is_zoomed = False
        ends = [
            (float(line.steps_P[0]), float(line.steps_P[-1]))
            for plot in self.plots.values()
            for line in plot.lines
        ]
        if ends:
            first, last = min(a for a, _ in ends), max(b for _, b in ends)
            self.plots["loss"].plot.setXRange(first, max(last, first + 1), padding=0.02)

    def show_smoothing(self, steps: int) -> None:
        """Over how many steps losses are smoothed."""
        was_blocked = self.slider.blockSignals(True)
        self.slider.setValue(self._smoothings.index(steps))
        self.slider.blockSignals(was_blocked)
        self._said.setText(f"over {steps} steps" if steps else "off")

    def mark_step(self, step: int | None) -> None:
        """Where the chosen checkpoint stands."""
        for plot in self.plots.values():
            plot.mark_step(step)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(2 * GAP_PX)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QSlider | QComboBox) else 0)
    return row
