"""What a `frame_vlm` keeps of a scene: the features of its frames and where each token looks.

Shapes: F frames, K candidates, h x w tokens of the backbone, P tokens after pooling, L levels,
D width.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.errors import Cancelled
from whatwhere.geometry.boxes import box_rows
from whatwhere.models.backbones.backbone import Backbone
from whatwhere.models.frame_vlm.sights import (
    dealt_places,
    pooled_frames,
    pooled_looks,
    pooled_points,
)
from whatwhere.models.frame_vlm.token_points import floor_center, patch_points
from whatwhere.models.frame_vlm.tokens import SceneTokens
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.spatial_vlm.views import SceneViews
from whatwhere.scenes.proposals import Proposal

_FRAMES_PER_PASS = 4


@dataclass(frozen=True, slots=True, eq=False)
class FrameEncoding:
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
    tokens: SceneTokens
    warnings: tuple[str, ...] = ()


def look(
    backbone: Backbone,
    images: NDArray[np.uint8] | Iterator[NDArray[np.uint8]],
    *,
    num_frames: int | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Tensor:
    """Images as they come -> (F, h, w, L, D) float32 on the backbone's device.

    Args:
        backbone: that looks.
        images: (F, H, W, 3) uint8, or one by one.
        num_frames: the most that will come one by one.
        progress: told of every pass.
        is_cancelled: polled between two passes.

    Raises:
        Cancelled: between two passes, when `is_cancelled` says so.
    """
    device = next(backbone.parameters()).device
    total = len(images) if isinstance(images, np.ndarray) else num_frames or 0
    found, done = torch.empty(0, device=device), 0
    coming = iter(images)
    while some := list(islice(coming, _FRAMES_PER_PASS)):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("Encoding")
        with torch.inference_mode():
            part = backbone.frame_features(torch.from_numpy(np.stack(some)).to(device))
        if not done:  # filled as frames come: to join them at the end would double them
            found = torch.empty((total, *part.shape[1:]), device=device)
        found[done : done + len(part)] = part
        done += len(part)
        if progress is not None:
            progress(done, total, f"encoding frame {done} of {total}")
    return found[:done]


def seen_by(backbone: Backbone, images: NDArray[np.uint8]) -> Tensor:
    """(F, H, W, 3) uint8 -> (F, h, w, L, C) of `Backbone.seen`, on the CPU.

    On a GPU it is computed and kept in bfloat16.
    """
    device = next(backbone.parameters()).device
    on_gpu = device.type == "cuda"
    parts = []
    for start in range(0, len(images), _FRAMES_PER_PASS):
        chunk = torch.from_numpy(images[start : start + _FRAMES_PER_PASS]).to(device)
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=on_gpu):
            found = backbone.seen(chunk)
        parts.append((found.bfloat16() if on_gpu else found).cpu())
    return torch.cat(parts)


def scene_tokens(
    views: SceneViews,
    proposals: Sequence[Proposal],
    *,
    features: Tensor,
    shares: NDArray[np.float32],
    grid: tuple[int, int],
) -> SceneTokens:
    """Pool features into tokens and over candidates, and put everything in the canonical frame.

    Args:
        views: the frames, with their depths.
        proposals: the K candidates.
        features: (F, h, w, L, D) from `look`.
        shares: (K, F, h, w) from `patch_shares`.
        grid: of the tokens after pooling.
    """
    low, high = views.room_lower, views.room_upper
    floor_m = floor_center(low, high)
    native = features.shape[1], features.shape[2]
    points, measured = patch_points(views.depths, grid=native, origin_m=floor_m)
    points_m_FP3, measured_FP = pooled_points(points, measured, grid)
    rows = box_rows(proposal.box for proposal in proposals).astype(np.float32)
    device = features.device
    shares_KFyx = torch.from_numpy(shares).to(device)
    return SceneTokens(
        frames_FPLD=pooled_frames(features, grid),
        points_m_FP3=points_m_FP3.to(device),
        measured_FP=measured_FP.to(device),
        looks_KD=pooled_looks(features, shares_KFyx),
        seen_K=shares_KFyx.sum((1, 2, 3)) > 0,
        centers_m_K3=torch.from_numpy(rows[:, :3] - floor_m).to(device),
        sizes_m_K3=torch.from_numpy(rows[:, 3:]).to(device),
        room_half_m_3=torch.from_numpy((high - low) / 2).float().to(device),
    )


def shuffled(tokens: SceneTokens, scene_id: str) -> SceneTokens:
    """The scene with the positions of candidates and of frame tokens dealt out anew.

    Looks and sizes stay where they are; the scene's id is the seed.
    """
    device = tokens.centers_m_K3.device
    order, places = (
        found.to(device)
        for found in dealt_places(
            crc32(scene_id.encode()), len(tokens.centers_m_K3), tokens.measured_FP.numel()
        )
    )
    points = tokens.points_m_FP3.flatten(0, 1)[places]
    return replace(
        tokens,
        centers_m_K3=tokens.centers_m_K3[order],
        points_m_FP3=points.view_as(tokens.points_m_FP3),
        measured_FP=tokens.measured_FP.flatten()[places].view_as(tokens.measured_FP),
    )
