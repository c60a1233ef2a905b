"""Scans and boxes as named, coloured triangles, for files that other programs open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whatwhere.geometry.boxes import BOX_EDGES, Box
from whatwhere.geometry.poses import rotation_z
from whatwhere.scenes.scene import Mesh

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
    """One part of a file.

    Attributes:
        name: for people.
        mesh: triangles in aligned metres.
        group: name of what it belongs to; "" for nothing.
        extras: what else programs may want to know; JSON values.
    """

    name: str
    mesh: Mesh
    group: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict)


def box_bars(
    box: Box, color: tuple[int, int, int], *, yaw_rad: float = 0.0, bar_m: float = 0.02
) -> Mesh:
    """The 12 edges as bars: lines are invisible in many viewers.

    Args:
        box: without its turn, aligned metres.
        color: RGB, 0 to 255.
        yaw_rad: turn about z through the centre, counter-clockwise seen from above.
        bar_m: thickness of the bars.
    """
    corners = box.corners()
    bars = [
        Box.from_bounds(
            np.minimum(corners[i], corners[j]) - bar_m / 2,
            np.maximum(corners[i], corners[j]) + bar_m / 2,
        )
        for i, j in BOX_EDGES
    ]
    points = np.concatenate([bar.corners() for bar in bars])
    if yaw_rad:
        center = np.array(box.center)
        points = (points - center) @ rotation_z(yaw_rad)[:3, :3].T + center
    vertices = points.astype(np.float32)
    starts = 8 * np.arange(len(bars), dtype=np.int32)
    faces = (starts[:, None, None] + _SIDES).reshape(-1, 3)
    return Mesh(vertices, faces, np.full((len(vertices), 3), color, np.uint8))
