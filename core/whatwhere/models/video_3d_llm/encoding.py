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
from whatwhere.models.video_3d_llm.network import RoomTokens, Video3DLLM
from whatwhere.models.video_3d_llm.views import object_patches, square_views, token_points
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
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Looked:
    """Read a scene's frames, and have the tower look at them.

    Args:
        network: that looks.
        scene: to be looked at.
        boxes: of the K candidates, aligned metres.
        max_frames: spread evenly over the scene.
        progress: told of every step.
        is_cancelled: polled between steps.

    Raises:
        SceneError: the scene has no usable frame, or none with a depth measurement.
        Cancelled: when `is_cancelled` says so.
    """
    views = square_views(
        scene,
        side=network.config.image_size[0],
        max_frames=max_frames,
        progress=progress,
        is_cancelled=is_cancelled,
    )
    features = look(network.backbone, views.images, progress=progress, is_cancelled=is_cancelled)
    features = features[:, :, :, 0]
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
