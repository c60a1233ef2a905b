"""What the model keeps of a scene: pooled appearance and canonical geometry of its candidates.

Frames go through the vision tower once; candidates only pool from its features, so another set
of candidates reuses them. Which pixels belong to a candidate (its membership) comes from its 3D
box and the measured depth.

Shapes: F frames, K candidates, C channels, h x w patches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray

from whatwhere.errors import Cancelled
from whatwhere.geometry.boxes import box_rows
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.spatial_vlm.model import SceneTensors
from whatwhere.models.spatial_vlm.views import SceneViews
from whatwhere.models.vision import VisionTower
from whatwhere.scenes.proposals import Proposal

_FRAMES_PER_PASS = 4


@dataclass(frozen=True, slots=True, eq=False)
class FrameSights:
    """What each frame shows of each candidate, before it is summed up.

    Attributes:
        features: (F, C, h, w) float32.
        shares: (K, F, h, w) float32, of each patch's pixels that belong to each candidate.
    """

    features: NDArray[np.float32]
    shares: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SpatialEncoding:
    """One scene with one set of candidates, ready for any sentence.

    Attributes:
        scene_id: also seeds the permutation of the `shuffled` modality.
        proposals: the candidates.
        frames: names of the frames that were looked at.
        appearance: (K, C + 2) float32, pooled features, then coverage.
        seen: (K,) bool, some frame sees the candidate.
        centers_m: (K, 3) float32, canonical frame.
        sizes_m: (K, 3) float32.
        room_half_m: (3,) float32, half extents of the room.
        warnings: sentences for the user.
        sights: what each frame shows; None where only their sum is known.
    """

    scene_id: str
    proposals: tuple[Proposal, ...]
    frames: tuple[str, ...]
    appearance: NDArray[np.float32]
    seen: NDArray[np.bool_]
    centers_m: NDArray[np.float32]
    sizes_m: NDArray[np.float32]
    room_half_m: NDArray[np.float32]
    warnings: tuple[str, ...] = ()
    sights: FrameSights | None = None


def tower_features(
    tower: VisionTower,
    images: NDArray[np.uint8] | Iterator[NDArray[np.uint8]],
    *,
    num_frames: int | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> NDArray[np.float32]:
    """Images as they come -> (F, C, h, w) float32.

    Args:
        tower: that looks.
        images: (F, H, W, 3) uint8, or one by one.
        num_frames: the most that will come one by one.
        progress: told of every pass.
        is_cancelled: polled between two passes.

    Raises:
        Cancelled: between two passes, when `is_cancelled` says so.
    """
    device = next(tower.parameters()).device
    total = len(images) if isinstance(images, np.ndarray) else num_frames or 0
    parts: list[torch.Tensor] = []
    done, coming = 0, iter(images)
    while some := list(islice(coming, _FRAMES_PER_PASS)):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("Encoding")
        with torch.inference_mode():
            parts.append(tower(torch.from_numpy(np.stack(some)).to(device)).float().cpu())
        done += len(some)
        if progress is not None:
            progress(done, total, f"encoding frame {done} of {total}")
    features: NDArray[np.float32] = (torch.cat(parts) if parts else torch.empty(0)).numpy()
    return features


def pool_candidates(
    scene_id: str,
    views: SceneViews,
    proposals: Sequence[Proposal],
    *,
    features: NDArray[np.float32],
    shares: NDArray[np.float32],
) -> SpatialEncoding:
    """Pool features over each candidate and put its box in the canonical frame.

    Args:
        scene_id: of the scene.
        views: its frames.
        proposals: the K candidates.
        features: (F, C, h, w) from `tower_features`.
        shares: (K, F, h, w) from `patch_shares`.
    """
    appearance, seen = pooled_appearance(features, shares)
    low, high = views.room_lower, views.room_upper
    floor_center = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]], np.float32)
    rows = box_rows(proposal.box for proposal in proposals).astype(np.float32)
    hidden = int((~seen).sum())
    warnings = (f"{hidden} of {len(rows)} candidates are seen in no frame.",) if hidden else ()
    return SpatialEncoding(
        scene_id=scene_id,
        proposals=tuple(proposals),
        frames=views.names,
        appearance=appearance,
        seen=seen,
        centers_m=rows[:, :3] - floor_center,
        sizes_m=rows[:, 3:],
        room_half_m=((high - low) / 2).astype(np.float32),
        warnings=warnings,
    )


def pooled_appearance(
    features: NDArray[np.float32], shares: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Features (F, C, h, w) over shares (K, F, h, w).

    Returns:
        (K, C + 2) float32 pooled features, then coverage, and (K,) bool: some frame sees it.
    """
    total = shares.sum(axis=(1, 2, 3))
    pooled = np.einsum("kfyx,fcyx->kc", shares, features, optimize=True)
    pooled /= np.maximum(total, 1e-6)[:, None]
    area = np.sqrt(total / shares[0].size)
    in_frames = (shares.sum(axis=(2, 3)) > 0).mean(axis=1)
    appearance = np.concatenate([pooled, area[:, None], in_frames[:, None]], axis=1)
    return appearance.astype(np.float32), total > 0


def shuffled(encoding: SpatialEncoding) -> SpatialEncoding:
    """The scene with the candidates' positions permuted, seeded by the scene's id.

    Sizes and appearance stay where they are; only who stands where is exchanged.
    """
    generator = np.random.default_rng(crc32(encoding.scene_id.encode()))
    order = generator.permutation(len(encoding.centers_m))
    return replace(encoding, centers_m=encoding.centers_m[order])


def scene_tensors(encodings: Sequence[SpatialEncoding]) -> SceneTensors:
    """Stack encodings, padded to the largest number of candidates."""
    num_candidates = max(len(encoding.seen) for encoding in encodings)

    def stack(arrays: Sequence[NDArray[np.float32] | NDArray[np.bool_]]) -> torch.Tensor:
        padded = [
            np.pad(a, [(0, num_candidates - len(a)), *[(0, 0)] * (a.ndim - 1)]) for a in arrays
        ]
        return torch.from_numpy(np.stack(padded))

    return SceneTensors(
        appearance_GKC=stack([encoding.appearance for encoding in encodings]),
        seen_GK=stack([encoding.seen for encoding in encodings]),
        centers_m_GK3=stack([encoding.centers_m for encoding in encodings]),
        sizes_m_GK3=stack([encoding.sizes_m for encoding in encodings]),
        room_half_m_G3=torch.from_numpy(np.stack([e.room_half_m for e in encodings])),
        mask_GK=stack([np.ones(len(encoding.seen), bool) for encoding in encodings]),
    )
