"""What is drawn over the scan: boxes of the layers, the selected one, labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.boxes import draw_boxes, nested
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.render.labels import Label, draw_labels
from whatwhere_app.render.picking import nearest_box
from whatwhere_app.render.wipe import Divider
from whatwhere_app.theme import DARK, DRAWN, Layer, Stroke, Theme
from whatwhere_app.view_values import Named, Side, Wipe

_REACH_PX = 6.0
_LABEL_PX = 13
_SELECTED_TIMES = 1.5
_HALO_PX = 3.0
_RIVAL_TIMES = 0.5
_RIVAL_INSET = 0.06


class Annotations:
    """Remembers what is to be drawn, so that another look or scale draws it again."""

    def __init__(self, plotter: Any) -> None:
        self._plotter = plotter
        self._theme = DARK
        self._pixel_ratio = 1.0
        self._boxes: dict[Layer, tuple[Box, ...]] = dict.fromkeys(DRAWN, ())
        self._rivals: dict[Layer, tuple[Box, ...]] = {}
        self._selected: tuple[Box, Layer | None] | None = None
        self._labels: tuple[Named, ...] = ()
        self._divider = Divider()
        self._wipe: Wipe | None = None
        self._drawn: dict[str, _Drawing] = {}
        self._drawn_labels: list[Label] = []

    def set_look(self, theme: Theme, pixel_ratio: float) -> None:
        """Draw everything again with these colours, for this many device pixels per pixel."""
        self._theme, self._pixel_ratio = theme, pixel_ratio
        self._draw_all()

    def show_boxes(self, boxes: Mapping[Layer, Sequence[Box]]) -> None:
        """Replace the boxes of every layer; absent layers show none."""
        self._boxes = {layer: tuple(boxes.get(layer, ())) for layer in DRAWN}
        for layer, drawn in nested(self._boxes).items():
            self._draw(f"boxes/{layer}", drawn, self._theme.strokes[layer], self._side(layer))
        self.show_selected(self._selected)

    def show_rivals(self, boxes: Mapping[Layer, Sequence[Box]]) -> None:
        """Replace the boxes of another model: thinner, and just inside those of the first.

        Beside a divider they are on their own, and drawn like the others.
        """
        self._rivals = {layer: tuple(drawn) for layer, drawn in boxes.items()}
        is_thin = self._wipe is None
        for layer, drawn in nested(self._rivals).items():
            stroke = self._theme.strokes[layer]
            thin = replace(stroke, width_px=stroke.width_px * _RIVAL_TIMES)
            inner = [_inset(box) for box in self._rivals.get(layer, ())]
            side = self._side(layer, is_rival=True)
            self._draw(
                f"rivals/{layer}", inner if is_thin else drawn, thin if is_thin else stroke, side
            )

    def show_selected(self, selected: tuple[Box, Layer | None] | None) -> None:
        """Outline one box on top of the rest: thick, and bordered in the colour of text."""
        self._selected = selected
        box, layer = selected or (None, None)
        boxes = [] if box is None else [self._as_drawn(box, layer)]
        stroke = replace(self._theme.stroke_of(layer), opacity=1.0)
        thick = replace(stroke, width_px=stroke.width_px * _SELECTED_TIMES)
        border = Stroke(self._theme.text_1, thick.width_px + _HALO_PX, "solid")
        self._draw("selected/border", boxes, border, self._side(layer), lift=1)
        self._draw("selected", boxes, thick, self._side(layer), lift=2)

    def show_labels(self, labels: Sequence[Named]) -> None:
        """Replace the texts on top of boxes."""
        self._labels = tuple(labels)
        drawn = self._sided_labels()
        if drawn != self._drawn_labels:
            draw_labels(self._plotter, "label", drawn, size_px=_LABEL_PX)
        self._drawn_labels = drawn

    def show_wipe(self, wipe: Wipe | None, pose: CameraPose, aspect: float) -> None:
        """Draw each of two models on its side of a divider, seen from `pose`; None has neither."""
        is_other = (wipe and wipe.lead) != (self._wipe and self._wipe.lead)
        self._wipe = wipe
        if wipe is None:
            self._divider.remove()
        else:
            self._divider.place(pose, aspect, wipe.share)
        if is_other:
            self._draw_all()
        elif wipe is not None:
            self.show_labels(self._labels)

    def box_under(self, x_px: float, y_px: float) -> tuple[Layer, int, bool] | None:
        """The box with an edge near a device pixel.

        Returns:
            Its layer, its place among the layer's, and whether it is the other model's.
        """
        drawn = [
            (layer, index, is_rival, box)
            for is_rival, groups in ((False, self._boxes), (True, self._rivals))
            for layer, boxes in nested(groups).items()
            for index, box in enumerate(boxes)
            if self._is_on_side(layer, is_rival, x_px)
        ]
        nearest = nearest_box(
            self._plotter,
            [box for *_, box in drawn],
            x_px,
            y_px,
            reach_px=_REACH_PX * self._pixel_ratio,
        )
        return None if nearest is None else drawn[nearest][:3]

    def _draw_all(self) -> None:
        self.show_boxes(self._boxes)
        self.show_rivals(self._rivals)
        self.show_selected(self._selected)
        self.show_labels(self._labels)

    def _as_drawn(self, box: Box, layer: Layer | None) -> Box:
        """A box where its layer draws it, which may be around the same box of another layer."""
        own = () if layer is None else self._boxes[layer]
        return nested(self._boxes)[layer][own.index(box)] if layer and box in own else box

    def _draw(
        self, name: str, boxes: Sequence[Box], stroke: Stroke, side: Side | None, *, lift: int = 0
    ) -> None:
        """Draw what differs from what is drawn: most changes concern one layer of many."""
        empty = _Drawing((), stroke, self._pixel_ratio, side)
        wanted = replace(empty, boxes=tuple(boxes))
        if self._drawn.get(name, empty) != wanted:
            cut = self._divider.plane(side)
            ratio = self._pixel_ratio
            draw_boxes(self._plotter, name, boxes, stroke, pixel_ratio=ratio, cut=cut, lift=lift)
        self._drawn[name] = wanted

    def _side(self, layer: Layer | None, *, is_rival: bool = False) -> Side | None:
        """Where a layer is drawn; what belongs to no model is drawn on both sides."""
        if self._wipe is None or layer in (None, "gt", "distractor"):
            return None
        if is_rival:
            return "right" if self._wipe.lead == "left" else "left"
        return self._wipe.lead

    def _is_on_side(self, layer: Layer, is_rival: bool, x_px: float) -> bool:
        side = self._side(layer, is_rival=is_rival)
        if self._wipe is None or side is None:
            return True
        is_right = bool(x_px >= self._wipe.share * self._plotter.render_window.GetSize()[0])
        return is_right is (side == "right")

    def _sided_labels(self) -> list[Label]:
        return [
            self._label(named)
            for named in self._labels
            if self._divider.shows(_top(named.box), named.side)
        ]

    def _label(self, named: Named) -> Label:
        theme, layer = self._theme, named.layer
        color = theme.text_1 if layer is None else theme.strokes[layer].color
        return Label(_top(named.box), named.text, color, theme.surface_1)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What is drawn under one name."""

    boxes: tuple[Box, ...]
    stroke: Stroke
    pixel_ratio: float
    side: Side | None


def _top(box: Box) -> tuple[float, float, float]:
    x, y, _ = box.center
    return x, y, float(box.upper[2])


def _inset(box: Box) -> Box:
    dx, dy, dz = (length_m * (1 - _RIVAL_INSET) for length_m in box.size)
    return Box(box.center, (dx, dy, dz))
