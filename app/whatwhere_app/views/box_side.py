"""One side view of the scan about a box: grips on its edges, from above a handle that turns it."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from whatwhere.geometry.turned_box import TurnedBox
from whatwhere_app.theme import DARK, Theme, rgb
from whatwhere_app.views.side_points import drawn_points
from whatwhere_app.views.side_projection import HEAD_PX, Side, SideProjection

_GRIP_PX = 5.0
_REACH_PX = 9.0
_HANDLE_PX = 26.0
_USER_BOX = "#f0e442"
_SNAP_RAD = np.pi / 12
_AXES = "xyz"


@dataclass(frozen=True, slots=True)
class Held:
    """What the mouse holds.

    Attributes:
        part: an edge, the handle that turns, or the whole box.
        axis: own axis of the box that the edge bounds.
        sign: -1 or 1, on which side.
        from_center: (across, up) metres from the box's centre to the mouse.
    """

    part: Literal["edge", "turn", "whole"]
    axis: int = 0
    sign: int = 1
    from_center: tuple[float, float] = (0.0, 0.0)


class SideView(QWidget):
    """One of the three.

    Signals:
        changed: the box as it would be, while something is dragged.
        finished: the box when it is let go, if it is another than before.
        let_go: nothing is dragged any more.
    """

    changed = Signal(object)
    finished = Signal(object)
    let_go = Signal()

    def __init__(self, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side, self._theme = side, DARK
        self._points = np.zeros((0, 3), np.float32)
        self._colors: NDArray[np.uint8] | None = None
        self._shown: TurnedBox | None = None
        self._box: TurnedBox | None = None
        self._is_truth = False
        self._held: Held | None = None
        self._picture: QImage | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # all of it is painted
        self.setMinimumHeight(90)
        self.setMouseTracking(True)
        self.setAccessibleName(f"The box {side.title.lower()}")

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self._theme, self._picture = theme, None
        self.update()

    def show_box(
        self,
        box: TurnedBox | None,
        points_N3: NDArray[np.float32],
        colors_N3: NDArray[np.uint8] | None,
        *,
        is_truth: bool = False,
    ) -> None:
        """Look at this box, among the points about it."""
        self._points, self._colors = points_N3, colors_N3
        self._shown, self._box, self._picture = box, box, None
        self._is_truth = is_truth
        self._held = None
        self.update()

    def follow_box(self, box: TurnedBox) -> None:
        """Draw this box, and stand still; from front and side one goes around with its turn."""
        is_turned = self._box is not None and box.yaw_rad != self._box.yaw_rad
        if is_turned and not self._side.is_from_above:
            self._picture = None
        self._box = box
        self.update()

    def edges_px(self) -> dict[tuple[int, int], QPointF]:
        """(own axis, -1 or 1) -> middle of that edge, in pixels of the view."""
        if self._box is None or self._shown is None:
            return {}
        middles = self._box.face_middles()
        return {
            (axis, sign): self._project.to_px(middles[2 * axis + (sign > 0)])
            for axis in (self._side.across, self._side.up)
            for sign in (-1, 1)
        }

    def handle_px(self) -> QPointF | None:
        """Where the handle that turns the box is; None but from above."""
        if self._box is None or self._shown is None or not self._side.is_from_above:
            return None
        away = self._box.size[0] / 2 + _HANDLE_PX / self._project.scale
        return self._project.to_px(self._box.to_world(np.array([away, 0.0, 0.0])))

    def sizeHint(self) -> QSize:
        """Qt: as wide as high."""
        return QSize(160, 160)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Qt: points, box, grips, sizes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.scene))
        if self._box is None or self._shown is None:
            self._paint_title(painter, f"{self._side.title}: no box")
            return
        if self._picture is None:
            self._picture = self._drawn_points()
        painter.drawImage(0, HEAD_PX, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_box(painter, self._box)
        self._paint_sizes(painter, self._box)
        painter.fillRect(QRectF(0, 0, self.width(), HEAD_PX), QColor(self._theme.scene))
        is_along = bool(self._box.yaw_rad) and not self._side.is_from_above
        self._paint_title(painter, f"{self._side.title}{' of the box' if is_along else ''}")
        if self._side.is_from_above and self._box.yaw_rad:
            painter.setPen(QColor(self._theme.text_1))
            turned = f"{np.degrees(self._box.yaw_rad):.0f}°"
            painter.drawText(QRectF(8, 0, self.width() - 16, HEAD_PX), _RIGHT, turned)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the picture of the points no longer fits."""
        self._picture = None
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: an edge, the handle or the box is taken."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = self._under(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: what is held goes along."""
        if self._held is None:
            self._point_at(event.position())
            return
        is_stepped = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self.follow_box(self._dragged(self._held, event.position(), is_stepped=is_stepped))
        self.changed.emit(self._box)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: it is let go."""
        if event.button() == Qt.MouseButton.LeftButton and self._held is not None:
            self._held = None
            self.let_go.emit()
            if self._box != self._shown:
                self.finished.emit(self._box)

    def _paint_title(self, painter: QPainter, title: str) -> None:
        painter.setPen(QColor(self._theme.text_2))
        room = QRectF(8, 0, self.width() - 48, HEAD_PX)
        middle, metrics = Qt.TextElideMode.ElideRight, painter.fontMetrics()
        painter.drawText(room, _LEFT, metrics.elidedText(title, middle, int(room.width())))

    def _paint_box(self, painter: QPainter, box: TurnedBox) -> None:
        own = self._theme.strokes["gt"].color if self._is_truth else _USER_BOX
        outline, handle = self._outline_px(box), self.handle_px()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edges = self.edges_px()
        for color, width in (("#000000", 4.0), (own, 2.0)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawPolygon(outline)
            if handle is not None:
                painter.drawLine(edges[0, 1], handle)
        painter.setPen(QPen(QColor("#000000"), 1.0))
        painter.setBrush(QColor(own))
        for place in edges.values():
            painter.drawEllipse(place, _GRIP_PX, _GRIP_PX)
        if handle is not None:
            painter.setBrush(QColor("#ffffff"))
            painter.drawEllipse(handle, _GRIP_PX + 1, _GRIP_PX + 1)

    def _paint_sizes(self, painter: QPainter, box: TurnedBox) -> None:
        """The length of each edge, outside of it, with a dark rim to be read on any scan."""
        edges, middle = self.edges_px(), self._project.to_px(np.array(box.center))
        for along, beside in (
            (self._side.across, self._side.up),
            (self._side.up, self._side.across),
        ):
            cm = 100 * box.size[along]
            text = f"{_AXES[along]} {cm:.1f} cm" if cm < 10 else f"{_AXES[along]} {cm:.0f} cm"
            away = edges[beside, -1] - middle
            length = max(float(np.hypot(away.x(), away.y())), 1.0)
            width = painter.fontMetrics().horizontalAdvance(text) + 8.0
            height = float(painter.fontMetrics().height())
            off_px = abs(away.x()) / length * width / 2 + abs(away.y()) / length * height / 2 + 8
            place = edges[beside, -1] + away / length * off_px
            plate = QRectF(place.x() - width / 2, place.y() - height / 2, width, height)
            plate.moveLeft(min(max(plate.left(), 0.0), self.width() - width))
            plate.moveTop(min(max(plate.top(), float(HEAD_PX)), self.height() - height))
            veil = QColor(self._theme.scene)
            veil.setAlphaF(0.75)
            painter.fillRect(plate, veil)
            painter.setPen(QColor(self._theme.text_1))
            painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), text)

    def _outline_px(self, box: TurnedBox) -> QPolygonF:
        corners = []
        for across, up in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
            own = np.zeros(3)
            own[self._side.across] = across * box.size[self._side.across] / 2
            own[self._side.up] = up * box.size[self._side.up] / 2
            corners.append(self._project.to_px(box.to_world(own)))
        return QPolygonF(corners)

    @property
    def _project(self) -> SideProjection:
        assert self._shown is not None
        yaw_rad = 0.0 if self._box is None else self._box.yaw_rad
        return SideProjection(self._side, self._shown, yaw_rad, (self.width(), self.height()))

    def _under(self, position: QPointF) -> Held | None:
        if self._box is None:
            return None
        handle = self.handle_px()
        if handle is not None and _is_near(handle, position):
            return Held("turn")
        for (axis, sign), place in self.edges_px().items():
            if _is_near(place, position):
                return Held("edge", axis, sign)
        if self._outline_px(self._box).containsPoint(position, Qt.FillRule.OddEvenFill):
            away = self._project.axes @ (
                self._project.from_px(position) - np.array(self._box.center)
            )
            return Held("whole", from_center=(float(away[0]), float(away[1])))
        return None

    def _dragged(self, held: Held, position: QPointF, *, is_stepped: bool) -> TurnedBox:
        assert self._box is not None
        box, place = self._box, self._project.from_px(position)
        if held.part == "edge":
            place_m = float((place - np.array(box.center)) @ box.axes[held.axis])
            return box.pulled(held.axis, held.sign, place_m)
        away = place - np.array(box.center)
        if held.part == "turn":
            yaw_rad = float(np.arctan2(away[1], away[0]))
            step_rad = _SNAP_RAD if is_stepped else np.pi / 180
            return box.turned_to(round(yaw_rad / step_rad) * step_rad)
        axes = self._project.axes
        shift = [float(away @ axes[i]) - held.from_center[i] for i in (0, 1)]
        x, y, z = np.array(box.center) + shift[0] * axes[0] + shift[1] * axes[1]
        return replace(box, center=(float(x), float(y), float(z)))

    def _point_at(self, position: QPointF) -> None:
        under = self._under(position)
        shape, hint = Qt.CursorShape.ArrowCursor, ""
        if under is not None and under.part == "turn":
            shape = Qt.CursorShape.PointingHandCursor
            hint = "Drag to turn the box, in whole degrees; with Ctrl in steps of 15°"
        elif under is not None and under.part == "whole":
            shape = Qt.CursorShape.SizeAllCursor
        elif under is not None:
            is_across = under.axis == self._side.across
            shape = Qt.CursorShape.SizeHorCursor if is_across else Qt.CursorShape.SizeVerCursor
        self.setCursor(shape)
        self.setToolTip(hint)

    def _drawn_points(self) -> QImage:
        ratio = self.devicePixelRatioF()
        project = self._project
        image = drawn_points(
            project.own(self._points),
            np.array(rgb(self._theme.text_2), np.uint8) if self._colors is None else self._colors,
            size_px=(
                max(round(self.width() * ratio), 1),
                max(round((self.height() - HEAD_PX) * ratio), 1),
            ),
            scale=project.scale * ratio,
            pixel_ratio=ratio,
            depth_m=project.depth_m,
            background=rgb(self._theme.scene),
        )
        image.setDevicePixelRatio(ratio)
        return image


def _is_near(place: QPointF, position: QPointF) -> bool:
    away = place - position
    return away.x() ** 2 + away.y() ** 2 <= _REACH_PX**2


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
