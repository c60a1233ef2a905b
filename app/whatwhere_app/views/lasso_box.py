"""A plot's area in which dragging selects: free-hand, by a rectangle, or not at all."""

from typing import Any, Literal

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]
from PySide6.QtCore import QPointF, Qt, Signal

Tool = Literal["lasso", "rectangle", "pan"]

_STEP_PX = 3.0


class LassoBox(pg.ViewBox):  # type: ignore[misc]
    """The left button draws an outline; the middle one, or the tool "pan", moves the plot."""

    outlined = Signal(list)

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.tool: Tool = "lasso"
        self._points: list[QPointF] = []
        self._outline = pg.PlotCurveItem()
        self._outline.setZValue(100)
        self.addItem(self._outline, ignoreBounds=True)

    def set_color(self, color: str) -> None:
        """Of the outline."""
        self._outline.setPen(pg.mkPen(color, width=2))

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        """pyqtgraph: a drag, one piece at a time."""
        is_left = ev.button() == Qt.MouseButton.LeftButton
        if self.tool == "pan" or not is_left or axis is not None:
            super().mouseDragEvent(ev, axis)
            return
        ev.accept()
        if ev.isStart():
            self._points = [ev.buttonDownPos()]
        here = ev.pos()
        if self.tool == "rectangle":
            first = self._points[0]
            self._points = [
                first,
                QPointF(here.x(), first.y()),
                here,
                QPointF(first.x(), here.y()),
            ]
        elif (here - self._points[-1]).manhattanLength() >= _STEP_PX:
            self._points.append(here)
        corners = [self.mapToView(point) for point in self._points]
        closed = np.array([(point.x(), point.y()) for point in [*corners, corners[0]]])
        self._outline.setData(closed[:, 0], closed[:, 1])
        if ev.isFinish():
            self._outline.setData([], [])
            self._points = []
            if len(corners) > 2:
                self.outlined.emit([(point.x(), point.y()) for point in corners])
