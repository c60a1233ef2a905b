"""What goes into an exported file, read from the workspace and the 3D view."""

from typing import Any, Protocol

import numpy as np

from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.labels import labels
from whatwhere_app.presenters.shown import (
    layer_boxes,
    leading_answers,
    model_tag,
    rival_answers,
    rival_boxes,
    selected_box,
    wipe_of,
)
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.render.figure import Figure
from whatwhere_app.render.figure_record import CameraRecord, FigureRecord
from whatwhere_app.theme import DRAWN, LAYER_NAMES, Layer, Theme
from whatwhere_app.view_values import LegendLine
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, ObjectRef


class Stage(Protocol):
    """The 3D view as far as a figure needs it."""

    @property
    def pose(self) -> CameraPose:
        """Of the camera."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height, logical pixels."""

    @property
    def ceiling_m(self) -> float | None:
        """What lies higher is cut off."""

    @property
    def is_lit(self) -> bool:
        """Whether the scan is shaded by a light."""

    @property
    def theme(self) -> Theme:
        """The look."""

    def look(self, pose: CameraPose) -> None:
        """Fly there."""

    def light(self, is_lit: bool) -> None:
        """Shade the scan by a light, or not."""


def figure_of(
    workspace: Workspace, stage: Stage, *, boxes_only: bool, is_transparent: bool
) -> Figure:
    """What the 3D view shows now, with or without the scan."""
    scene, selection = workspace.scene, workspace.selection
    item = None
    if scene is not None and isinstance(selection, ObjectRef):
        item = scene.object_by_id(selection.object_id)
    selected = selected_box(workspace)
    return Figure(
        mesh=None if boxes_only or scene is None else scene.mesh,
        ceiling_m=stage.ceiling_m,
        highlighted=None if item is None else item.vertex_indices,
        boxes=layer_boxes(workspace),
        rivals=rival_boxes(workspace),
        selected=None if selected is None else selected[:2],
        labels=labels(workspace),
        theme=stage.theme,
        wipe=wipe_of(workspace),
        is_lit=stage.is_lit,
        is_transparent=is_transparent,
    )


def legend_of(workspace: Workspace) -> list[LegendLine]:
    """One line per layer that has a box on the picture; the other model's are thin.

    Beside a divider both models' lines look alike, and their names stand at the divider.
    """
    boxes, rivals = layer_boxes(workspace), rival_boxes(workspace)
    if not rivals or wipe_of(workspace) is not None:
        seen = [layer for layer in DRAWN if boxes.get(layer) or rivals.get(layer)]
        return [LegendLine(layer, LAYER_NAMES[layer]) for layer in seen]
    lead, rival = leading_answers(workspace), rival_answers(workspace)
    lines = [
        LegendLine(layer, f"{_whose(workspace, layer, lead)}{LAYER_NAMES[layer]}")
        for layer in DRAWN
        if boxes.get(layer)
    ]
    return lines + [
        LegendLine(layer, f"{_whose(workspace, layer, rival)}{LAYER_NAMES[layer]}", is_thin=True)
        for layer in DRAWN
        if rivals.get(layer)
    ]


def record_of(
    workspace: Workspace,
    stage: Stage,
    size_px: tuple[int, int],
    scale: int,
    *,
    boxes_only: bool,
    is_transparent: bool,
) -> FigureRecord:
    """What to write beside a figure, so that it can be made again."""
    return FigureRecord(
        scene=_scene_id(workspace),
        expression=_text(workspace),
        layers=tuple(layer for layer in DRAWN if layer in workspace.visible),
        camera=CameraRecord.of(stage.pose),
        size_px=size_px,
        scale=scale,
        theme=stage.theme.name,
        ceiling_m=stage.ceiling_m,
        boxes_only=boxes_only,
        is_lit=stage.is_lit,
        is_transparent=is_transparent,
        wipe_share=workspace.wipe_share,
    )


def frame_document(workspace: Workspace, scene: Scene, *, is_y_up: bool) -> dict[str, Any]:
    """What to write beside geometry: its frame, the way back to the mesh's own, the boxes."""
    turned = "; the root node turns it to y up" if is_y_up else ""
    boxes = layer_boxes(workspace)
    return {
        "scene": scene.scene_id,
        "expression": _text(workspace),
        "frame": f"aligned metres, z up{turned}",
        "is_aligned": scene.is_aligned,
        "mesh_from_aligned": np.linalg.inv(scene.aligned_from_mesh).tolist(),
        "boxes": {layer: [box.as_json() for box in drawn] for layer, drawn in boxes.items()},
    }


def _whose(workspace: Workspace, layer: Layer, answers: Answers | None) -> str:
    return "" if layer in ("gt", "distractor") else model_tag(workspace, answers)


def _scene_id(workspace: Workspace) -> str:
    return "" if workspace.scene is None else workspace.scene.scene_id


def _text(workspace: Workspace) -> str | None:
    return None if workspace.expression is None else workspace.expression.text
