"""The candidates' boxes over the scan, those that the user drew, and a note about them."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.turned_box import TurnedBox
from whatwhere_app.render.candidates import USER_COLOR, draw_candidates, draw_user_boxes
from whatwhere_app.render.labels import Label, draw_labels
from whatwhere_app.render.picking import nearest_box
from whatwhere_app.theme import GAP_PX, Theme
from whatwhere_app.views.box_fields import BoxFields
from whatwhere_app.views.box_grips import BoxGrips
from whatwhere_app.views.box_tool import BoxTool
from whatwhere_app.views.corners import Corners, Place
from whatwhere_app.views.scene_view import SceneView

_REACH_PX = 6.0
_THIN_PX = 1.0

NamedBox = tuple[int, str, TurnedBox]
"""Number, name and place of a box that the user drew."""


class CandidateOverlay(QObject):
    """Draws into the 3D view and floats a note with the fields of the selected box over it."""

    user_box_clicked = Signal(int)

    def __init__(self, view: SceneView) -> None:
        super().__init__(view)
        self._view, self._canvas = view, view.canvas
        self._candidates: tuple[Box, ...] = ()
        self._drawn: tuple[NamedBox, ...] = ()
        self._selected: int | None = None
        self.tool = BoxTool(self._canvas)
        self.grips = BoxGrips(self._canvas)
        self.fields = BoxFields()
        self._note = QLabel()
        self._note.setObjectName("badge")
        self._note.setAccessibleName("Candidates")
        panel = QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        column.addWidget(self.fields)
        column.addWidget(self._note, 0, Qt.AlignmentFlag.AlignRight)
        self._panel = panel
        Corners.over(view).add(panel, Place.BOTTOM_RIGHT)
        self.set_note("")
        self.fields.hide()
        panel.show()
        view.pointing.let_claim(self._claim)
        self.grips.changed.connect(self.show_dragged)
        self.grips.finished.connect(lambda _: self.show_sketch(None))
        view.theme_changed.connect(self._draw)

    @property
    def note(self) -> str:
        """What it says now."""
        return "" if self._note.isHidden() else self._note.text()

    def show_candidates(self, boxes: Sequence[Box]) -> None:
        """Replace the thin boxes of all candidates."""
        self._candidates = tuple(boxes)
        self._draw_candidates(self._view.theme)
        self._canvas.update()

    def show_drawn(self, boxes: Sequence[NamedBox], *, selected: int | None) -> None:
        """Replace the boxes that the user drew; the selected one is thick."""
        self._drawn, self._selected = tuple(boxes), selected
        self._draw_user_boxes(self._view.theme)
        chosen = [box for number, _, box in self._drawn if number == selected]
        self.grips.show_box(chosen[0] if chosen else None)
        self._canvas.update()

    def show_sketch(self, box: TurnedBox | None) -> None:
        """The box that is being drawn."""
        ratio = self._canvas.devicePixelRatioF()
        draw_user_boxes(self._canvas, "sketch", [] if box is None else [box], pixel_ratio=ratio)
        self._canvas.update()

    def show_dragged(self, box: TurnedBox) -> None:
        """A box as it would be: drawn, and its numbers in the fields."""
        self.show_sketch(box)
        self.fields.show_place(box)

    def show_fields(self, name: str, box: TurnedBox | None) -> None:
        """Place and size of the selected box to be changed by hand; None hides them."""
        self.fields.setVisible(box is not None)
        if box is not None:
            self.fields.show_box(name, box)
        self._panel.adjustSize()

    def set_note(self, text: str) -> None:
        """What there is to say of the candidates; an empty text hides it."""
        self._note.setText(text)
        self._note.setVisible(bool(text))
        self._panel.adjustSize()

    def _draw(self, theme: Theme) -> None:
        self._draw_candidates(theme)
        self._draw_user_boxes(theme)

    def _draw_candidates(self, theme: Theme) -> None:
        width_px = _THIN_PX * self._canvas.devicePixelRatioF()
        draw_candidates(self._canvas, self._candidates, theme.text_3, width_px=width_px)

    def _draw_user_boxes(self, theme: Theme) -> None:
        ratio = self._canvas.devicePixelRatioF()
        chosen = [box for number, _, box in self._drawn if number == self._selected]
        others = [box for number, _, box in self._drawn if number != self._selected]
        draw_user_boxes(self._canvas, "drawn", others, pixel_ratio=ratio)
        draw_user_boxes(self._canvas, "drawn-chosen", chosen, pixel_ratio=ratio, is_thick=True)
        labels = [
            Label((*box.center[:2], box.center[2] + box.size[2] / 2), name, USER_COLOR, "#20242a")
            for number, name, box in self._drawn
            if number != self._selected
        ]
        draw_labels(self._canvas, "drawn-label", labels)

    def _claim(self, position: QPointF) -> bool:
        """Whether a click was on a box that the user drew: it selects that, and nothing behind."""
        boxes = [box.hull for *_, box in self._drawn]
        ratio = self._canvas.devicePixelRatioF()
        place = self._canvas.device_position(position)
        nearest = nearest_box(self._canvas, boxes, *place, reach_px=_REACH_PX * ratio)
        if nearest is not None:
            self.user_box_clicked.emit(self._drawn[nearest][0])
        return nearest is not None
