"""Canonical 3D positions and their encoding.

The canonical frame of a room keeps metres and axes: the origin is the centre of the room's
floor, z up. So a room that is moved gives the same numbers, one that is scaled does not (the
idea of SR-3D, arXiv 2509.13317; the constants are ours).

Shapes: ... any batch, K candidates, E encoded width.
"""

import math

import torch
from torch import Tensor, nn

# Divides metres so that the lowest octave spans a large room (8 m) without wrapping.
_SCALE_M = 4.0


class PositionEncoding(nn.Module):
    """Fourier features of metric and of room-relative coordinates.

    Walls and corners are told by room-relative coordinates, distances by metric ones; learning
    needed both.
    """

    def __init__(self, octaves: int) -> None:
        super().__init__()
        frequencies = math.pi * 2.0 ** torch.arange(octaves, dtype=torch.float32)
        self.register_buffer("frequencies", frequencies, persistent=False)
        # centre in metres and in room units, log size
        self.width = 2 * (3 + 6 * octaves) + 3

    def forward(self, centers_m: Tensor, sizes_m: Tensor, room_half_m: Tensor) -> Tensor:
        """Encode boxes.

        Args:
            centers_m: (..., K, 3), canonical frame.
            sizes_m: (..., K, 3).
            room_half_m: (..., 3), half extents of the room.

        Returns:
            (..., K, E).
        """
        middle = torch.zeros_like(room_half_m)
        middle[..., 2] = room_half_m[..., 2]
        relative = (centers_m - middle[..., None, :]) / room_half_m.clamp(min=0.5)[..., None, :]
        parts = [self._fourier(centers_m / _SCALE_M), self._fourier(relative)]
        return torch.cat([*parts, sizes_m.clamp(min=1e-2).log()], dim=-1)

    def _fourier(self, values: Tensor) -> Tensor:
        frequencies = self.get_buffer("frequencies")
        angles = (values[..., None] * frequencies).flatten(-2)
        # The frequencies start at half a turn per unit, so that +-1 is one full period.
        return torch.cat([values, (angles / 2).sin(), (angles / 2).cos()], dim=-1)
