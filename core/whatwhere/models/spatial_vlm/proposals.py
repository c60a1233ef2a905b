"""Candidate tokens: what a candidate looks like plus where it stands.

Shapes: G scenes, R sentences, K candidates, C appearance channels, D width.
"""

import torch
from torch import Tensor, nn

from whatwhere.models.spatial_vlm.positions import PositionEncoding

NUM_COVERAGE = 2
"""Numbers that say how much of a candidate is seen, appended to its pooled features: the share
of image area, and the share of frames."""


class ProposalEncoder(nn.Module):
    """Turns pooled appearance and boxes into tokens, and the room into one token.

    Each term that a modality masks is replaced by a learned "absent" vector through `torch.lerp`,
    which returns either end exactly.
    """

    def __init__(self, num_channels: int, width: int, positions: PositionEncoding) -> None:
        super().__init__()
        self.positions = positions
        self.what = _mlp(num_channels + NUM_COVERAGE, width)
        self.where = _mlp(positions.width, width)
        self.room = _mlp(3, width)
        self.absent_what = nn.Parameter(torch.zeros(width))
        self.absent_where = nn.Parameter(torch.zeros(width))
        self.absent_room = nn.Parameter(torch.zeros(width))

    def what_terms(self, appearance_GKC: Tensor, seen_GK: Tensor) -> Tensor:
        """(G, K, D) appearance terms; a candidate no frame sees gets the absent vector."""
        terms = self.what(appearance_GKC)
        return torch.where(seen_GK[..., None], terms, self.absent_what.expand_as(terms))

    def where_terms(self, centers_m: Tensor, sizes_m: Tensor, room_half_m: Tensor) -> Tensor:
        """(G, K, D) geometry terms of boxes in the canonical frame."""
        terms: Tensor = self.where(self.positions(centers_m, sizes_m, room_half_m))
        return terms

    def room_terms(self, room_half_m_G3: Tensor) -> Tensor:
        """(G, D) geometry term of the room token."""
        terms: Tensor = self.room(room_half_m_G3 / 4)
        return terms

    def mix(
        self, what_RKD: Tensor, where_RKD: Tensor, *, appearance_R: Tensor, geometry_R: Tensor
    ) -> Tensor:
        """Candidate tokens (R, K, D) with each term mixed from its absent vector."""
        what = _from_absent(self.absent_what, what_RKD, appearance_R)
        return what + _from_absent(self.absent_where, where_RKD, geometry_R)

    def mix_room(self, room_RD: Tensor, *, geometry_R: Tensor) -> Tensor:
        """Room tokens (R, D)."""
        return _from_absent(self.absent_room, room_RD, geometry_R)


def _from_absent(absent_D: Tensor, terms: Tensor, weight_R: Tensor) -> Tensor:
    weight = weight_R.to(terms.dtype).reshape(-1, *[1] * (terms.ndim - 1)).expand_as(terms)
    return torch.lerp(absent_D.expand_as(terms), terms, weight)


def _mlp(inputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, width), nn.GELU(), nn.Linear(width, width), nn.LayerNorm(width)
    )
