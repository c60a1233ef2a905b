"""Frames of a scene through a vision tower, or what the tower saw of them before."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.kept_features import KeptFeatures
from whatwhere.models.spatial_vlm.views import FrameReading, SceneViews
from whatwhere.scenes.scene import Scene

Images = Iterator[NDArray[np.uint8]]
"""(H, W, 3) RGB each, as they come."""

LookAt = Callable[[Images, int, Progress | None], Tensor]
"""Images, the most that will come, whom to tell -> (F, ...)."""


def looked_at(
    scene: Scene,
    look_at: LookAt,
    *,
    image_size: tuple[int, int],
    max_frames: int,
    weights: Tensor,
    kept: KeptFeatures | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> tuple[SceneViews, Tensor]:
    """The frames, and features (F, ...) float32 of them.

    Frames are decoded while the tower looks at those before; where the features are kept from
    before, only depths and poses are needed, and the tower does not run.

    Args:
        scene: that is looked at.
        look_at: runs the tower.
        image_size: (height, width), pixels.
        max_frames: spread evenly over the scene.
        weights: one of the tower's, for its device and type.
        kept: None keeps nothing.
        progress: told of every frame.
        is_cancelled: polled between steps.

    Raises:
        SceneError: no usable frames, or none with a depth measurement.
        Cancelled: `is_cancelled` returned True.
    """

    def reading(told: Progress | None) -> FrameReading:
        return FrameReading(
            scene,
            image_size=image_size,
            max_frames=max_frames,
            progress=told,
            is_cancelled=is_cancelled,
        )

    key = ""
    if kept is not None:
        headers = reading(None).headers
        key = kept.key(scene, headers, image_size=image_size, dtype=weights.dtype)
        found = kept.get(key, device=weights.device)
        if found is not None:
            views = reading(progress).all()
            if views.names == found[1]:
                return views, found[0]
    frames = reading(None)
    features = look_at(frames.images(), frames.num_frames, progress)
    views = frames.views()
    if kept is not None:
        kept.put(key, features, views.names, dtype=weights.dtype)
    return views, features
