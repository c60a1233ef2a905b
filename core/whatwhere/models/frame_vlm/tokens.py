"""What enters the language model for a scene: tokens of its frames, its candidates, its room.

Every term that a modality masks is replaced by a learned "absent" vector through `torch.lerp`,
which returns either end exactly; that is what makes the contracts of the modalities hold.

Shapes: F frames, P = h * w tokens per frame, K candidates, L levels, D width.
"""

from dataclasses import dataclass, fields
from typing import Self

import torch
from torch import Tensor, nn

from whatwhere.models.spatial_vlm.modality import Senses


@dataclass(frozen=True, slots=True)
class SceneTokens:
    """What a backbone and the depth images say of one scene.

    Attributes:
        frames_FPLD: features of the frames.
        points_m_FP3: where each token looks, canonical metres.
        measured_FP: bool, enough of the token's pixels have a depth.
        looks_KD: mean features over each candidate's pixels.
        seen_K: bool, some frame sees the candidate.
        centers_m_K3: canonical metres.
        sizes_m_K3: metres.
        room_half_m_3: half extents of the room, metres.
    """

    frames_FPLD: Tensor
    points_m_FP3: Tensor
    measured_FP: Tensor
    looks_KD: Tensor
    seen_K: Tensor
    centers_m_K3: Tensor
    sizes_m_K3: Tensor
    room_half_m_3: Tensor

    def to(self, device: torch.device | str) -> Self:
        """The same tensors on a device."""
        return type(self)(*(getattr(self, item.name).to(device) for item in fields(self)))


class SceneTokenizer(nn.Module):
    """Learned vectors and small layers around a backbone's features.

    Args:
        width: D.
        num_levels: L.
        positions: (..., 3) metres -> (..., D).
    """

    def __init__(self, width: int, *, num_levels: int, positions: nn.Module) -> None:
        super().__init__()
        self.positions = positions
        self.size = _zero_at_first(3, width)
        self.room = _zero_at_first(3, width)
        self.newline = nn.Parameter(torch.randn(width) * 0.02)
        self.candidate = nn.Parameter(torch.randn(width) * 0.02)
        self.absent_frame = nn.Parameter(torch.zeros(num_levels, width))
        self.absent_point = nn.Parameter(torch.zeros(width))
        self.absent_looks = nn.Parameter(torch.zeros(width))
        self.absent_place = nn.Parameter(torch.zeros(width))
        self.absent_room = nn.Parameter(torch.zeros(width))

    def frames(self, scene: SceneTokens, senses: Senses) -> tuple[Tensor, Tensor]:
        """Tokens (N, D) of all frames, a newline after each, and (N, L - 1, D) to inject."""
        looks_FPLD = _from_absent(self.absent_frame, scene.frames_FPLD, senses.appearance)
        points = torch.where(
            scene.measured_FP[..., None],
            self.positions(scene.points_m_FP3).to(looks_FPLD.dtype),
            self.absent_point,
        )
        tokens_FPD = looks_FPLD[:, :, 0] + _from_absent(self.absent_point, points, senses.geometry)
        newlines = self.newline.expand(len(tokens_FPD), 1, -1)
        tokens = torch.cat([tokens_FPD, newlines], dim=1).flatten(0, 1)
        injected = nn.functional.pad(looks_FPLD[:, :, 1:], (0, 0, 0, 0, 0, 1)).flatten(0, 1)
        return tokens, injected

    def candidates(self, scene: SceneTokens, senses: Senses) -> Tensor:
        """Tokens (K + 1, D) of the candidates and the room."""
        looks = torch.where(scene.seen_K[:, None], scene.looks_KD, self.absent_looks)
        places = self.positions(scene.centers_m_K3)
        places = places + self.size(scene.sizes_m_K3.clamp(min=1e-2).log())
        room = self.room(scene.room_half_m_3[None] / 4)
        tokens_KD = (
            self.candidate
            + _from_absent(self.absent_looks, looks, senses.appearance)
            + _from_absent(self.absent_place, places, senses.geometry)
        )
        return torch.cat([tokens_KD, _from_absent(self.absent_room, room, senses.geometry)])


def _from_absent(absent: Tensor, terms: Tensor, weight: float) -> Tensor:
    return torch.lerp(absent.expand_as(terms).to(terms.dtype), terms, weight)


def _zero_at_first(inputs: int, width: int) -> nn.Sequential:
    last = nn.Linear(width, width)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(inputs, width), nn.GELU(), last)
