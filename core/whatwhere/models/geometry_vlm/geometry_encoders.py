"""What adds "where" to the token of a patch.

Shapes: F frames, H x W pixels, h x w patches, P = h * w, C width of the encoder.
"""

from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from whatwhere.errors import Cancelled
from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.poses import transform
from whatwhere.models.geometry_vlm.config import ImagesConfig, PointsConfig
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.spatial_vlm.views import SceneViews
from whatwhere.models.vision import VisionTower

_CHANNELS = 7
_FRAMES_PER_PASS = 4


class GeometryEncoder(nn.Module, ABC):
    """Frames to a feature per patch.

    Attributes:
        num_channels: C.
        reads_colour: its features depend on the images, so no pass through it is without colour.
    """

    num_channels: int
    reads_colour: bool

    @abstractmethod
    def prepare(
        self,
        views: SceneViews,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> Tensor:
        """What is needed of a scene, made once and without gradient; on the encoder's device.

        Raises:
            Cancelled: between frames, when `is_cancelled` says so.
        """

    @abstractmethod
    def forward(self, prepared: Tensor) -> Tensor:
        """(F, P, C) from what `prepare` made."""


class PointEncoder(GeometryEncoder):
    """Point maps of camera and room, one convolution per patch, a transformer within each frame."""

    reads_colour = False

    def __init__(
        self, config: PointsConfig, *, image_size: tuple[int, int], grid: tuple[int, int]
    ) -> None:
        super().__init__()
        self.num_channels, self.grid = config.width, grid
        self.patch = (image_size[0] // grid[0], image_size[1] // grid[1])
        self.stem = nn.Conv2d(_CHANNELS, config.width, self.patch, stride=self.patch)
        self.norm = nn.LayerNorm(config.width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                config.width,
                config.num_heads,
                4 * config.width,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(config.num_layers)
        )

    def prepare(
        self,
        views: SceneViews,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> Tensor:
        """(F, 7, H, W): x, y, z in the camera, x, y, z from the floor's centre, measured or not.

        Pixels without a measurement are zero in all seven.
        """
        low, high = views.room_lower, views.room_upper
        floor_m = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
        height, width = self.grid[0] * self.patch[0], self.grid[1] * self.patch[1]
        maps = np.zeros((len(views.depths), _CHANNELS, height, width), np.float32)
        for index, depth in enumerate(views.depths):
            _heed(is_cancelled)
            local = backproject(depth.depth_m, depth.camera)
            room = transform(local, depth.world_from_camera) - floor_m
            valid = depth.valid[..., None]
            channels = np.concatenate([local * valid, room * valid, valid], axis=-1)
            maps[index] = channels[:height, :width].transpose(2, 0, 1)
        return torch.from_numpy(maps).to(self.stem.weight.device)

    def forward(self, prepared: Tensor) -> Tensor:
        """See `GeometryEncoder.forward`."""
        states: Tensor = self.norm(self.stem(prepared).flatten(2).transpose(1, 2))
        for layer in self.layers:
            states = layer(states)
        return states


class ImageEncoder(GeometryEncoder):
    """A second tower over the images; VG-LLM's is VGGT, which transformers does not have."""

    reads_colour = True

    def __init__(
        self, config: ImagesConfig, *, image_size: tuple[int, int], grid: tuple[int, int]
    ) -> None:
        super().__init__()
        self.tower = VisionTower(config.tower, image_size=image_size)
        self.num_channels, self.grid = self.tower.num_channels, grid

    def prepare(
        self,
        views: SceneViews,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> Tensor:
        """(F, P, C): the tower is frozen, so its features are made here."""
        device = next(self.parameters()).device
        parts = []
        with torch.no_grad():
            for start in range(0, len(views.images), _FRAMES_PER_PASS):
                _heed(is_cancelled)
                images = views.images[start : start + _FRAMES_PER_PASS]
                features = self.tower(torch.from_numpy(images).to(device)).float()
                parts.append(adaptive_avg_pool2d(features, self.grid).flatten(2).transpose(1, 2))
                if progress is not None:
                    done = min(start + _FRAMES_PER_PASS, len(views.images))
                    total = len(views.images)
                    progress(done, total, f"geometry of frame {done} of {total}")
        return torch.cat(parts)

    def forward(self, prepared: Tensor) -> Tensor:
        """See `GeometryEncoder.forward`."""
        return prepared


def _heed(is_cancelled: IsCancelled | None) -> None:
    if is_cancelled is not None and is_cancelled():
        raise Cancelled("Encoding")


def geometry_encoder(
    config: PointsConfig | ImagesConfig, *, image_size: tuple[int, int], grid: tuple[int, int]
) -> GeometryEncoder:
    """With random weights; `grid` is that of the backbone's tokens."""
    if isinstance(config, PointsConfig):
        return PointEncoder(config, image_size=image_size, grid=grid)
    return ImageEncoder(config, image_size=image_size, grid=grid)
