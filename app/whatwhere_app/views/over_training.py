"""A training run, step by step: a slider, what the step comes to, and the curves around it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.train_values import OverTrainingShown, PlotLine
from whatwhere_app.views.reading import make_readable
from whatwhere_app.views.train_plot import TrainPlot

_PLOT_PX = 84
_KEYS = (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Right)


class _StepSlider(QSlider):
    """Keeps the keys that it goes by from commands of the window."""

    def event(self, event: QEvent) -> bool:
        """Qt: a key that might be a command's is asked about first."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _KEYS
        ):
            event.accept()
            return True
        return super().event(event)


class OverTraining(QWidget):
    """Hidden while no run is gone through."""

    place_chosen = Signal(int)
    step_clicked = Signal(float)
    play_wanted = Signal(bool)
    arrows_wanted = Signal(bool)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.play = _button("Play", "Let the steps of the run follow one another")
        self.play.setCheckable(True)
        self.play.toggled.connect(self.play_wanted)
        self.slider = _StepSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Step of the run")
        self.slider.setToolTip("Arrow keys, Home and End, or a click in the curves")
        self.slider.setPageStep(1)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.valueChanged.connect(self.place_chosen)
        self.step = QLabel()
        self.step.setObjectName("caption")
        self.arrows = _button(
            "Arrows", "Points stay where the run began; arrows lead from there to this step"
        )
        self.arrows.setCheckable(True)
        self.arrows.toggled.connect(self.arrows_wanted)
        self.close_run = _button("Close", "Go through this run no more; the step stays open")
        self.close_run.clicked.connect(self.closed)
        self.said, self.note = QLabel(), QLabel()
        self.note.setObjectName("caption")
        for label, name in ((self.said, "What the step comes to"), (self.note, "About the run")):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            make_readable(label, name)
        self.plot = TrainPlot("Over training, %", can_choose=True, values=(0.0, 100.0))
        self.plot.setFixedHeight(_PLOT_PX)
        self.plot.point_clicked.connect(lambda _, step: self.step_clicked.emit(step))
        self._build()

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.plot.set_theme(theme)

    def show_run(self, shown: OverTrainingShown | None) -> None:
        """Replace everything but the curves; None hides it."""
        self.setVisible(shown is not None)
        if shown is None:
            return
        with QSignalBlocker(self.slider), QSignalBlocker(self.play), QSignalBlocker(self.arrows):
            self.slider.setRange(0, len(shown.steps) - 1)
            self.slider.setValue(shown.place)
            self.play.setChecked(shown.is_playing)
            self.arrows.setChecked(shown.has_arrows)
        self.play.setText("Pause" if shown.is_playing else "Play")
        is_several = len(shown.steps) > 1
        for control in (self.slider, self.play, self.arrows):
            control.setEnabled(is_several)
        step = shown.steps[shown.place]
        self.step.setText(f"{step:,} of {shown.last_step:,}")
        self.step.setToolTip(f"Step of {shown.run}: look {shown.place + 1} of {len(shown.steps)}")
        self.said.setText(shown.said)
        self.said.setToolTip(shown.meaning)
        self.note.setText(shown.note)
        self.note.setVisible(bool(shown.note))
        self.plot.mark_step(step)

    def show_curves(self, lines: Sequence[PlotLine]) -> None:
        """Replace the curves."""
        self.plot.show_lines(lines)

    def _build(self) -> None:
        holder = QWidget()
        holder.setObjectName("filters")
        steering = QHBoxLayout(holder)
        steering.setContentsMargins(0, 0, 0, 0)
        steering.setSpacing(GAP_PX)
        steering.addWidget(self.play)
        steering.addWidget(self.slider, 1)
        for widget in (self.step, self.arrows, self.close_run):
            steering.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addWidget(holder)
        column.addWidget(self.said)
        column.addWidget(self.plot)
        column.addWidget(self.note)


def _button(text: str, hint: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(hint)
    button.setAccessibleName(hint)
    return button
