"""Video-3D-LLM's fixed encoding of positions in the aligned room.

Shapes: ... any batch, D width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_SLOWEST = 10_000.0


class RoomPositions(nn.Module):
    """Steps of a voxel counted from the lower corner, as sine and cosine in turn, x, y, z.

    Each axis has a third of the width, rounded down; what is left over stays zero.

    Args:
        width: D.
        voxel_size_m: of a step.
        lower_m: the corner that steps are counted from; what is below counts as there.
        upper_m: what is above counts as there.
    """

    def __init__(
        self,
        width: int,
        *,
        voxel_size_m: float,
        lower_m: Sequence[float],
        upper_m: Sequence[float],
    ) -> None:
        super().__init__()
        per_axis = width // 3
        channel = torch.arange(per_axis)
        slowing = _SLOWEST ** (2 * (channel // 2).float() / per_axis)
        self.register_buffer("slowing", slowing, persistent=False)
        self.register_buffer("is_sine", channel % 2 == 0, persistent=False)
        self.register_buffer("lower_m", torch.tensor(list(lower_m)), persistent=False)
        self.register_buffer("upper_m", torch.tensor(list(upper_m)), persistent=False)
        self.voxel_size_m = voxel_size_m
        self.num_left = width - 3 * per_axis

    def forward(self, points_m: Tensor) -> Tensor:
        """(..., 3) aligned metres -> (..., D) float32."""
        lower = self.get_buffer("lower_m")
        inside = torch.minimum(torch.maximum(points_m.float(), lower), self.get_buffer("upper_m"))
        steps = ((inside - lower) / self.voxel_size_m).round()
        angles = steps[..., None] / self.get_buffer("slowing")
        waves = torch.where(self.get_buffer("is_sine"), angles.sin(), angles.cos())
        return nn.functional.pad(waves.flatten(-2), (0, self.num_left))
