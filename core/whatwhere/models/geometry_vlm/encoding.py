"""What a `geometry_vlm` keeps of a scene."""

from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import torch

from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.models.geometry_vlm.network import SceneFeatures
from whatwhere.scenes.proposals import Proposal

MARGIN_M = 0.03
"""By which a box is grown when what lies in it is looked for."""


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
