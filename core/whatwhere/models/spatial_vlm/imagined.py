"""An encoded scene rearranged: candidates elsewhere, or frames that were never taken.

Nothing is looked at again. Pixels keep their candidates, so with other boxes exactly the geometry
changes, and with fewer frames exactly what was seen.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from whatwhere.errors import NotSupportedError, SceneError
from whatwhere.geometry.boxes import Box, box_rows
from whatwhere.models.spatial_vlm.encoding import SpatialEncoding, pooled_appearance


def with_boxes(encoding: SpatialEncoding, boxes: Sequence[Box]) -> SpatialEncoding:
    """The scene with every candidate at another place.

    Args:
        encoding: of the scene as it is.
        boxes: one per candidate, aligned metres.
    """
    before = box_rows(item.box for item in encoding.proposals)
    rows = box_rows(boxes)
    moved_m = (rows[:, :3] - before[:, :3]).astype(np.float32)
    proposals = zip(encoding.proposals, boxes, strict=True)
    return replace(
        encoding,
        proposals=tuple(replace(item, box=box) for item, box in proposals),
        centers_m=encoding.centers_m + moved_m,
        sizes_m=rows[:, 3:].astype(np.float32),
    )


def without(encoding: SpatialEncoding, names: Collection[str]) -> SpatialEncoding:
    """The scene as if some frames had not been taken.

    Raises:
        NotSupportedError: what each frame shows is not known.
        SceneError: no frame is left.
    """
    if encoding.sights is None:
        raise NotSupportedError(
            "it is not known what each frame shows", remedy="Encode the scene again"
        )
    kept = [index for index, name in enumerate(encoding.frames) if name not in names]
    if not kept:
        raise SceneError(
            "no frame is left that the model could look at", remedy="Leave one frame in"
        )
    sights = encoding.sights
    appearance, seen = pooled_appearance(sights.features[kept], sights.shares[:, kept])
    return replace(
        encoding,
        frames=tuple(encoding.frames[index] for index in kept),
        appearance=appearance,
        seen=seen,
        sights=replace(sights, features=sights.features[kept], shares=sights.shares[:, kept]),
    )
