"""What is drawn over the scan: boxes of the layers, the selected one, labels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.boxes import draw_boxes, nested
from whatwhere_app.render.labels import Label, draw_labels
from whatwhere_app.render.picking import nearest_box
from whatwhere_app.theme import DARK, DRAWN, Layer, Stroke, Theme

_REACH_PX = 6.0
_LABEL_PX = 13
_SELECTED_TIMES = 1.7
_RIVAL_TIMES = 0.5
_RIVAL_INSET = 0.06

Named = tuple[Box, Layer | None, str]
"""A box, the layer it belongs to (None for a selected object) and its text."""


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
        self._drawn: dict[str, tuple[tuple[Box, ...], Stroke, float]] = {}

    def set_look(self, theme: Theme, pixel_ratio: float) -> None:
        """Draw everything again with these colours, for this many device pixels per pixel."""
        self._theme, self._pixel_ratio = theme, pixel_ratio
        self.show_boxes(self._boxes)
        self.show_rivals(self._rivals)
        self.show_selected(self._selected)
        self.show_labels(self._labels)

    def show_boxes(self, boxes: Mapping[Layer, Sequence[Box]]) -> None:
        """Replace the boxes of every layer; absent layers show none."""
        self._boxes = {layer: tuple(boxes.get(layer, ())) for layer in DRAWN}
        for layer, drawn in nested(self._boxes).items():
            self._draw(f"boxes/{layer}", drawn, self._theme.strokes[layer])

    def show_rivals(self, boxes: Mapping[Layer, Sequence[Box]]) -> None:
        """Replace the boxes of another model: thinner, and just inside those of the first."""
        self._rivals = {layer: tuple(drawn) for layer, drawn in boxes.items()}
        for layer in DRAWN:
            stroke = self._theme.strokes[layer]
            thin = replace(stroke, width_px=stroke.width_px * _RIVAL_TIMES)
            inner = [_inset(box) for box in self._rivals.get(layer, ())]
            self._draw(f"rivals/{layer}", inner, thin)

    def show_selected(self, selected: tuple[Box, Layer | None] | None) -> None:
        """Outline one box on top of the rest."""
        self._selected = selected
        box, layer = selected or (None, None)
        stroke = self._theme.stroke_of(layer)
        thick = replace(stroke, width_px=stroke.width_px * _SELECTED_TIMES)
        self._draw("selected", [] if box is None else [box], thick)

    def show_labels(self, labels: Sequence[Named]) -> None:
        """Replace the texts on top of boxes."""
        self._labels = tuple(labels)
        drawn = [self._label(box, layer, text) for box, layer, text in labels]
        draw_labels(self._plotter, "label", drawn, size_px=_LABEL_PX)

    def box_under(self, x_px: float, y_px: float) -> tuple[Layer, int] | None:
        """The box with an edge near a device pixel: its layer and its place among the layer's."""
        drawn = [
            (layer, index, box)
            for layer, boxes in nested(self._boxes).items()
            for index, box in enumerate(boxes)
        ]
        nearest = nearest_box(
            self._plotter,
            [box for *_, box in drawn],
            x_px,
            y_px,
            reach_px=_REACH_PX * self._pixel_ratio,
        )
        return None if nearest is None else drawn[nearest][:2]

    def _draw(self, name: str, boxes: Sequence[Box], stroke: Stroke) -> None:
        """Draw what differs from what is drawn: most changes concern one layer of many."""
        wanted = (tuple(boxes), stroke, self._pixel_ratio)
        if self._drawn.get(name, ((), stroke, self._pixel_ratio)) != wanted:
            draw_boxes(self._plotter, name, boxes, stroke, pixel_ratio=self._pixel_ratio)
        self._drawn[name] = wanted

    def _label(self, box: Box, layer: Layer | None, text: str) -> Label:
        x, y, _ = box.center
        color = self._theme.text_1 if layer is None else self._theme.strokes[layer].color
        return Label((x, y, float(box.upper[2])), text, color, self._theme.surface_1)


def _inset(box: Box) -> Box:
    dx, dy, dz = (length_m * (1 - _RIVAL_INSET) for length_m in box.size)
    return Box(box.center, (dx, dy, dz))
