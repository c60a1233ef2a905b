"""What a tower saw of a scene, from which the tokens of a language model are made.

Shapes: F frames, K candidates, h x w tokens of the backbone, P tokens after pooling, L levels,
C channels, D width.
"""

from dataclasses import dataclass, fields
from typing import Any, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

_LEAST_MEASURED = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """One scene before anything that learns has touched it.

    Attributes:
        room: two sights of the same room have the same; what is made of their pixels is, too.
        seen: (F, h, w, L, C) of `Backbone.seen`; or, where the tower learns as well, the frames
            themselves, (F, H, W, 3) uint8.
        shares_KFyx: patch membership of the candidates.
        points_m_FP3: where each token looks, canonical metres.
        measured_FP: bool, enough of the token's pixels have a depth.
        seen_K: bool, some frame sees the candidate.
        centers_m_K3: canonical metres.
        sizes_m_K3: metres.
        room_half_m_3: half extents of the room, metres.
        looks_KD: of the candidates, where they were pooled from finer patches than `seen` has.
        looks_from_K: the candidate whose looks each one has, see `exchanged_frames`; None where
            each has its own.
    """

    room: int
    seen: Tensor
    shares_KFyx: Tensor
    points_m_FP3: Tensor
    measured_FP: Tensor
    seen_K: Tensor
    centers_m_K3: Tensor
    sizes_m_K3: Tensor
    room_half_m_3: Tensor
    looks_KD: Tensor | None = None
    looks_from_K: Tensor | None = None

    @property
    def is_pixels(self) -> bool:
        """Whether a tower has yet to look."""
        return self.seen.dtype == torch.uint8

    def to(self, device: torch.device | str) -> Self:
        """The same on a device."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        moved: dict[str, Any] = {
            name: value.to(device) if isinstance(value, Tensor) else value
            for name, value in values.items()
        }
        return type(self)(**moved)


class Sights(Protocol):
    """Scenes that are looked up one by one, so that few need be in memory."""

    @property
    def mask_GK(self) -> Tensor:
        """(G, K) bool: which candidates a scene has; the others are padding."""

    def room(self, scene: int) -> int:
        """What `Sight.room` says of a scene, without looking it up."""

    def sight(self, scene: int) -> Sight:
        """One of the G scenes, on the device that it is needed on."""


def pooled_points(
    points_m: NDArray[np.float32], measured: NDArray[np.float32], grid: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """What `patch_points` found, on the grid of the language model.

    Returns:
        (F, P, 3) canonical metres, and (F, P) bool: enough of a token's pixels have a depth.
    """
    share = torch.from_numpy(measured)[:, None]
    summed = torch.from_numpy(points_m).permute(0, 3, 1, 2) * share
    pooled_share = adaptive_avg_pool2d(share, grid)
    pooled = adaptive_avg_pool2d(summed, grid) / pooled_share.clamp(min=1e-6)
    return pooled.flatten(2).transpose(1, 2), pooled_share.flatten(1) >= _LEAST_MEASURED


def pooled_frames(features_FyxLD: Tensor, grid: tuple[int, int]) -> Tensor:
    """(F, h, w, L, D) -> (F, P, L, D)."""
    if features_FyxLD.shape[1:3] == grid:
        return features_FyxLD.flatten(1, 2)
    num_frames, _, _, levels, width = features_FyxLD.shape
    channels = features_FyxLD.flatten(3).permute(0, 3, 1, 2)
    pooled = adaptive_avg_pool2d(channels, grid).flatten(2).transpose(1, 2)
    return pooled.reshape(num_frames, -1, levels, width)


def pooled_looks(features_FyxLD: Tensor, shares_KFyx: Tensor) -> Tensor:
    """(K, D): mean features over each candidate's pixels, zero where no frame sees it."""
    looks = torch.einsum("kfyx,fyxd->kd", shares_KFyx, features_FyxLD[:, :, :, 0])
    total_K = shares_KFyx.sum((1, 2, 3))
    return looks / total_K.clamp(min=1e-6)[:, None]


def dealt_places(seed: int, num_candidates: int, num_tokens: int) -> tuple[Tensor, Tensor]:
    """The orders in which the places of candidates, and of frame tokens, are dealt out anew."""
    generator = np.random.default_rng(seed)
    return (
        torch.from_numpy(generator.permutation(num_candidates)),
        torch.from_numpy(generator.permutation(num_tokens)),
    )
