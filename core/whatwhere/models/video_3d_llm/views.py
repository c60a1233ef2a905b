"""Frames as Video-3D-LLM takes them: a square from the middle, and where its pixels lie.

Pixels without a depth lie in the camera, and count: its weights were trained so.

Shapes: F frames, S x S pixels, h x w patches of the tower, K candidates, 3 aligned metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import Cancelled
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import transform
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.spatial_vlm.views import SceneViews, collect_views
from whatwhere.scenes.scene import Scene

_INSIDE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class SquareViews:
    """The middles of the frames.

    Attributes:
        names: of the frames.
        images: (F, S, S, 3) uint8 RGB.
        points_m: (F, S, S, 3) float32.
    """

    names: tuple[str, ...]
    images: NDArray[np.uint8]
    points_m: NDArray[np.float32]


def square_views(
    scene: Scene,
    *,
    side: int,
    max_frames: int,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> SquareViews:
    """Frames scaled to a height of `side`, both ends cut off.

    Raises:
        SceneError: the scene has no usable frame, or none with a depth measurement.
        Cancelled: between two frames, when `is_cancelled` says so.
    """
    views = collect_views(
        scene,
        image_size=whole_size(scene, side),
        max_frames=max_frames,
        progress=progress,
        is_cancelled=is_cancelled,
    )
    return middles(views, side)


def whole_size(scene: Scene, side: int) -> tuple[int, int]:
    """(height, width) of the frames before both ends are cut off, pixels."""
    cameras = [header.camera for header in scene.frames if header.camera is not None]
    aspect = cameras[0].width / cameras[0].height if cameras else 1.0
    return side, max(side, int(aspect * side))


def middle_of(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """(S, S, 3) from the middle of (S, W, 3)."""
    left = (image.shape[1] - side) // 2
    return np.ascontiguousarray(image[:, left : left + side])


def middles(views: SceneViews, side: int) -> SquareViews:
    """The middles of frames that were read at `whole_size`."""
    left = (views.images.shape[2] - side) // 2
    points = np.empty((len(views.names), side, side, 3), np.float32)
    for index, depth in enumerate(views.depths):
        middle = _columns(depth, left, side)
        local = backproject(middle.depth_m, middle.camera)
        points[index] = transform(local, middle.world_from_camera)
    images = np.ascontiguousarray(views.images[:, :, left : left + side])
    return SquareViews(views.names, images, points)


def token_points(
    points_m: NDArray[np.float32], *, patches: int, patch: int, tokens: int
) -> NDArray[np.float32]:
    """(F, tokens, tokens, 3) means over the pixels of each token.

    Args:
        points_m: (F, S, S, 3).
        patches: of the tower per side.
        patch: pixels of one per side; what their number leaves over is cut off.
        tokens: per side after pooling.
    """
    block = patches * patch // tokens
    whole = points_m[:, : tokens * block, : tokens * block]
    blocks = whole.reshape(len(points_m), tokens, block, tokens, block, 3)
    return np.asarray(blocks.mean((2, 4)), np.float32)


def object_patches(
    points_m: NDArray[np.float32],
    boxes: Sequence[Box],
    *,
    patches: int,
    patch: int,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> NDArray[np.bool_]:
    """(K, F, h, w): patches of which half the pixels or more lie in a box.

    Raises:
        Cancelled: between two candidates, when `is_cancelled` says so.
    """
    side, count = patches * patch, len(points_m)
    x, y, z = (
        np.ascontiguousarray(points_m[:, :side, :side, axis]).reshape(-1) for axis in range(3)
    )
    steps = np.arange(side) // patch
    of_frame = np.arange(count)[:, None, None] * patches**2
    cells = (of_frame + steps[:, None] * patches + steps).reshape(-1)
    least = int(patch * patch * _INSIDE)
    found = np.empty((len(boxes), count, patches, patches), np.bool_)
    for index, box in enumerate(boxes):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("Encoding")
        low, high = box.lower.astype(np.float32), box.upper.astype(np.float32)
        # Most pixels fail on the first axis, and need not be looked at again.
        inside = np.flatnonzero((low[0] <= x) & (x <= high[0]))
        for axis, values in ((1, y), (2, z)):
            rest = values[inside]
            inside = inside[(low[axis] <= rest) & (rest <= high[axis])]
        counts = np.bincount(cells[inside], minlength=count * patches**2)
        found[index] = (counts >= least).reshape(found.shape[1:])
        if progress is not None:
            progress(index + 1, len(boxes), f"looking for candidate {index + 1} of {len(boxes)}")
    return found


def _columns(depth: PosedDepth, left: int, count: int) -> PosedDepth:
    cut = np.s_[:, left : left + count]
    camera = replace(depth.camera, cx=depth.camera.cx - left, width=count)
    return replace(depth, depth_m=depth.depth_m[cut], valid=depth.valid[cut], camera=camera)
