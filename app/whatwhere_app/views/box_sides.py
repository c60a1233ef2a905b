"""Three side views of the scan about one box: from above, from the front, from the side.

Each shows the points nearby, the box, and a grip on each edge. The points are drawn into a picture
once; a dragged edge costs a few lines.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from whatwhere.geometry.boxes import Box
from whatwhere_app.theme import DARK, GAP_PX, Theme, rgb

_AROUND_M = 0.6
_SPLAT_M = 0.04
"""How large a vertex is drawn, so that a coarse mesh shows no holes."""
_GRIP_PX = 5.0
_REACH_PX = 9.0
_THINNEST_M = 0.02
_HEAD_PX = 20
_USER_BOX = "#f0e442"


@dataclass(frozen=True, slots=True)
class Side:
    """Which way one looks.

    Attributes:
        title: above the view.
        across: axis that runs to the right.
        up: axis that runs up.
    """

    title: str
    across: int
    up: int


SIDES = (Side("From above", 0, 1), Side("From the front", 0, 2), Side("From the side", 1, 2))


class BoxSides(QWidget):
    """The three views, side by side.

    Signals:
        changed: the box as it would be, while an edge is dragged.
        finished: the box when the edge is let go.
    """

    changed = Signal(object)
    finished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.views = [SideView(side) for side in SIDES]
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 2 * GAP_PX)
        row.setSpacing(2 * GAP_PX)
        for view in self.views:
            row.addWidget(view, 1)
            view.changed.connect(self._on_changed)
            view.finished.connect(self.finished)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        for view in self.views:
            view.set_theme(theme)

    def show_points(
        self, points_N3: NDArray[np.float32], colors_N3: NDArray[np.uint8] | None
    ) -> None:
        """The vertices of the scan, aligned metres."""
        for view in self.views:
            view.show_points(points_N3, colors_N3)

    def show_box(self, box: Box | None, *, is_truth: bool = False) -> None:
        """The box that is looked at, or the ground truth; None empties the views."""
        for view in self.views:
            view.show_box(box, is_truth=is_truth)

    def follow_box(self, box: Box) -> None:
        """The box while it is dragged elsewhere; the views stand still."""
        for view in self.views:
            view.follow_box(box)

    def _on_changed(self, box: Box) -> None:
        self.follow_box(box)
        self.changed.emit(box)


class SideView(QWidget):
    """One of the three."""

    changed = Signal(object)
    finished = Signal(object)

    def __init__(self, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side, self._theme = side, DARK
        self._points = np.zeros((0, 3), np.float32)
        self._colors: NDArray[np.uint8] | None = None
        self._shown: Box | None = None
        self._box: Box | None = None
        self._is_truth = False
        self._held: tuple[int, int] | None = None
        self._picture: QImage | None = None
        self.setMinimumHeight(90)
        self.setMouseTracking(True)
        self.setAccessibleName(f"The box {side.title.lower()}")

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme, self._picture = theme, None
        self.update()

    def show_points(
        self, points_N3: NDArray[np.float32], colors_N3: NDArray[np.uint8] | None
    ) -> None:
        """Other points."""
        self._points, self._colors, self._picture = points_N3, colors_N3, None
        self.update()

    def show_box(self, box: Box | None, *, is_truth: bool = False) -> None:
        """Look at this box."""
        self._shown, self._box, self._picture = box, box, None
        self._is_truth = is_truth
        self._held = None
        self.update()

    def follow_box(self, box: Box) -> None:
        """Draw this box, and stand still."""
        self._box = box
        self.update()

    def edges_px(self) -> dict[tuple[int, int], QPointF]:
        """(axis, -1 or 1) -> middle of that edge, in pixels of the view."""
        if self._box is None or self._shown is None:
            return {}
        middle = np.array(self._box.center)
        found = {}
        for axis in (self._side.across, self._side.up):
            for sign in (-1, 1):
                place = middle.copy()
                place[axis] += sign * self._box.size[axis] / 2
                found[(axis, sign)] = self._to_px(place)
        return found

    def paintEvent(self, _: QPaintEvent) -> None:
        """Qt: points, box, grips, sizes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.scene))
        painter.setPen(QColor(self._theme.text_2))
        title = self._side.title if self._box is not None else f"{self._side.title}: no box"
        painter.drawText(QRectF(8, 0, self.width() - 16, _HEAD_PX), _LEFT, title)
        if self._box is None or self._shown is None:
            return
        if self._picture is None:
            self._picture = self._drawn_points()
        painter.drawImage(0, _HEAD_PX, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QRectF(self._to_px(self._box.lower), self._to_px(self._box.upper)).normalized()
        own = self._theme.strokes["gt"].color if self._is_truth else _USER_BOX
        for color, width in (("#000000", 4.0), (own, 2.0)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawRect(outline)
        painter.setPen(QPen(QColor("#000000"), 1.0))
        painter.setBrush(QColor(own))
        for place in self.edges_px().values():
            painter.drawEllipse(place, _GRIP_PX, _GRIP_PX)
        painter.setPen(QColor(self._theme.text_1))
        size = self._box.size
        said = f"{100 * size[self._side.across]:.0f} by {100 * size[self._side.up]:.0f} cm"
        painter.drawText(QRectF(8, 0, self.width() - 16, _HEAD_PX), _RIGHT, said)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the picture of the points no longer fits."""
        self._picture = None
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: an edge is taken."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = self._edge_under(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: the edge goes along."""
        if self._held is None:
            over = self._edge_under(event.position())
            shape = Qt.CursorShape.ArrowCursor
            if over is not None:
                is_across = over[0] == self._side.across
                shape = Qt.CursorShape.SizeHorCursor if is_across else Qt.CursorShape.SizeVerCursor
            self.setCursor(shape)
            return
        self.follow_box(self._pulled(event.position()))
        self.changed.emit(self._box)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: the edge is let go."""
        if event.button() == Qt.MouseButton.LeftButton and self._held is not None:
            self._held = None
            if self._box != self._shown:
                self.finished.emit(self._box)

    def _scale(self) -> float:
        """Pixels per metre."""
        assert self._shown is not None
        width_m = self._shown.size[self._side.across] + 2 * _AROUND_M
        height_m = self._shown.size[self._side.up] + 2 * _AROUND_M
        return min(self.width() / width_m, max(self.height() - _HEAD_PX, 1) / height_m)

    def _to_px(self, place: NDArray[np.floating]) -> QPointF:
        assert self._shown is not None
        side, scale, centre = self._side, self._scale(), self._shown.center
        x = self.width() / 2 + scale * (float(place[side.across]) - centre[side.across])
        middle = _HEAD_PX + (self.height() - _HEAD_PX) / 2
        return QPointF(x, middle - scale * (float(place[side.up]) - centre[side.up]))

    def _edge_under(self, position: QPointF) -> tuple[int, int] | None:
        for edge, place in self.edges_px().items():
            away = place - position
            if away.x() ** 2 + away.y() ** 2 <= _REACH_PX**2:
                return edge
        return None

    def _pulled(self, position: QPointF) -> Box:
        assert self._box is not None
        assert self._shown is not None
        assert self._held is not None
        axis, sign = self._held
        scale, centre = self._scale(), self._shown.center
        if axis == self._side.across:
            place_m = centre[axis] + (position.x() - self.width() / 2) / scale
        else:
            middle = _HEAD_PX + (self.height() - _HEAD_PX) / 2
            place_m = centre[axis] - (position.y() - middle) / scale
        lower, upper = self._box.lower.astype(float), self._box.upper.astype(float)
        if sign > 0:
            upper[axis] = max(place_m, lower[axis] + _THINNEST_M)
        else:
            lower[axis] = min(place_m, upper[axis] - _THINNEST_M)
        return Box.from_bounds(lower, upper)

    def _drawn_points(self) -> QImage:
        """The points about the box, farthest first, in device pixels."""
        assert self._shown is not None
        ratio = self.devicePixelRatioF()
        width = max(round(self.width() * ratio), 1)
        height = max(round((self.height() - _HEAD_PX) * ratio), 1)
        picture = np.empty((height, width, 4), np.uint8)
        picture[:] = (*rgb(self._theme.scene)[::-1], 255)
        depth = ({0, 1, 2} - {self._side.across, self._side.up}).pop()
        lower, upper = self._shown.lower - _AROUND_M, self._shown.upper + _AROUND_M
        lower[depth], upper[depth] = lower[depth] + 0.4, upper[depth] - 0.4
        near = np.flatnonzero(((self._points >= lower) & (self._points <= upper)).all(axis=1))
        # Seen from above: what is high hides the rest; from the front and side: what is near.
        order = self._points[near, depth] * (1 if depth == 2 else -1 if depth == 1 else 1)
        near = near[np.argsort(order, kind="stable")]
        scale, centre = self._scale() * ratio, self._shown.center
        across, up = self._side.across, self._side.up
        x = np.rint(width / 2 + scale * (self._points[near, across] - centre[across])).astype(int)
        y = np.rint(height / 2 - scale * (self._points[near, up] - centre[up])).astype(int)
        colors = (
            np.full((len(near), 3), rgb(self._theme.text_2), np.uint8)
            if self._colors is None
            else self._colors[near, :3]
        )
        size = min(max(round(scale * _SPLAT_M), 2), 8)
        for right in range(size):
            for down in range(size):
                inside = (
                    (x + right >= 0) & (x + right < width) & (y + down >= 0) & (y + down < height)
                )
                picture[y[inside] + down, x[inside] + right, :3] = colors[inside, ::-1]
        image = QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
        image.setDevicePixelRatio(ratio)
        return image


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
