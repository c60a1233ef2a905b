"""Short texts in the 3D view that stand at a point and always face the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vtkmodules.vtkRenderingCore import vtkTextActor

from whatwhere_app.theme import rgb


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place.

    Attributes:
        point: aligned metres.
        text: one short line.
        color: of the text, "#rrggbb".
        background: of the plate behind it, "#rrggbb".
    """

    point: tuple[float, float, float]
    text: str
    color: str
    background: str


def draw_labels(plotter: Any, name: str, labels: Sequence[Label], *, size_px: int = 13) -> None:
    """Replace the labels drawn under `name`; they are drawn over everything else."""
    for old in [key for key in plotter.actors if key.startswith(f"{name}/")]:
        plotter.remove_actor(old, reset_camera=False, render=False)
    for index, label in enumerate(labels):
        plotter.add_actor(
            _text_actor(label, size_px),
            name=f"{name}/{index}",
            reset_camera=False,
            render=False,
            pickable=False,
        )


def _text_actor(label: Label, size_px: int) -> vtkTextActor:
    actor = vtkTextActor()
    actor.SetInput(f" {label.text} ")
    actor.GetPositionCoordinate().SetCoordinateSystemToWorld()
    actor.GetPositionCoordinate().SetValue(*label.point)
    text = actor.GetTextProperty()
    text.SetFontSize(size_px)
    text.SetColor(*(channel / 255 for channel in rgb(label.color)))
    text.SetBackgroundColor(*(channel / 255 for channel in rgb(label.background)))
    text.SetBackgroundOpacity(0.85)
    text.SetJustificationToCentered()
    text.SetVerticalJustificationToBottom()
    return actor
