"""One plot of curves over steps: raw faint, smoothed strong, read by hovering.

Shapes: P points.
"""

import html
import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from whatwhere_app.theme import DARK, GAP_PX, Pattern, Theme
from whatwhere_app.train_values import PlotLine

_PENS: dict[Pattern, Qt.PenStyle] = {
    "solid": Qt.PenStyle.SolidLine,
    "dash": Qt.PenStyle.DashLine,
    "dot": Qt.PenStyle.DotLine,
    "long": Qt.PenStyle.DashDotLine,
}
_SAMPLES: dict[Pattern, str] = {"solid": "━━", "dash": "╍╍", "dot": "┈┈", "long": "━╍"}
_MARKS = {"o": "\N{BLACK CIRCLE}", "t": "\N{BLACK DOWN-POINTING TRIANGLE}"}
_MARKS |= {"s": "\N{BLACK SQUARE}", "d": "\N{BLACK DIAMOND}", "x": "\N{MULTIPLICATION SIGN}"}
_REACH_PX = 14
_FAINT = 70
_SMOOTH_POINTS = 100
"""Longer lines are drawn without smooth edges, which would take many times as long."""
_MIN_HEIGHT_PX = 64


class TrainPlot(QWidget):
    """A heading with the legend, which shows the values while the pointer is over the plot.

    Args:
        title: of the plot, with its unit.
        can_choose: whether a click on a point chooses its checkpoint.
        values: lowest and highest value to show; None fits them to the lines.
    """

    point_clicked = Signal(str, float)
    zoomed = Signal()
    whole_wanted = Signal()

    def __init__(
        self,
        title: str,
        parent: QWidget | None = None,
        *,
        can_choose: bool = False,
        values: tuple[float, float] | None = None,
    ) -> None:
        super().__init__(parent)
        self._title, self._theme = title, DARK
        self._lines: tuple[PlotLine, ...] = ()
        self._items: dict[str, tuple[pg.PlotDataItem, pg.PlotDataItem]] = {}
        self._is_log = False
        self.heading = QLabel()
        self.heading.setObjectName("caption")
        self.heading.setWordWrap(True)
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.plot = pg.PlotWidget()
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMinimumHeight(_MIN_HEIGHT_PX)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=True, y=False)
        self.plot.getPlotItem().setContentsMargins(0, GAP_PX, GAP_PX, 0)
        self.plot.viewport().installEventFilter(self)
        self.plot.getPlotItem().getViewBox().sigRangeChangedManually.connect(
            lambda *_: self.zoomed.emit()
        )
        if values is not None:
            self.plot.setYRange(*values, padding=0.04)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._mark = pg.InfiniteLine(angle=90, movable=False)
        for line in (self._cursor, self._mark):
            line.hide()
            self.plot.addItem(line, ignoreBounds=True)
        self.plot.scene().sigMouseMoved.connect(self._on_moved)
        self.plot.scene().sigMouseClicked.connect(self._on_clicked)
        self._can_choose = can_choose
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self.plot, 1)
        self.set_theme(DARK)

    @property
    def lines(self) -> tuple[PlotLine, ...]:
        """What is drawn."""
        return self._lines

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self.plot.setBackground(theme.surface_1)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.text_2))
        self._cursor.setPen(pg.mkPen(theme.text_3))
        self._mark.setPen(pg.mkPen(theme.accent, width=2))
        self._say_legend()

    def set_log(self, is_log: bool) -> None:
        """Logarithmic values; what is not above zero is then left out."""
        self._is_log = is_log
        self.plot.setLogMode(y=is_log)
        self.show_lines(self._lines)

    def show_lines(self, lines: Sequence[PlotLine]) -> None:
        """Replace all lines."""
        self._lines = tuple(lines)
        keys = {line.key for line in lines}
        for key in [key for key in self._items if key not in keys]:
            for item in self._items.pop(key):
                self.plot.removeItem(item)
        for line in lines:
            raw, strong = self._items.get(line.key) or self._add(line.key)
            faint = QColor(line.color)
            faint.setAlpha(_FAINT)
            is_smooth = line.smooth_P is not line.raw_P
            empty = np.zeros(0)
            raw.setData(
                line.steps_P if is_smooth else empty,
                self._values(line.raw_P) if is_smooth else empty,
                pen=pg.mkPen(faint),
                connect="finite",
            )
            strong.setData(
                line.steps_P,
                self._values(line.smooth_P),
                pen=pg.mkPen(line.color, width=2, style=_PENS[line.pattern]),
                connect="finite",
                symbol=line.symbol or None,
                symbolSize=7,
                symbolBrush=line.color,
                symbolPen=None,
                antialias=len(line.steps_P) <= _SMOOTH_POINTS,
            )
        self._say_legend()

    def mark_step(self, step: int | None) -> None:
        """Where the chosen checkpoint stands."""
        self._mark.setVisible(step is not None)
        if step is not None:
            self._mark.setValue(step)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Qt: the pointer leaves the plot, or asks for the whole of it by a double-click."""
        if event.type() == QEvent.Type.Leave:
            self._cursor.hide()
            self._say_legend()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.whole_wanted.emit()
        return False

    def read_at(self, step: float) -> str:
        """The values at a step, as hovering shows them."""
        shown: dict[str, list[str]] = {}
        for line in self._lines:
            place = int(np.argmin(np.abs(line.steps_P - step)))
            value = _number(float(line.smooth_P[place]))
            if line.smooth_P is not line.raw_P:
                value += f" (raw {_number(float(line.raw_P[place]))})"
            shown.setdefault(_named(line), []).append(value)
        return "  ".join(f"{name} {' / '.join(values)}" for name, values in shown.items())

    def _values(self, values_P: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(values_P > 0, values_P, np.nan) if self._is_log else values_P

    def _add(self, key: str) -> tuple[pg.PlotDataItem, pg.PlotDataItem]:
        items = pg.PlotDataItem(), pg.PlotDataItem()
        for item in items:
            self.plot.addItem(item)
        self._items[key] = items
        return items

    def _say_legend(self) -> None:
        names = dict.fromkeys(_named(line) for line in self._lines)
        marks = {
            f"{_MARKS.get(line.symbol, line.symbol)} {html.escape(line.run_name)}": None
            for line in self._lines
            if line.run_name
        }
        shown = "  ".join([*names, *marks])
        self.heading.setText(f"<b>{self._title}</b>  {shown or 'nothing yet'}")

    def _on_moved(self, place: QPointF) -> None:
        box = self.plot.getPlotItem().getViewBox()
        if not self._lines or not box.sceneBoundingRect().contains(place):
            return
        x = float(box.mapSceneToView(place).x())
        steps = np.concatenate([line.steps_P for line in self._lines])
        nearest = float(steps[np.argmin(np.abs(steps - x))])
        self._cursor.setValue(nearest)
        self._cursor.show()
        self.heading.setText(f"<b>Step {nearest:.0f}</b>  {self.read_at(nearest)}")

    def _on_clicked(self, event: object) -> None:
        if not self._can_choose or not self._lines:
            return
        place: QPointF = event.scenePos()  # type: ignore[attr-defined]
        box = self.plot.getPlotItem().getViewBox()
        best: tuple[float, str, float] | None = None
        for line in self._lines:
            for step, value in zip(line.steps_P.tolist(), line.smooth_P.tolist(), strict=True):
                there = box.mapViewToScene(QPointF(step, value))
                far = math.hypot(there.x() - place.x(), there.y() - place.y())
                if far <= _REACH_PX and (best is None or far < best[0]):
                    best = far, line.run, step
        if best is not None:
            self.point_clicked.emit(best[1], best[2])


def _named(line: PlotLine) -> str:
    """A sample of the line, and its title."""
    sample = f'<span style="color:{line.color}">{_SAMPLES[line.pattern]}</span>'
    return f"{sample} {html.escape(line.title)}"


def _number(value: float) -> str:
    return f"{value:.4g}"
