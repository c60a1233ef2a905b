"""Scores candidates by the cosine with the state of `<ground>`, as Video-3D-LLM's head does.

Shapes: R sentences, K candidates, D width.
"""

from torch import Tensor, nn
from torch.nn import functional


class CosineHead(nn.Module):
    """Two small networks onto the unit sphere; their dot product over a temperature."""

    def __init__(self, width: int, temperature: float) -> None:
        super().__init__()
        self.key, self.query = _layers(width), _layers(width)
        self.temperature = temperature

    def forward(self, states_KD: Tensor, ground_RD: Tensor) -> Tensor:
        """(R, K) scores; the states may also be (R, K, D)."""
        keys = functional.normalize(self.key(states_KD), dim=-1)
        query = functional.normalize(self.query(ground_RD), dim=-1)
        scores: Tensor = (keys * query[:, None]).sum(-1) / self.temperature
        return scores


def _layers(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(width, width), nn.ReLU(), nn.LayerNorm(width), nn.Linear(width, width)
    )
