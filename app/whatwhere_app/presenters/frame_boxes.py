"""Boxes as frames see them: their edges in the picture, and how much of it they fill."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import WhatWhereError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.hidden_edges import split_box_edges
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import invert
from whatwhere.geometry.turned_box import TurnedBox
from whatwhere.geometry.visibility import NEAR_M, box_visibility, project_box_edges
from whatwhere.scenes.scene import FrameHeader, Scene
from whatwhere_app.theme import Layer
from whatwhere_app.view_values import FrameTile, Overlay, Segment

SEEN_SHARE = 0.001
"""A frame of which a box fills less than this does not count as seeing it."""

Drawn = tuple[Layer | None, Box | TurnedBox, bool]
"""Whose box, the box, and whether it is the other model's."""


def overlays(
    header: FrameHeader, boxes: Iterable[Drawn], depth: PosedDepth | None
) -> list[Overlay]:
    """The boxes in one picture; without depth nothing is known to be hidden."""
    camera, pose = header.camera, header.world_from_camera
    if camera is None or pose is None:
        return []
    found = []
    for layer, box, is_rival in boxes:
        hidden: list[Segment] = []
        if depth is None:
            seen = project_box_edges(box, camera, pose)
        else:
            seen, hidden = split_box_edges(box, camera, depth)
        if seen or hidden:
            found.append(Overlay(layer, tuple(seen), is_rival, tuple(hidden)))
    return found


def coarse_overlays(
    scene: Scene, headers: Iterable[FrameHeader], boxes: Sequence[Drawn]
) -> dict[str, list[Overlay]]:
    """The boxes in several small pictures."""
    if not boxes:
        return {}
    return {header.name: overlays(header, boxes, coarse_depth(scene, header)) for header in headers}


def coarse_depth(scene: Scene, header: FrameHeader) -> PosedDepth | None:
    """None where the depth image is broken: then nothing is known."""
    try:
        return scene.read_coarse_depth(header)
    except WhatWhereError:
        return None


def facing(headers: Sequence[FrameHeader], points: NDArray[np.floating]) -> list[bool]:
    """Which frames may see one of the points (n, 3): not those that look elsewhere.

    All frames at once; a frame that is let through may still turn out to see nothing.
    """
    known = {item.name: item.world_from_camera for item in headers}
    poses = {name: pose for name, pose in known.items() if pose is not None}
    if not poses:
        return [False] * len(headers)
    camera_from_world = np.array([invert(pose) for pose in poses.values()])
    local = points @ camera_from_world[:, :3, :3].transpose(0, 2, 1)
    local += camera_from_world[:, None, :3, 3]
    rays = np.array([_side_planes(header) for header in headers if header.name in poses])
    inside = np.einsum("fpc,fnc->fpn", rays, local)
    may_see = (inside > 0).any(axis=2).all(axis=1) & (local[..., 2] > NEAR_M).any(axis=1)
    sees = dict(zip(poses, may_see.tolist(), strict=True))
    return [sees.get(header.name, False) for header in headers]


def seen_shares(scene: Scene, header: FrameHeader, boxes: Sequence[Box]) -> tuple[float, ...]:
    """For each box the share of the picture that shows it; a broken picture shows nothing."""
    depth = coarse_depth(scene, header)
    if depth is None:
        return (0.0,) * len(boxes)
    seen = box_visibility(depth.depth_m, depth.valid, depth.camera, depth.world_from_camera, boxes)
    return tuple(float(share) for share in seen.share)


def of_first_seen(shares: Mapping[str, Sequence[float]]) -> tuple[int, dict[str, float]]:
    """The place of the first box that any frame sees, else 0, and the shares of that box."""
    num_boxes = min((len(row) for row in shares.values()), default=0)
    seen = [i for i in range(num_boxes) if max(row[i] for row in shares.values()) > SEEN_SHARE]
    chosen = seen[0] if seen else 0
    return chosen, {name: row[chosen] for name, row in shares.items()}


def best_first(shares: Mapping[str, float]) -> list[str]:
    """Names by share; frames that see the same, or nothing, stay in capture order."""
    return sorted(shares, key=lambda name: -shares[name] if shares[name] >= SEEN_SHARE else 0.0)


def tile(name: str, share: float, what: str) -> FrameTile:
    """The texts of one frame in the strip, which shows so much of a box with this name."""
    if share < SEEN_SHARE:
        return FrameTile(name, name, f"Frame {name} does not see {what}", is_faint=True)
    percent = f"{100 * share:.1f} %"
    return FrameTile(
        name, f"{name} · {percent}", f"{what} fills {percent} of frame {name}, hidden parts aside"
    )


def _side_planes(header: FrameHeader) -> NDArray[np.float64]:
    """(4, 3): inward normals of the picture's four sides, camera frame."""
    camera = header.camera
    if camera is None:
        return np.zeros((4, 3))
    left, right = (-0.5 - camera.cx) / camera.fx, (camera.width - 0.5 - camera.cx) / camera.fx
    top, bottom = (-0.5 - camera.cy) / camera.fy, (camera.height - 0.5 - camera.cy) / camera.fy
    return np.array([[1, 0, -left], [-1, 0, right], [0, 1, -top], [0, -1, bottom]])
