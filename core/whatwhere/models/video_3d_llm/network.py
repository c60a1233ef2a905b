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
from whatwhere.models.backbones.masks import apart, causal
from whatwhere.models.backbones.speaking import Heard, embedded, heard, line, states_of
from whatwhere.models.frame_vlm.exchanged import exchanged_frames
from whatwhere.models.frame_vlm.ground_head import CosineHead
from whatwhere.models.frame_vlm.scoring import scored
from whatwhere.models.frame_vlm.sights import Sight, Sights
from whatwhere.models.spatial_vlm.modality import Senses
from whatwhere.models.spatial_vlm.model import Scores, SentenceTensors
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
        # Token ids of what is said before the frames; whoever calls `forward` sets them.
        self.before_ids: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """D, the width of a token."""
        return self.backbone.width

    @property
    def patches(self) -> int:
        """Of the tower, per side."""
        return self.backbone.grid[0]

    @property
    def tokens_per_side(self) -> int:
        """Of a frame in the language model, per side."""
        return ceil(self.patches / self.config.pool)

    def pooled(self, features_FyxD: Tensor) -> Tensor:
        """(F, h, w, D) -> (F, tokens, tokens, D), every other by bilinear interpolation."""
        channels = features_FyxD.permute(0, 3, 1, 2)
        size = (self.tokens_per_side, self.tokens_per_side)
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
        ground_D = states_of(self.backbone, prefix, token_ids)[-1]
        return self._matched(scene, senses, ground_D[None])[0]

    def scores_at_once(
        self,
        scene: RoomTokens,
        senses: Senses,
        before_ids: Sequence[int],
        token_ids_RW: Tensor,
        ground_R: Tensor,
    ) -> Tensor:
        """As `prefix` and `scores` in one pass without a cache, for training.

        The sentences lie behind each other in one row, blind to each other, so that the scene is
        read once for all of them.

        Args:
            scene: that is asked about.
            senses: what may be perceived.
            before_ids: said before the frames.
            token_ids_RW: after them, padded at the end.
            ground_R: the place of `<ground>` in each.

        Returns:
            (R, K + 1) natural log-probabilities, the last one for "nothing is meant".
        """
        before = self._scene(scene, senses, before_ids)
        words = self.backbone.embed(token_ids_RW).to(before.dtype)
        (num_rows, num_words), num_before = token_ids_RW.shape, len(before)
        mask = causal(num_before + num_rows * num_words, before)
        mask[..., num_before:, num_before:] = apart(num_rows, num_words, before)
        spoken = line(self.backbone, num_before, num_words).repeat(1, num_rows)
        states = self.backbone(
            torch.cat([before, words.flatten(0, 1)])[None],
            torch.cat([line(self.backbone, 0, num_before), spoken], dim=1),
            mask=mask,
        )
        spoken_RWD = states[0, num_before:].unflatten(0, (num_rows, num_words))
        ground_RD = spoken_RWD[torch.arange(num_rows, device=words.device), ground_R]
        return self._matched(scene, senses, ground_RD).log_softmax(-1)

    def forward(self, scenes: Sights, sentences: SentenceTensors) -> Scores:
        """Score every candidate of every sentence's scene, for training and for whole splits.

        The share of "nothing is meant" is left out, so that the others do not add up to 1.

        Args:
            scenes: asked for one by one, those of a room after each other.
            sentences: `<ground>` is the last token of each.
        """
        return Scores(scored(self, scenes, sentences, self._about), None, None, None)

    def features(self, sight: Sight) -> Tensor:
        """(F, y, x, 1, D) of the tokens after pooling, which is what is kept of a scene."""
        return sight.seen.float()

    def tokens(self, sight: Sight, features_FyxLD: Tensor) -> RoomTokens:
        """What enters the language model; look-alikes may have exchanged their looks.

        Raises:
            ValueError: the sight has no appearance of its candidates.
        """
        if sight.looks_KD is None:
            raise ValueError("what candidates look like was pooled before, and is not here")
        looks_KD, frames = sight.looks_KD.float(), features_FyxLD
        if sight.looks_from_K is not None:
            looks_KD = looks_KD[sight.looks_from_K]
            frames = exchanged_frames(frames, sight.shares_KFyx, sight.looks_from_K)
        shape = (*frames.shape[:3], 3)
        return RoomTokens(
            frames[:, :, :, 0], sight.points_m_FP3.view(shape), looks_KD, sight.centers_m_K3
        )

    def _about(self, scene: RoomTokens, senses: Senses, asked: SentenceTensors) -> Tensor:
        """(R, K) of some sentences about one scene."""
        ids, ground_R = asked.token_ids_RW, asked.ground_R
        return self.scores_at_once(scene, senses, self.before_ids, ids, ground_R)[:, :-1]

    def _scene(self, scene: RoomTokens, senses: Senses, before_ids: Sequence[int]) -> Tensor:
        """(N, D) up to the last newline."""
        places = self.positions(scene.points_m_Fyx3)
        tokens = _sum(scene.frames_FyxD, places, senses)
        newlines = self.newline.expand(*tokens.shape[:2], 1, -1)
        rows = torch.cat([tokens, newlines], dim=2).flatten(0, 2)
        return torch.cat(
            [embedded(self.backbone, before_ids), rows.to(self.backbone.embedding.dtype)]
        )

    def _matched(self, scene: RoomTokens, senses: Senses, ground_RD: Tensor) -> Tensor:
        """(R, K + 1) from the states of `<ground>`."""
        objects = _sum(scene.objects_KD, self.positions(scene.centers_m_K3), senses)
        keys = torch.cat([objects, self.zero_target[None]])
        scores: Tensor = self.ground_head(keys.float(), ground_RD.float())
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
