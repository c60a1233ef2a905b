"""The relations of the sentence in hand, measured on the target and on every prediction."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from whatwhere.evaluation.relation_ruler import Facing, Ruled, Thing, ruled
from whatwhere.geometry.boxes import Box
from whatwhere_app.presenters.shown import (
    MODALITY_LAYERS,
    groundings_of,
    layer_boxes,
    target_of,
)
from whatwhere_app.probe_values import RuledLine
from whatwhere_app.theme import LAYER_TAGS, Layer
from whatwhere_app.workspace import Workspace

_DEMO = re.compile(r"room\d{6}_\d\d")
_DEMO_FACING = Facing((0.0, 1.0), "facing +y")
"""As the sentences of the demo rooms are meant."""


class RulerView(Protocol):
    """The 3D view."""

    def show_relations(self, lines: Sequence[RuledLine]) -> None:
        """Replace the arrows."""


class RelationRulerPresenter:
    """Measures anew whenever what is drawn changes, while it is switched on."""

    def __init__(self, view: RulerView, workspace: Workspace) -> None:
        self._view, self._workspace = view, workspace
        self._is_shown = False
        for signal in (
            workspace.scene_changed,
            workspace.expression_changed,
            workspace.answers_changed,
            workspace.visible_changed,
        ):
            signal.connect(self._show)

    def set_shown(self, is_shown: bool) -> None:
        """Draw the relations, or none."""
        self._is_shown = is_shown
        self._show()

    def _show(self) -> None:
        self._view.show_relations(tuple(self._lines()) if self._is_shown else ())

    def _lines(self) -> Iterator[RuledLine]:
        scene, expression = self._workspace.scene, self._workspace.expression
        if scene is None or expression is None:
            return
        things = [Thing(item.label, item.box) for item in scene.objects if item.box is not None]
        facing, unknown = self._facing(), set()
        for layers, label, box in self._measured():
            for found in ruled(expression.text, things, box, label, facing=facing):
                if not found.arrows and found.words in unknown:
                    continue
                if not found.arrows:
                    unknown.add(found.words)
                yield _line(layers, box, found)

    def _measured(self) -> Iterator[tuple[tuple[Layer, ...], str, Box]]:
        """Each box that is drawn once, with the layers that it is of."""
        target, groundings = target_of(self._workspace), groundings_of(self._workspace)
        names = {name: found.best.label or "" for name, found in groundings.items()}
        by_box: dict[Box, list[Layer]] = {}
        labels: dict[Box, str] = {}
        for layer, boxes in layer_boxes(self._workspace).items():
            if layer == "gt" or layer in MODALITY_LAYERS:
                for box in boxes:
                    by_box.setdefault(box, []).append(layer)
                    known = target.label if layer == "gt" and target else ""
                    labels.setdefault(
                        box, known or next((names[name] for name in names if name == layer), "")
                    )
        for box, layers in by_box.items():
            yield tuple(layers), labels[box], box

    def _facing(self) -> Facing | None:
        scene, expression = self._workspace.scene, self._workspace.expression
        if scene is None or expression is None:
            return None
        if expression.viewpoint is not None:
            position, look_at = expression.viewpoint.aligned(scene.aligned_from_mesh)
            x, y = (look_at - position)[:2].tolist()
            return Facing((x, y), "as the annotator stood")
        return _DEMO_FACING if _DEMO.fullmatch(scene.scene_id) else None


def _line(layers: Sequence[Layer], box: Box, found: Ruled) -> RuledLine:
    whose = " · ".join(LAYER_TAGS[layer] for layer in layers)
    if found.arrows and found.distance_m is not None:
        start, end = found.arrows[0]
        x, y, z = ((a + b) / 2 for a, b in zip(start, end, strict=True))
        verdict = {True: "holds", False: f"not so: {found.says}", None: found.says}[found.holds]
        text = f"{whose}   {found.words}: {found.distance_m:.2f} m, {verdict}"
    else:
        x, y, z = box.center
        text = f"{found.words}: {found.says}"
    plain = text.replace("“", '"').replace("”", '"').replace("\u2212", "-")  # what VTK can draw
    return RuledLine(layers[0], found.arrows, (x, y, z), plain, found.holds)
