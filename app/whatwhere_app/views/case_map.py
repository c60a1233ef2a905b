"""States as points in a plane; an outline around points filters by their cases."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.case_values import MapColor, MapMethod, MapShown, Point, ReadOutsShown
from whatwhere_app.theme import DARK, GAP_PX, SERIES, Theme
from whatwhere_app.views.lasso_box import LassoBox
from whatwhere_app.views.point_cloud import PointCloud, PointStyle
from whatwhere_app.views.point_stamps import Mark
from whatwhere_app.views.progress_line import ProgressLine
from whatwhere_app.views.reading import make_readable

_METHODS: tuple[tuple[MapMethod, str], ...] = (("pca", "PCA"), ("tsne", "t-SNE"))
_COLORS: tuple[tuple[MapColor, str], ...] = (
    ("modality", "by modality"),
    ("right", "by right or wrong"),
    ("relation", "by relation"),
    ("class", "by class"),
)
_MARKS: tuple[Mark, ...] = ("disc", "square", "cross", "ring")
_SIGNS: dict[Mark, str] = {"disc": "●", "square": "■", "cross": "✕", "ring": "○"}
_FAINT = 0.16
_REACH_PX = 10.0
_MIN_PX = 150


class CaseMap(QWidget):
    """The map, what its colours stand for, and what can be read from the states."""

    method_chosen = Signal(str)
    color_chosen = Signal(str)
    make_wanted = Signal()
    cancel_wanted = Signal()
    outlined = Signal(list)
    case_clicked = Signal(int)
    case_hovered = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._shown: MapShown | None = None
        self._source = ""
        self.method = _chooser("How states are laid out", _METHODS)
        self.method.setToolTip(
            "PCA keeps distances as far as a plane can; t-SNE keeps who is near whom, and takes "
            "longer"
        )
        self.method.activated.connect(lambda _: self.method_chosen.emit(self.method.currentData()))
        self.color = _chooser("What the colours stand for", _COLORS)
        self.color.activated.connect(lambda _: self.color_chosen.emit(self.color.currentData()))
        self.make = QPushButton()
        self.make.setText("Make map")
        self.make.setToolTip(
            "Lay the states out; the model is asked for them where that was not done"
        )
        self._is_running = False
        self.make.clicked.connect(self._on_make)
        self.area = LassoBox()
        self.plot = pg.PlotWidget(viewBox=self.area)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMinimumHeight(_MIN_PX)
        self.plot.hideButtons()
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setStyle(showValues=False, tickLength=0)
        self.cloud = PointCloud()
        self._chosen = pg.ScatterPlotItem(size=13, brush=None)
        self.plot.addItem(self.cloud)
        self._hovered = pg.ScatterPlotItem(size=11, brush=None)
        for marks in (self._chosen, self._hovered):
            self.plot.addItem(marks, ignoreBounds=True)
        self.area.outlined.connect(self.outlined)
        self.plot.scene().sigMouseMoved.connect(self._on_moved)
        self.plot.viewport().installEventFilter(self)
        self.plot.scene().sigMouseClicked.connect(self._on_clicked)
        self._said = _caption("What the map shows")
        self._legend = _caption("What the colours of the map stand for")
        self._similarity = _caption("How alike the modalities see the cases")
        self.help = QToolButton()
        self.help.setText("?")
        self.help.setAccessibleName("How these figures are defined")
        self._line = ProgressLine()
        self._line.hide()
        self._table = QGridLayout()
        self._cells: list[QLabel] = []
        self._build()
        self.show_progress(None, "")
        self.show_read_outs(ReadOutsShown())

    def show_map(self, shown: MapShown | None) -> None:
        """Replace all points; None clears them."""
        self._shown = shown
        self._legend.setVisible(shown is not None)
        if shown is None:
            nothing = np.zeros(0, np.float32)
            self.cloud.set_points(nothing, nothing, np.zeros(0, np.uint8), ())
            return
        count = len(shown.names)
        codes = shown.codes_P + np.where(shown.kept_P, count, 0).astype(np.uint8)
        x = np.where(shown.cases_P >= 0, shown.x_P, np.nan).astype(np.float32)
        colors = self._colors(shown)
        marks = [_MARKS[index % len(_MARKS)] for index in range(count)]
        styles = [
            PointStyle(color, mark, opacity)
            for opacity in (_FAINT, 1.0)
            for color, mark in zip(colors, marks, strict=True)
        ]
        self.cloud.set_points(x, shown.y_P, codes, styles)
        for side, text in zip(("bottom", "left"), shown.labels, strict=True):
            self.plot.setLabel(side, text)
        self._legend.setText(
            "  ".join(
                f'<span style="color:{color}">{_SIGNS[mark]}</span>&nbsp;{_shown_name(name)}'
                for name, color, mark in zip(shown.names, colors, marks, strict=True)
            )
        )
        if shown.source != self._source:
            self._source = shown.source
            self.area.autoRange()

    def show_read_outs(self, shown: ReadOutsShown) -> None:
        """What the states say."""
        self._similarity.setText(shown.similarity)
        self._similarity.setVisible(bool(shown.similarity))
        self.help.setVisible(bool(shown.meaning))
        self.help.setToolTip(shown.meaning)
        for label in self._cells:
            self._table.removeWidget(label)
            label.deleteLater()
        self._cells = []
        for number, row in enumerate((shown.head, *shown.rows)):
            for column, text in enumerate(row):
                label = QLabel(text)
                label.setObjectName("caption")
                if column:
                    label.setAlignment(Qt.AlignmentFlag.AlignRight)
                self._table.addWidget(label, number, column)
                self._cells.append(label)

    def show_progress(self, share: float | None, text: str, *, is_running: bool = False) -> None:
        """How far it is, or what there is to know."""
        self._is_running = is_running
        self.make.setText("Cancel" if is_running else "Make map")
        self._line.setVisible(is_running)
        self._line.set_share(share)
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def mark_points(self, places: Sequence[Point], *, how: Literal["chosen", "hovered"]) -> None:
        """The points of the selected case, or of the one that the pointer is at somewhere."""
        marks = self._chosen if how == "chosen" else self._hovered
        marks.setData([place[0] for place in places], [place[1] for place in places])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: the pointer leaves the plot."""
        if event.type() == QEvent.Type.Leave:
            self.case_hovered.emit(-1)
        return bool(super().eventFilter(watched, event))

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme = theme
        self.plot.setBackground(theme.surface_1)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(theme.line)
            axis.setTextPen(theme.text_2)
        self.area.set_color(theme.accent)
        self._chosen.setPen(pg.mkPen(theme.text_1, width=2))
        self._hovered.setPen(pg.mkPen(theme.text_2, width=1))
        self._line.set_theme(theme)
        self.show_map(self._shown)

    def _build(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(GAP_PX)
        for widget in (self.method, self.color, self.make):
            tools.addWidget(widget)
        tools.addStretch(1)
        running = QHBoxLayout()
        running.setSpacing(2 * GAP_PX)
        running.addWidget(self._line)
        running.addWidget(self._said, 1)
        similarity = QHBoxLayout()
        similarity.addWidget(self._similarity, 1)
        similarity.addWidget(self.help, 0, Qt.AlignmentFlag.AlignTop)
        self._table.setHorizontalSpacing(3 * GAP_PX)
        self._table.setVerticalSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP_PX, GAP_PX, 2 * GAP_PX, GAP_PX)
        column.setSpacing(GAP_PX)
        column.addLayout(tools)
        column.addLayout(running)
        column.addWidget(self.plot, 1)
        column.addWidget(self._legend)
        column.addLayout(similarity)
        column.addLayout(self._table)

    def _colors(self, shown: MapShown) -> list[str]:
        strokes, series = self._theme.strokes, SERIES[self._theme.name]
        if shown.is_of_modalities:
            return [
                strokes[name].color if name in strokes else self._theme.text_3
                for name in shown.names
            ]
        return [
            self._theme.text_3 if name == "other" else series[(index + 1) % len(series)]
            for index, name in enumerate(shown.names)
        ]

    def _on_make(self) -> None:
        if self._is_running:
            self.cancel_wanted.emit()
        else:
            self.make_wanted.emit()

    def _near(self, scene_place: QPointF) -> int:
        shown = self._shown
        if shown is None or not self.area.sceneBoundingRect().contains(scene_place):
            return -1
        here, step = self.area.mapSceneToView(scene_place), self.area.viewPixelSize()
        away_P = np.hypot((shown.x_P - here.x()) / step[0], (shown.y_P - here.y()) / step[1])
        away_P = np.where(shown.kept_P & (shown.cases_P >= 0), away_P, np.inf)
        nearest = int(np.argmin(away_P)) if len(away_P) else 0
        if not len(away_P) or away_P[nearest] > _REACH_PX:
            return -1
        return int(shown.cases_P[nearest])

    def _on_moved(self, place: QPointF) -> None:
        self.case_hovered.emit(self._near(place))

    def _on_clicked(self, event: Any) -> None:
        case = self._near(event.scenePos())
        if case >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.case_clicked.emit(case)


def _chooser(name: str, items: Sequence[tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for key, text in items:
        box.addItem(text, key)
    return box


def _caption(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName("caption")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    make_readable(label, name)
    return label


def _shown_name(name: str) -> str:
    return {"fused": "fused", "2d": "2D", "3d": "3D"}.get(name, name)
