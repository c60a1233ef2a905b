"""Every case as a point: 2D across, fused up; an outline around points filters by them."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]
from PySide6.QtCore import QEvent, QPointF, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere.evaluation.cases.quadrants import QUADRANTS, Quadrant
from whatwhere_app.case_values import (
    LOG_P_FLOOR,
    QUADRANT_NAMES,
    Axes,
    ScatterShown,
)
from whatwhere_app.theme import DARK, GAP_PX, SERIES, Theme
from whatwhere_app.views.action_button import ActionButton
from whatwhere_app.views.lasso_box import LassoBox, Tool
from whatwhere_app.views.point_cloud import PointCloud, PointStyle
from whatwhere_app.views.point_stamps import Mark

_AXES: tuple[tuple[Axes, str], ...] = (("log_p", "log p(target | class)"), ("iou", "IoU"))
_THRESHOLDS = (0.25, 0.5)
_TOOLS: tuple[tuple[Tool, str, str], ...] = (
    ("lasso", "Lasso", "Draw around points to keep only them"),
    ("rectangle", "Box", "Drag a rectangle around points to keep only them"),
    ("pan", "Move", "Drag to move the plot; the wheel zooms, a double-click shows all of it"),
)
_MARKS: dict[Quadrant, Mark] = {
    "both_right": "disc",
    "only_fused": "square",
    "only_2d": "cross",
    "both_wrong": "ring",
}
_SIGNS: dict[Mark, str] = {"disc": "●", "square": "■", "cross": "✕", "ring": "○"}
_CORNERS: tuple[Quadrant, ...] = ("only_fused", "both_right", "both_wrong", "only_2d")
"""As the quadrants lie: fused up, 2D to the right."""
_FAINT, _ARROW_OPACITY = 0.16, 0.5
_REACH_PX = 10.0
_ARROW_REACH_PX = 5.0
_MIN_PX = 120
_LABELLED_PX = 200
"""A lower plot spends its room on points: the list above says what the axes are."""


class CaseScatter(QWidget):
    """The plot, what its points are, and the margin line.

    Args:
        use_margin: takes the line's margin to the training form.
    """

    outlined = Signal(list)
    case_clicked = Signal(int)
    case_hovered = Signal(int)
    axes_chosen = Signal(str)
    threshold_chosen = Signal(float)
    quadrant_chosen = Signal(str)
    margin_dragged = Signal(float)

    def __init__(self, use_margin: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._shown: ScatterShown | None = None
        self._ranges: tuple[Axes, str] | None = None
        self.axes = QComboBox()
        self.axes.setAccessibleName("What the axes are")
        for name, text in _AXES:
            self.axes.addItem(text, name)
        self.axes.activated.connect(lambda _: self.axes_chosen.emit(self.axes.currentData()))
        self.threshold = QComboBox()
        self.threshold.setAccessibleName("IoU from which an answer is right")
        self.threshold.setToolTip("An answer is right from this IoU on")
        for value in _THRESHOLDS:
            self.threshold.addItem(f"IoU {value:g}", value)
        self.threshold.activated.connect(
            lambda _: self.threshold_chosen.emit(self.threshold.currentData())
        )
        self.area = LassoBox()
        self.plot = pg.PlotWidget(viewBox=self.area)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMinimumHeight(_MIN_PX)
        self.plot.hideButtons()
        self.plot.getAxis("left").setWidth(11 * GAP_PX)
        self.plot.viewport().installEventFilter(self)
        self.cloud = PointCloud()
        self._arrows = pg.PlotCurveItem(connect="pairs")
        self._heads = pg.ScatterPlotItem(symbol="t1", size=7, pen=None)
        self._cross = [pg.InfiniteLine(angle=angle, movable=False) for angle in (0, 90)]
        self.margin = pg.InfiniteLine(angle=45, movable=True)
        self._chosen = pg.ScatterPlotItem(size=13, brush=None)
        self._hovered = pg.ScatterPlotItem(size=11, brush=None)
        for item in (self.cloud, self._arrows, self._heads, *self._cross, self.margin):
            self.plot.addItem(item, ignoreBounds=item is not self.cloud)
        for item in (self._chosen, self._hovered):
            self.plot.addItem(item, ignoreBounds=True)
        self.margin.sigPositionChanged.connect(self._on_margin_moved)
        self.area.outlined.connect(self.outlined)
        self.plot.scene().sigMouseMoved.connect(self._on_moved)
        self.plot.scene().sigMouseClicked.connect(self._on_clicked)
        self._build(use_margin)
        self.set_theme(DARK)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self.plot.setBackground(theme.surface_1)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.text_2))
        self.area.set_color(theme.accent)
        for line in self._cross:
            line.setPen(pg.mkPen(theme.text_3, style=Qt.PenStyle.DotLine))
        self.margin.setPen(pg.mkPen(theme.strokes["mix"].color, width=2))
        self.margin.setHoverPen(pg.mkPen(theme.strokes["mix"].color, width=4))
        self._chosen.setPen(pg.mkPen(theme.text_1, width=3))
        self._hovered.setPen(pg.mkPen(theme.text_1, width=1))
        faint = QColor(theme.text_3)
        faint.setAlphaF(_ARROW_OPACITY)
        self._arrows.setPen(pg.mkPen(faint))
        self._heads.setBrush(pg.mkBrush(theme.text_2))
        for name, button in self.quadrants.items():
            button.setIcon(_sign(_SIGNS[_MARKS[name]], self._colors()[name], self))
        if self._shown is not None:
            self.show_points(self._shown)

    def show_points(self, shown: ScatterShown) -> None:
        """Replace everything."""
        self._shown = shown
        codes_N = shown.quadrants_N + len(QUADRANTS) * shown.kept_N.view(np.int8)
        styles = self._styles()
        codes_N[shown.quadrants_N < 0] = len(styles)
        self.cloud.set_points(shown.x_N, shown.y_N, codes_N.view(np.uint8), styles)
        self._show_arrows(shown)
        is_log = shown.axes == "log_p"
        for line in self._cross:
            line.setVisible(not is_log)
            line.setValue(shown.threshold)
        for box, value in ((self.axes, shown.axes), (self.threshold, shown.threshold)):
            box.setCurrentIndex(max(box.findData(value), 0))
        self.margin.setVisible(shown.margin is not None)
        self._margin_row.setVisible(shown.margin is not None)
        if shown.margin is not None:
            with QSignalBlocker(self.margin):
                self.margin.setPos((0.0, shown.margin))
        self._show_counts(shown.counts)
        if self._ranges != (shown.axes, shown.source):
            self._ranges = (shown.axes, shown.source)
            self._label_axes(is_log=is_log)  # seldom: an axis is slow to draw
            self.show_whole()

    def show_whole(self) -> None:
        """Both axes from end to end."""
        if self._shown is not None and self._shown.axes == "log_p":
            drawn = self._shown.quadrants_N >= 0
            both = np.concatenate([self._shown.x_N[drawn], self._shown.y_N[drawn]])
            low = float(both.min()) if len(both) else LOG_P_FLOOR
            low = min(low, self._shown.low)
            self.area.setRange(xRange=(low, 0.0), yRange=(low, 0.0), padding=0.05)
        else:
            self.area.setRange(xRange=(0.0, 1.0), yRange=(0.0, 1.0), padding=0.06)

    def mark_case(self, case: int | None, *, how: Literal["chosen", "hovered"]) -> None:
        """The case that is selected, or that the pointer is at somewhere."""
        item = self._chosen if how == "chosen" else self._hovered
        shown = self._shown
        if case is None or shown is None or shown.quadrants_N[case] < 0:
            item.setData([], [])
        else:
            item.setData([float(shown.x_N[case])], [float(shown.y_N[case])])

    @property
    def shown(self) -> ScatterShown | None:
        """What is drawn."""
        return self._shown

    def say(self, text: str) -> None:
        """What is under the pointer."""
        self._said.setText(text)
        self._said.setToolTip(text)

    @property
    def margin_text(self) -> str:
        """What is said of the line."""
        return self._margin_said.text()

    def say_margin(self, text: str) -> None:
        """What the line costs."""
        self._margin_said.setText(text)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Qt: the pointer leaves, or asks for the whole plot; there is more room, or less."""
        if event.type() == QEvent.Type.Leave:
            self.case_hovered.emit(-1)
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.show_whole()
        elif event.type() == QEvent.Type.Resize:
            self._fit_labels()
        return False

    def place_of(self, case: int) -> QPointF:
        """Where a point lies, in pixels of the plot's viewport."""
        assert self._shown is not None
        point = QPointF(float(self._shown.x_N[case]), float(self._shown.y_N[case]))
        return QPointF(self.plot.mapFromScene(self.area.mapViewToScene(point)))

    def _build(self, use_margin: QAction) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(GAP_PX)
        tools.addWidget(self.axes, 1)
        tools.addWidget(self.threshold)
        holder = QWidget()
        holder.setObjectName("filters")
        inside = QHBoxLayout(holder)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(GAP_PX)
        group = QButtonGroup(self)
        self.tools: dict[Tool, QToolButton] = {}
        for tool, text, hint in _TOOLS:
            button = QToolButton()
            button.setText(text)
            button.setToolTip(hint)
            button.setAccessibleName(hint)
            button.setCheckable(True)
            button.setChecked(tool == self.area.tool)
            button.toggled.connect(lambda on, tool=tool: self._set_tool(tool) if on else None)
            group.addButton(button)
            inside.addWidget(button)
            self.tools[tool] = button
        tools.addWidget(holder)
        self._said = _elided("caption")
        counts = QGridLayout()
        counts.setSpacing(GAP_PX)
        self.quadrants: dict[Quadrant, QToolButton] = {}
        for number, quadrant in enumerate(_CORNERS):
            button = QToolButton()
            button.setObjectName("flat")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda *_, name=quadrant: self.quadrant_chosen.emit(name))
            counts.addWidget(button, number // 2, number % 2)
            self.quadrants[quadrant] = button
        self._margin_row = QWidget()
        row = QHBoxLayout(self._margin_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP_PX)
        self._margin_said = QLabel()
        self._margin_said.setWordWrap(True)
        self._margin_said.setObjectName("caption")
        row.addWidget(self._margin_said, 1)
        row.addWidget(ActionButton(use_margin, "Train with it"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addLayout(tools)
        column.addWidget(self._said)
        column.addWidget(self.plot, 1)
        column.addLayout(counts)
        column.addWidget(self._margin_row)

    def _set_tool(self, tool: Tool) -> None:
        self.area.tool = tool

    def _colors(self) -> dict[Quadrant, str]:
        strokes = self._theme.strokes
        return {
            "both_right": self._theme.text_3,
            "only_fused": strokes["fused"].color,
            "only_2d": strokes["2d"].color,
            "both_wrong": SERIES[self._theme.name][3],
        }

    def _styles(self) -> tuple[PointStyle, ...]:
        colors = self._colors()
        faint = [PointStyle(colors[name], _MARKS[name], _FAINT) for name in QUADRANTS]
        return (*faint, *(PointStyle(colors[name], _MARKS[name]) for name in QUADRANTS))

    def _show_arrows(self, shown: ScatterShown) -> None:
        ends = shown.arrows.reshape(-1, 2, 2)
        self._arrows.setData(ends[..., 0].ravel(), ends[..., 1].ravel())
        self._heads.setData(ends[:, 1, 0], ends[:, 1, 1])

    def _label_axes(self, *, is_log: bool) -> None:
        what = "log p(target | class), nats" if is_log else "IoU with the target"
        self.plot.setLabel("bottom", f"2D: {what}")
        self.plot.setLabel("left", f"Fused: {what}")
        self._fit_labels()

    def _fit_labels(self) -> None:
        for side in ("left", "bottom"):
            self.plot.getAxis(side).showLabel(self.plot.height() >= _LABELLED_PX)

    def _show_counts(self, counts: Mapping[Quadrant, int]) -> None:
        for name, button in self.quadrants.items():
            button.setText(f"{counts[name]:,} {QUADRANT_NAMES[name]}")
            button.setToolTip(f"Keep only the cases with {QUADRANT_NAMES[name]}")

    def _on_margin_moved(self) -> None:
        across, up = (float(value) for value in (self.margin.p[0], self.margin.p[1]))
        margin = max(up - across, 0.0)
        with QSignalBlocker(self.margin):
            self.margin.setPos((0.0, margin))
        self.margin_dragged.emit(margin)

    def _near(self, scene_place: QPointF) -> int | None:
        shown = self._shown
        if shown is None or not self.area.sceneBoundingRect().contains(scene_place):
            return None
        here, step = self.area.mapSceneToView(scene_place), self.area.viewPixelSize()
        across, up = _REACH_PX * step[0], _REACH_PX * step[1]
        is_near_N = (abs(shown.x_N - here.x()) <= across) & (abs(shown.y_N - here.y()) <= up)
        near = np.flatnonzero(is_near_N & (shown.quadrants_N >= 0) & shown.kept_N)
        if len(near):
            away = np.hypot(
                (shown.x_N[near] - here.x()) / step[0], (shown.y_N[near] - here.y()) / step[1]
            )
            nearest = int(np.argmin(away))
            if away[nearest] <= _REACH_PX:
                return int(near[nearest])
        return _arrow_near(shown, (here.x(), here.y()), step)

    def _on_moved(self, place: QPointF) -> None:
        case = self._near(place)
        self.case_hovered.emit(-1 if case is None else case)

    def _on_clicked(self, event: Any) -> None:
        case = self._near(event.scenePos())
        if case is not None and event.button() == Qt.MouseButton.LeftButton:
            self.case_clicked.emit(case)


def _arrow_near(
    shown: ScatterShown, here: tuple[float, float], step: tuple[float, float]
) -> int | None:
    """The case whose arrow lies here.

    Args:
        shown: with its arrows.
        here: on the axes.
        step: of a pixel, on each axis.
    """
    if not len(shown.arrows):
        return None
    ends_M22 = (shown.arrows.reshape(-1, 2, 2) - np.array(here)) / np.array(step)
    along_M2 = ends_M22[:, 1] - ends_M22[:, 0]
    lengths_M = np.maximum((along_M2**2).sum(1), 1e-9)
    share_M = np.clip(-(ends_M22[:, 0] * along_M2).sum(1) / lengths_M, 0.0, 1.0)
    away_M = np.linalg.norm(ends_M22[:, 0] + share_M[:, None] * along_M2, axis=1)
    nearest = int(np.argmin(away_M))
    return int(shown.arrow_cases[nearest]) if away_M[nearest] <= _ARROW_REACH_PX else None


def _sign(text: str, color: str, widget: QWidget) -> QIcon:
    """A mark as it is drawn in the plot."""
    size, ratio = 4 * GAP_PX, widget.devicePixelRatioF()
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setFont(widget.font())
    painter.setPen(QColor(color))
    painter.drawText(QRectF(0, 0, size, size), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return QIcon(picture)


def _elided(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
