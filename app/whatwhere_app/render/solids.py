"""A scan and its boxes as coloured triangles, for files that other programs open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from whatwhere.geometry.boxes import BOX_EDGES, Box
from whatwhere.scenes.scene import Mesh
from whatwhere_app.theme import DRAWN, Layer, Theme, rgb

_BAR_M = 0.02
# Two triangles a side, counter-clockwise from outside, over the corners of `Box.corners`.
_SIDES = np.array(
    [
        *([0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4]),
        *([2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5]),
    ],
    np.int32,
)


@dataclass(frozen=True, slots=True)
class NamedMesh:
    """One part of a file: a name for people, and triangles in aligned metres."""

    name: str
    mesh: Mesh


def box_bars(box: Box, color: str) -> Mesh:
    """The 12 edges as bars of 2 cm: lines are invisible in many viewers."""
    corners = box.corners()
    bars = [
        Box.from_bounds(
            np.minimum(corners[i], corners[j]) - _BAR_M / 2,
            np.maximum(corners[i], corners[j]) + _BAR_M / 2,
        )
        for i, j in BOX_EDGES
    ]
    vertices = np.concatenate([bar.corners() for bar in bars]).astype(np.float32)
    starts = 8 * np.arange(len(bars), dtype=np.int32)
    faces = (starts[:, None, None] + _SIDES).reshape(-1, 3)
    return Mesh(vertices, faces, np.full((len(vertices), 3), rgb(color), np.uint8))


def scene_parts(
    mesh: Mesh | None, boxes: Mapping[Layer, Sequence[Box]], theme: Theme
) -> list[NamedMesh]:
    """The scan, if it is to be there, and one part per box."""
    parts = [] if mesh is None else [NamedMesh("scan", mesh)]
    for layer in DRAWN:
        for number, box in enumerate(boxes.get(layer, ())):
            color = theme.strokes[layer].color
            parts.append(NamedMesh(f"{layer} {number}", box_bars(box, color)))
    return parts
