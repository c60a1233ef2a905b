"""The relation head: what stands where, seen from the anchor that the sentence names.

Each head attends to one candidate as anchor, reads from the sentence which relation to score,
and adds that relation's value for every candidate. Without this head, and without supervision of
its anchor, near and far stayed at chance in our experiments.

Shapes: G scenes, R sentences, K candidates, H heads, D width, P pair width.
"""

import torch
from torch import Tensor, nn

_RBF_CENTERS_M = (0.3, 0.7, 1.2, 1.8, 2.6, 3.6, 4.8, 6.5)
_NUM_RAW = 3 + 3 + 3 + 1 + 3 + 1 + len(_RBF_CENTERS_M)


class RelationHead(nn.Module):
    """Scores candidates by their relation to softly chosen anchors."""

    def __init__(self, width: int, *, num_heads: int, pair_width: int) -> None:
        super().__init__()
        self.num_heads, self.width = num_heads, width
        self.pair = nn.Sequential(
            nn.Linear(_NUM_RAW, pair_width), nn.GELU(), nn.Linear(pair_width, pair_width)
        )
        self.anchor_query = nn.Linear(width, num_heads * width, bias=False)
        self.relation = nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.Linear(width, num_heads * pair_width)
        )
        self.register_buffer("rbf_centers_m", torch.tensor(_RBF_CENTERS_M), persistent=False)

    def pairs(self, centers_m_GK3: Tensor, sizes_m_GK3: Tensor) -> Tensor:
        """Pairwise geometry, independent of the sentence -> (G, K, K, P).

        Entry [g, p, j] describes candidate p as seen from candidate j.
        """
        offset = centers_m_GK3[:, :, None] - centers_m_GK3[:, None]
        distance = offset.square().sum(-1, keepdim=True).add(1e-6).sqrt()
        volume = sizes_m_GK3.clamp(min=1e-2).log().sum(-1)
        ratio = (volume[:, :, None] - volume[:, None])[..., None]
        reach = (sizes_m_GK3[:, :, None] + sizes_m_GK3[:, None]) / 2
        gap = offset.abs() - reach
        kernels = torch.exp(-(((distance - self.get_buffer("rbf_centers_m")) / 0.6) ** 2))
        raw = [offset, offset / distance, offset.abs(), distance, gap, ratio / 4, kernels]
        features: Tensor = self.pair(torch.cat(raw, dim=-1))
        return features

    def forward(
        self, states_RKD: Tensor, ground_RD: Tensor, pairs_RKKP: Tensor, mask_RK: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Relation scores and anchor log-probabilities.

        Args:
            states_RKD: candidates after the language model.
            ground_RD: the state of `<ground>`.
            pairs_RKKP: `pairs` of each sentence's scene.
            mask_RK: True where a candidate exists.

        Returns:
            scores (R, K) and log-probabilities of each head's anchor (R, H, K).
        """
        queries = self.anchor_query(ground_RD).unflatten(-1, (self.num_heads, self.width))
        logits = torch.einsum("rhd,rkd->rhk", queries, states_RKD) / self.width**0.5
        anchors_RHK = logits.masked_fill(~mask_RK[:, None], -1e9).log_softmax(-1)
        relations = self.relation(ground_RD).unflatten(-1, (self.num_heads, -1))
        weights = torch.einsum("rhk,rhp->rkp", anchors_RHK.exp(), relations)
        scores = torch.einsum("rkp,rqkp->rq", weights, pairs_RKKP)
        return scores / self.num_heads**0.5, anchors_RHK
