"""Three side views of the scan about one box: from above, from the front, from the side.

From above the box lies as it does in the room, turned, with a handle that turns it further; the two
others look along its own axes. Each shows the points nearby, and a grip on each edge. The points
are drawn into a picture once; a dragged edge costs a few lines.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from whatwhere.geometry.turned_box import TurnedBox
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.box_side import SideView
from whatwhere_app.views.side_projection import MOST_MARGIN_M, SIDES


class BoxSides(QWidget):
    """The three views, side by side.

    Signals:
        changed: the box as it would be, while a grip is dragged.
        finished: the box when the grip is let go, if it is another than before.
        let_go: nothing is dragged any more.
    """

    changed = Signal(object)
    finished = Signal(object)
    let_go = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.views = [SideView(side) for side in SIDES]
        self._points = np.zeros((0, 3), np.float32)
        self._colors: NDArray[np.uint8] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GAP_PX, 0, 2 * GAP_PX, 2 * GAP_PX)
        row.setSpacing(2 * GAP_PX)
        for view in self.views:
            row.addWidget(view, 1)
            view.changed.connect(self._on_changed)
            view.finished.connect(self.finished)
            view.let_go.connect(self.let_go)

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        for view in self.views:
            view.set_theme(theme)

    def show_points(
        self, points_N3: NDArray[np.float32], colors_N3: NDArray[np.uint8] | None
    ) -> None:
        """The vertices of the scan, aligned metres; they appear with the next box."""
        self._points, self._colors = points_N3, colors_N3

    def show_box(self, box: TurnedBox | None, *, is_truth: bool = False) -> None:
        """The box that is looked at, or the ground truth; None empties the views."""
        points, colors = self._near(box)
        for view in self.views:
            view.show_box(box, points, colors, is_truth=is_truth)

    def follow_box(self, box: TurnedBox) -> None:
        """The box while it is dragged elsewhere; the views stand still."""
        for view in self.views:
            view.follow_box(box)

    def _near(self, box: TurnedBox | None) -> tuple[NDArray[np.float32], NDArray[np.uint8] | None]:
        """The points that any of the views may show: one search for all three."""
        if box is None or not len(self._points):
            return np.zeros((0, 3), np.float32), None
        reach = np.linalg.norm(box.size) / 2 + MOST_MARGIN_M
        center = np.array(box.center, np.float32)
        near = np.flatnonzero((np.abs(self._points - center) <= reach).all(axis=1))
        return self._points[near], None if self._colors is None else self._colors[near, :3]

    def _on_changed(self, box: TurnedBox) -> None:
        self.follow_box(box)
        self.changed.emit(box)
