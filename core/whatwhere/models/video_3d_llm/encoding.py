"""What a `video_3d_llm` keeps of a scene.

Shapes: F frames, K candidates, h x w patches of the tower.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from whatwhere.geometry.boxes import Box, box_rows
from whatwhere.models.frame_vlm.encoding import look
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.kept_features import KeptFeatures
from whatwhere.models.looking import Images, looked_at
from whatwhere.models.video_3d_llm.network import RoomTokens, Video3DLLM
from whatwhere.models.video_3d_llm.views import (
    middle_of,
    middles,
    object_patches,
    token_points,
    whole_size,
)
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class RoomEncoding:
    """One scene with one set of candidates, ready for any sentence.

    Attributes:
        scene_id: also seeds the permutation of the `shuffled` modality.
        proposals: the candidates.
        frames: names of the frames that were looked at.
        tokens: on the model's device.
        warnings: sentences for the user.
    """

    scene_id: str
    proposals: tuple[Proposal, ...]
    frames: tuple[str, ...]
    tokens: RoomTokens
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A scene after the tower and the projector.

    Attributes:
        frames: names of those that were looked at.
        tokens: on the network's device.
        member_KFyx: bool, patches of which half the pixels or more lie in a candidate.
    """

    frames: tuple[str, ...]
    tokens: RoomTokens
    member_KFyx: Tensor


def look_at(
    network: Video3DLLM,
    scene: Scene,
    boxes: Sequence[Box],
    *,
    max_frames: int,
    kept: KeptFeatures | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Looked:
    """Read a scene's frames, and have the tower look at them.

    Args:
        network: that looks.
        scene: to be looked at.
        boxes: of the K candidates, aligned metres.
        max_frames: spread evenly over the scene.
        kept: what the tower saw before; None keeps nothing.
        progress: told of every step.
        is_cancelled: polled between steps.

    Raises:
        SceneError: the scene has no usable frame, or none with a depth measurement.
        Cancelled: when `is_cancelled` says so.
    """
    side, backbone = network.config.image_size[0], network.backbone

    def eye(images: Images, count: int, told: Progress | None) -> Tensor:
        squares = (middle_of(image, side) for image in images)
        return look(backbone, squares, num_frames=count, progress=told, is_cancelled=is_cancelled)

    whole, features = looked_at(
        scene,
        eye,
        image_size=whole_size(scene, side),
        max_frames=max_frames,
        weights=next(backbone.parameters()),
        kept=kept,
        progress=progress,
        is_cancelled=is_cancelled,
    )
    views, features = middles(whole, side), features[:, :, :, 0]
    sides = {"patches": network.patches, "patch": network.patch}
    member = object_patches(
        views.points_m, boxes, **sides, progress=progress, is_cancelled=is_cancelled
    )
    points = token_points(views.points_m, **sides, tokens=network.tokens_per_side)
    member_KFyx = torch.from_numpy(member).to(features)
    counts_K1 = member_KFyx.sum((1, 2, 3)).clamp(min=1)[:, None]
    centers = torch.from_numpy(box_rows(boxes)[:, :3]).float()
    tokens = RoomTokens(
        frames_FyxD=network.pooled(features),
        points_m_Fyx3=torch.from_numpy(points).to(features.device),
        objects_KD=torch.einsum("kfyx,fyxd->kd", member_KFyx, features) / counts_K1,
        centers_m_K3=centers.to(features.device),
    )
    return Looked(views.names, tokens, torch.from_numpy(member))
