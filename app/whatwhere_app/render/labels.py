"""Short texts in the 3D view that stand at a point and always face the reader.

Where two would cover each other the nearer to the bottom stays and the other moves up, or down
where there is no room above, anew for every frame, so that turning the room never hides a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vtkmodules.vtkRenderingCore import vtkCoordinate, vtkRenderer, vtkTextActor

from whatwhere_app.theme import rgb

_GAP_PX = 2


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


def spread_labels(
    renderer: vtkRenderer, *, room_px: tuple[float, float, float, float] | None = None
) -> None:
    """Move labels, for this camera, until none is cut off or covers another; before each render.

    Args:
        renderer: what draws them.
        room_px: left, bottom, right and top of where labels may lie, device pixels of this
            renderer; None takes its own size. A tile of a larger picture has room beyond its edges.
    """
    width, height = renderer.GetSize()
    room = room_px or (0.0, 0.0, float(width), float(height))
    props: Any = renderer.GetViewProps()
    labels = [prop for prop in props if isinstance(prop, vtkTextActor)]
    placed: list[_Plate] = []
    plates = [_plate(label, renderer, room) for label in labels]
    for plate in sorted(plates):
        bottom = _free_bottom(plate, placed, room[3])
        plate.label.GetPositionCoordinate().SetValue(plate.shift, bottom - plate.bottom, 0)
        placed.append(replace(plate, bottom=bottom))


@dataclass(frozen=True, slots=True, order=True)
class _Plate:
    """Where one label lies, device pixels from the bottom left."""

    bottom: float
    left: float
    width: float = field(compare=False)
    height: float = field(compare=False)
    shift: float = field(compare=False)
    label: vtkTextActor = field(compare=False)

    def is_above_or_below(self, other: "_Plate") -> bool:
        return self.left < other.left + other.width and other.left < self.left + self.width

    def covers(self, bottom: float, height: float) -> bool:
        return bottom < self.bottom + self.height and self.bottom < bottom + height


def _free_bottom(plate: _Plate, placed: Sequence[_Plate], top: float) -> float:
    """The next place above a plate's own that no other covers; below it when that is too high."""
    others = sorted(other for other in placed if plate.is_above_or_below(other))
    bottom = plate.bottom
    for other in others:
        if other.covers(bottom, plate.height):
            bottom = other.bottom + other.height + _GAP_PX
    if bottom + plate.height <= top or plate.bottom >= top:  # or it is out of sight
        return bottom
    bottom = top - plate.height
    for other in reversed(others):
        if other.covers(bottom, plate.height):
            bottom = other.bottom - plate.height - _GAP_PX
    return bottom


def _plate(
    label: vtkTextActor, renderer: vtkRenderer, room: tuple[float, float, float, float]
) -> _Plate:
    anchor = label.GetPositionCoordinate().GetReferenceCoordinate()
    x, y = anchor.GetComputedDoubleViewportValue(renderer)[:2]
    size = [0.0, 0.0]
    label.GetSize(renderer, size)
    left, (low, _, high, _) = x - size[0] / 2, room
    # What the camera does not see at all is not brought in.
    is_seen = low < x < high
    shift = max(min(left, high - size[0]), low) - left if is_seen else 0.0
    return _Plate(y, left + shift, size[0], size[1], shift, label)


def _text_actor(label: Label, size_px: int) -> vtkTextActor:
    actor = vtkTextActor()
    actor.SetInput(f" {label.text} ")
    anchor = vtkCoordinate()
    anchor.SetCoordinateSystemToWorld()
    anchor.SetValue(*label.point)
    position = actor.GetPositionCoordinate()  # an offset in pixels from the anchor
    position.SetCoordinateSystemToViewport()
    position.SetReferenceCoordinate(anchor)
    position.SetValue(0, 0, 0)
    text = actor.GetTextProperty()
    text.SetFontSize(size_px)
    text.SetColor(*(channel / 255 for channel in rgb(label.color)))
    text.SetBackgroundColor(*(channel / 255 for channel in rgb(label.background)))
    text.SetBackgroundOpacity(0.85)
    text.SetJustificationToCentered()
    text.SetVerticalJustificationToBottom()
    return actor
