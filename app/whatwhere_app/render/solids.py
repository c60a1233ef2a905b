"""A scan and the boxes of its layers as parts of a file that other programs open."""

from collections.abc import Mapping, Sequence

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Mesh
from whatwhere.scenes.solids import NamedMesh, box_bars
from whatwhere_app.theme import DRAWN, Layer, Theme, rgb


def scene_parts(
    mesh: Mesh | None, boxes: Mapping[Layer, Sequence[Box]], theme: Theme
) -> list[NamedMesh]:
    """The scan, if it is to be there, and one part per box."""
    parts = [] if mesh is None else [NamedMesh("scan", mesh)]
    for layer in DRAWN:
        for number, box in enumerate(boxes.get(layer, ())):
            color = rgb(theme.strokes[layer].color)
            parts.append(NamedMesh(f"{layer} {number}", box_bars(box, color)))
    return parts
