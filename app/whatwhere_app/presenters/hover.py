"""What the mouse pointer is over: named and outlined in passing, never drawn anew."""

from collections.abc import Callable
from typing import Protocol

from whatwhere_app.presenters.labels import labels
from whatwhere_app.presenters.shown import (
    candidate_name,
    distractor_at,
    groundings_of,
    layer_boxes,
    mixed_of,
    rival_answers,
    rival_boxes,
    selected_box,
    target_of,
)
from whatwhere_app.theme import LAYER_NAMES, Layer
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Pointed

_KINDS: dict[Layer, str] = {"distractor": "Distractor"}


class HoverView(Protocol):
    """The 3D view."""

    def show_hovered(self, hovered: Pointed | None) -> None:
        """Outline and name one box until the pointer leaves it; an empty text names nothing."""


class HoverPresenter:
    """Keeps what is under the pointer.

    Args:
        object_at: the annotated object that a vertex of the scan belongs to, or None.
    """

    def __init__(
        self, view: HoverView, workspace: Workspace, *, object_at: Callable[[int], int | None]
    ) -> None:
        self._view = view
        self._workspace = workspace
        self._object_at = object_at
        workspace.hovered_changed.connect(self._show)
        workspace.selection_changed.connect(self._show)  # a click selects what is hovered
        for signal in (
            workspace.scene_changed,
            workspace.answers_changed,
            workspace.visible_changed,
            workspace.expression_changed,
        ):
            signal.connect(self.on_nothing)

    def on_box(self, layer: Layer, index: int, is_rival: bool) -> None:
        """The pointer is at an edge of a box."""
        boxes = (rival_boxes if is_rival else layer_boxes)(self._workspace)
        if index < len(boxes.get(layer, ())):
            name = self._name(layer, index, is_rival=is_rival)
            text = f"{_KINDS.get(layer, LAYER_NAMES[layer])} · {name}"
            self._workspace.set_hovered(Pointed(boxes[layer][index], layer, text))

    def on_vertex(self, vertex: int) -> None:
        """The pointer is on the scan."""
        object_id, scene = self._object_at(vertex), self._workspace.scene
        item = None if scene is None or object_id is None else scene.object_by_id(object_id)
        if item is None or item.box is None:
            self.on_nothing()
        else:
            text = f"{item.label} {item.object_id}"
            self._workspace.set_hovered(Pointed(item.box, None, text))

    def on_nothing(self) -> None:
        """The pointer has left, or what it was on is gone."""
        self._workspace.set_hovered(None)

    def _name(self, layer: Layer, index: int, *, is_rival: bool) -> str:
        workspace, rival = self._workspace, rival_answers(self._workspace)
        if layer == "gt":
            target = target_of(workspace)
            return "" if target is None else f"{target.label} {target.object_id}"
        if layer == "distractor":
            item = distractor_at(workspace, index)
            return f"{item.label} {item.object_id}"
        mixed = mixed_of(workspace)
        if layer == "mix":
            return "" if mixed is None else candidate_name(mixed.best)
        groundings = rival.groundings if is_rival and rival else groundings_of(workspace)
        return candidate_name(groundings[layer].best)

    def _show(self) -> None:
        hovered, selected = self._workspace.hovered, selected_box(self._workspace)
        if hovered is not None and selected is not None and hovered.box == selected[0]:
            hovered = None  # it is outlined already, and thicker
        if hovered is not None and hovered.box in [named.box for named in labels(self._workspace)]:
            hovered = Pointed(hovered.box, hovered.layer, "")
        self._view.show_hovered(hovered)
