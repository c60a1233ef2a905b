"""Encodings of canonical positions: metres kept, origin at the centre of the room's floor, z up.

"canonical" follows SR-3D's idea (arXiv 2509.13317; the constants are ours): a room that is moved
gives the same numbers, one that is scaled does not. "sinusoidal" follows Video-3D-LLM's fixed one
(arXiv 2412.00493): 10 cm steps, a third of the width per axis. Theirs counts the steps from a
corner of the aligned room, ours from the canonical origin; `video_3d_llm` has theirs exactly.

Shapes: ... any batch, D width.
"""

import math

import torch
from torch import Tensor, nn

from whatwhere.models.frame_vlm.config import PositionKind

_SCALE_M = 10.0
_FARTHEST = 1.5
_STEP_M = 0.1
_LOWER_M, _UPPER_M = (-15.0, -15.0, -5.0), (15.0, 15.0, 5.0)
_SLOWEST = 10_000.0


def position_encoding(kind: PositionKind, width: int, *, octaves: int) -> nn.Module:
    """Maps (..., 3) canonical metres to (..., D)."""
    if kind == "canonical":
        return CanonicalPositions(width, octaves)
    return SinusoidalPositions(width)


class CanonicalPositions(nn.Module):
    """Fourier features and two layers; the last is zero at first, so nothing learned is upset."""

    def __init__(self, width: int, octaves: int) -> None:
        super().__init__()
        frequencies = math.pi * 2.0 ** torch.arange(octaves, dtype=torch.float32)
        self.register_buffer("frequencies", frequencies, persistent=False)
        last = nn.Linear(width, width)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(nn.Linear(3 + 6 * octaves, width), nn.GELU(), last)

    def forward(self, positions_m: Tensor) -> Tensor:
        """(..., 3) metres -> (..., D)."""
        scaled = (positions_m / _SCALE_M).clamp(-_FARTHEST, _FARTHEST)
        angles = (scaled[..., None] * self.get_buffer("frequencies")).flatten(-2)
        encoded: Tensor = self.layers(torch.cat([scaled, angles.sin(), angles.cos()], dim=-1))
        return encoded


class SinusoidalPositions(nn.Module):
    """Sine and cosine interleaved, x then y then z; what D does not divide into stays zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        per_axis = width // 3 // 2 * 2
        slowing = torch.arange(0, per_axis, 2, dtype=torch.float32) / per_axis
        self.register_buffer("frequencies", _SLOWEST**-slowing, persistent=False)
        self.register_buffer("lower_m", torch.tensor(_LOWER_M), persistent=False)
        self.register_buffer("upper_m", torch.tensor(_UPPER_M), persistent=False)
        self.num_left = width - 3 * per_axis

    def forward(self, positions_m: Tensor) -> Tensor:
        """(..., 3) metres -> (..., D)."""
        inside = positions_m.clamp(self.get_buffer("lower_m"), self.get_buffer("upper_m"))
        angles = (inside / _STEP_M).round()[..., None] * self.get_buffer("frequencies")
        waves = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-3)
        return nn.functional.pad(waves, (0, self.num_left))
