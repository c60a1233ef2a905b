"""What a `geometry_vlm` keeps of a scene."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import torch

from whatwhere.errors import SceneError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.visibility import membership
from whatwhere.models.geometry_vlm.network import SceneFeatures
from whatwhere.scenes.proposals import Proposal

_MARGIN_M = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class GeometryEncoding:
    """One scene, ready for any sentence.

    Attributes:
        scene_id: also seeds the permutation of the `shuffled` modality.
        frames: names of the frames that were looked at.
        features: on the model's device.
        depths: geometry of the frames; an answer is lifted by the pose of its frame.
        objects: the annotated ones, after which boxes are named.
        warnings: sentences for the user.
        proposals: none, the model finds a box of its own.
    """

    scene_id: str
    frames: tuple[str, ...]
    features: SceneFeatures
    depths: tuple[PosedDepth, ...]
    objects: tuple[Proposal, ...] = ()
    warnings: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()


def shuffled(features: SceneFeatures, scene_id: str) -> SceneFeatures:
    """The scene with the geometry of its tokens dealt out anew; the scene's id is the seed."""
    generator = np.random.default_rng(crc32(scene_id.encode()))
    count = features.looks_FPLD.shape[0] * features.looks_FPLD.shape[1]
    order = torch.from_numpy(generator.permutation(count))
    return replace(features, order_N=order.to(features.looks_FPLD.device))


def clearest_frame(depths: Sequence[PosedDepth], box: Box) -> int:
    """The index of the frame with most pixels of what lies in a box; the first of equals.

    Raises:
        SceneError: no frame sees it.
    """
    counts = [
        int(
            membership(
                depth.depth_m,
                depth.valid,
                depth.camera,
                depth.world_from_camera,
                [box],
                margin_m=_MARGIN_M,
            ).sum()
        )
        for depth in depths
    ]
    if not any(counts):
        raise SceneError(
            "no frame sees the object, so its box cannot be said in a frame's camera",
            remedy="Let the model look at more frames, or leave the sentence out",
        )
    return int(np.argmax(counts))
