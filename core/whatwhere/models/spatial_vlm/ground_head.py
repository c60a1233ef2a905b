"""Scores candidates against the state of the `<ground>` token.

Shapes: R sentences, K candidates, D width.
"""

from torch import Tensor, nn


class GroundHead(nn.Module):
    """Scaled dot product of two projections."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.key = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.width = width

    def forward(self, states_RKD: Tensor, ground_RD: Tensor) -> Tensor:
        """(R, K) scores."""
        keys, query = self.key(states_RKD), self.query(ground_RD)
        scores: Tensor = (keys * query[:, None]).sum(-1) / self.width**0.5
        return scores
