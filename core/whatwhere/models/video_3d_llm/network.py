"""The network: [words | rows of tokens of all frames, a newline after each | words, <ground>].

Causal throughout. Candidates are no tokens: each is the mean feature of its patches plus the
encoding of its centre, and scored by a cosine with the state of `<ground>`. One learned vector
stands for "nothing is meant".

Shapes: F frames, h x w patches of the tower, P = tokens per frame after pooling, K candidates,
D width, N tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from zlib import crc32

import numpy as np
import torch
from torch import Tensor, nn

from whatwhere.errors import ModelError
from whatwhere.models.backbones.assembled import AssembledBackbone
from whatwhere.models.backbones.speaking import Heard, embedded, heard, line, states_of
from whatwhere.models.frame_vlm.ground_head import CosineHead
from whatwhere.models.spatial_vlm.modality import Senses
from whatwhere.models.unfilled import numbers_as
from whatwhere.models.video_3d_llm.config import Video3DLLMConfig
from whatwhere.models.video_3d_llm.positions import RoomPositions


@dataclass(frozen=True, slots=True)
class RoomTokens:
    """One scene before the language model.

    Attributes:
        frames_FyxD: features of the tokens after pooling.
        points_m_Fyx3: where each of them looks, aligned metres.
        objects_KD: mean feature of each candidate's patches, zero where it has none.
        centers_m_K3: aligned metres.
    """

    frames_FyxD: Tensor
    points_m_Fyx3: Tensor
    objects_KD: Tensor
    centers_m_K3: Tensor


class Video3DLLM(nn.Module):
    """Tower, projector, language model and head.

    Args:
        config: its sizes.
        backbone_dtype: of tower, projector and language model; None is float32.
    """

    def __init__(
        self, config: Video3DLLMConfig, *, backbone_dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        self.config = config
        with numbers_as(backbone_dtype):
            self.backbone = AssembledBackbone(
                config.tower, config.language_model, image_size=config.image_size
            )
        _drop_last_norm(self.backbone.tower)
        if self.backbone.grid[0] != self.backbone.grid[1]:
            raise ModelError(
                "the tower's patches are no square", remedy="Use the tower it was trained with"
            )
        width = self.backbone.width
        self.patch = int(config.tower["patch_size"])
        self.positions = RoomPositions(
            width,
            voxel_size_m=config.voxel_size_m,
            lower_m=config.lower_m,
            upper_m=config.upper_m,
        )
        self.newline = nn.Parameter(torch.randn(width) * 0.02)
        self.zero_target = nn.Parameter(torch.randn(width))
        self.ground_head = CosineHead(width, config.temperature)

    @property
    def patches(self) -> int:
        """Of the tower, per side."""
        return self.backbone.grid[0]

    @property
    def tokens(self) -> int:
        """Of a frame in the language model, per side."""
        return ceil(self.patches / self.config.pool)

    def pooled(self, features_FyxD: Tensor) -> Tensor:
        """(F, h, w, D) -> (F, tokens, tokens, D), every other by bilinear interpolation."""
        channels = features_FyxD.permute(0, 3, 1, 2)
        size = (self.tokens, self.tokens)
        smaller = nn.functional.interpolate(channels, size=size, mode="bilinear")
        return smaller.permute(0, 2, 3, 1)

    def prefix(self, scene: RoomTokens, senses: Senses, before_ids: Sequence[int]) -> Heard:
        """Read a scene once for all sentences."""
        whole = self._scene(scene, senses, before_ids)
        cache = self.backbone.new_cache()
        self.backbone(whole[None], line(self.backbone, 0, len(whole)), cache=cache)
        return heard(cache, len(whole))

    def scores(
        self, prefix: Heard, scene: RoomTokens, senses: Senses, token_ids: Sequence[int]
    ) -> Tensor:
        """(K + 1,) cosines over the temperature, the last one for "nothing is meant".

        Args:
            prefix: of the scene, as the same senses perceive it.
            scene: for its candidates.
            senses: what may be perceived.
            token_ids: after the frames, `<ground>` last.
        """
        return self._matched(scene, senses, states_of(self.backbone, prefix, token_ids)[-1])

    def scores_at_once(
        self,
        scene: RoomTokens,
        senses: Senses,
        before_ids: Sequence[int],
        token_ids: Sequence[int],
    ) -> Tensor:
        """As `prefix` and `scores` in one pass without a cache, for training."""
        words = embedded(self.backbone, token_ids)
        whole = torch.cat([self._scene(scene, senses, before_ids), words])
        states = self.backbone(whole[None], line(self.backbone, 0, len(whole)))
        return self._matched(scene, senses, states[0, -1])

    def _scene(self, scene: RoomTokens, senses: Senses, before_ids: Sequence[int]) -> Tensor:
        """(N, D) up to the last newline."""
        places = self.positions(scene.points_m_Fyx3)
        tokens = _sum(scene.frames_FyxD, places, senses)
        newlines = self.newline.expand(*tokens.shape[:2], 1, -1)
        rows = torch.cat([tokens, newlines], dim=2).flatten(0, 2)
        return torch.cat(
            [embedded(self.backbone, before_ids), rows.to(self.backbone.embedding.dtype)]
        )

    def _matched(self, scene: RoomTokens, senses: Senses, ground_D: Tensor) -> Tensor:
        """(K + 1,) from the state of `<ground>`."""
        objects = _sum(scene.objects_KD, self.positions(scene.centers_m_K3), senses)
        keys = torch.cat([objects, self.zero_target[None]])
        scores: Tensor = self.ground_head(keys.float(), ground_D.float()[None])[0]
        return scores


def shuffled(scene: RoomTokens, scene_id: str) -> RoomTokens:
    """The scene with positions of tokens and of candidates dealt out anew; the id is the seed."""
    generator = np.random.default_rng(crc32(scene_id.encode()))
    points, centers = scene.points_m_Fyx3, scene.centers_m_K3
    order = torch.from_numpy(generator.permutation(len(centers))).to(centers.device)
    places = torch.from_numpy(generator.permutation(points.numel() // 3)).to(points.device)
    dealt = points.flatten(0, 2)[places].view_as(points)
    return replace(scene, points_m_Fyx3=dealt, centers_m_K3=centers[order])


def _sum(looks: Tensor, places: Tensor, senses: Senses) -> Tensor:
    """Appearance plus position; what a modality masks is zero, exactly."""
    nothing = torch.zeros_like(looks)
    seen = torch.lerp(nothing, looks, senses.appearance)
    return seen + torch.lerp(nothing, places.to(looks.dtype), senses.geometry)


def _drop_last_norm(tower: nn.Module) -> None:
    """The original takes the tower's states as they leave the last layer."""
    for module in list(tower.modules()):
        if isinstance(getattr(module, "post_layernorm", None), nn.Module):
            module.post_layernorm = nn.Identity()
