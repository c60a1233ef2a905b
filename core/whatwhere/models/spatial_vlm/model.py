"""The network: candidates and words in, a score for every candidate out.

One set of weights serves every modality; the caller says per sentence which terms may be seen
(`modality.Senses`). Scenes and sentences have separate batch axes, so that what depends on the
scene alone is computed once for all its sentences and modalities.

Shapes: G scenes (or shuffled versions of scenes), R sentences, K candidates, C appearance
channels, W words, D width, H relation heads.
"""

from dataclasses import dataclass, fields
from typing import Self

import torch
from torch import Tensor, nn

from whatwhere.models.spatial_vlm.config import SpatialVLMConfig
from whatwhere.models.spatial_vlm.ground_head import GroundHead
from whatwhere.models.spatial_vlm.language_model import LanguageModel
from whatwhere.models.spatial_vlm.positions import PositionEncoding
from whatwhere.models.spatial_vlm.proposals import ProposalEncoder
from whatwhere.models.spatial_vlm.relations import RelationHead
from whatwhere.models.vision import VisionTower


@dataclass(slots=True)
class SceneTensors:
    """What the network is told of each scene; the canonical frame of `positions`.

    Attributes:
        appearance_GKC: pooled tower features and coverage.
        seen_GK: bool, some frame sees the candidate.
        centers_m_GK3: metres.
        sizes_m_GK3: metres.
        room_half_m_G3: half extents of the room, metres.
        mask_GK: bool, the candidate exists (scenes are padded to the same K).
    """

    appearance_GKC: Tensor
    seen_GK: Tensor
    centers_m_GK3: Tensor
    sizes_m_GK3: Tensor
    room_half_m_G3: Tensor
    mask_GK: Tensor

    def to(self, device: torch.device | str) -> Self:
        """The same tensors on a device."""
        return type(self)(*(getattr(self, item.name).to(device) for item in fields(self)))

    def rows(self, index_G: Tensor) -> Self:
        """Some of the scenes."""
        return type(self)(*(getattr(self, item.name)[index_G] for item in fields(self)))

    def joined(self, other: Self) -> Self:
        """These scenes, then others with as many candidates."""
        pairs = ((getattr(self, item.name), getattr(other, item.name)) for item in fields(self))
        return type(self)(*(torch.cat(pair) for pair in pairs))


@dataclass(slots=True)
class SentenceTensors:
    """What is asked, and what may be perceived while answering.

    Attributes:
        scene_R: index into the scene axis.
        token_ids_RW: words, the last real one being `<ground>`.
        word_mask_RW: bool.
        ground_R: index of `<ground>` among the words.
        appearance_R: 0 or 1, `Senses.appearance`.
        geometry_R: alpha in [0, 1], `Senses.geometry`.
    """

    scene_R: Tensor
    token_ids_RW: Tensor
    word_mask_RW: Tensor
    ground_R: Tensor
    appearance_R: Tensor
    geometry_R: Tensor

    def to(self, device: torch.device | str) -> Self:
        """The same tensors on a device."""
        return type(self)(*(getattr(self, item.name).to(device) for item in fields(self)))

    def rows(self, index_R: Tensor) -> Self:
        """Some of the sentences."""
        return type(self)(*(getattr(self, item.name)[index_R] for item in fields(self)))

    def joined(self, other: Self) -> Self:
        """These sentences, then others with as many words."""
        pairs = ((getattr(self, item.name), getattr(other, item.name)) for item in fields(self))
        return type(self)(*(torch.cat(pair) for pair in pairs))


@dataclass(slots=True)
class Scores:
    """What comes out.

    Attributes:
        log_probs_RK: over the candidates of each sentence's scene; -1e9 where none exists.
        anchor_log_probs_RHK: where each relation head looks for its anchor; None without heads.
        states_RKD: candidates after the language model; None where nobody looks at them.
        what_GKD: appearance terms before it (for auxiliary supervision); None where nothing learns
            them.
    """

    log_probs_RK: Tensor
    anchor_log_probs_RHK: Tensor | None
    states_RKD: Tensor | None
    what_GKD: Tensor | None


class SpatialVLM(nn.Module):
    """Vision tower, candidate encoder, language model, ground head and relation head."""

    def __init__(self, config: SpatialVLMConfig) -> None:
        super().__init__()
        width = config.width
        self.config = config
        self.tower = VisionTower(config.tower, image_size=config.image_size)
        positions = PositionEncoding(config.position_octaves)
        self.proposals = ProposalEncoder(self.tower.num_channels, width, positions)
        self.language_model = LanguageModel(config.language_model)
        self.ground_head = GroundHead(width)
        self.relations = RelationHead(
            width, num_heads=config.num_relation_heads, pair_width=config.relation_width
        )

    @property
    def width(self) -> int:
        """D, the width of a token."""
        return self.config.width

    def forward(self, scenes: SceneTensors, sentences: SentenceTensors) -> Scores:
        """Score every candidate of every sentence's scene."""
        what_GKD = self.proposals.what_terms(scenes.appearance_GKC, scenes.seen_GK)
        where_GKD = self.proposals.where_terms(
            scenes.centers_m_GK3, scenes.sizes_m_GK3, scenes.room_half_m_G3
        )
        room_GD = self.proposals.room_terms(scenes.room_half_m_G3)
        pairs_GKKP = self.relations.pairs(scenes.centers_m_GK3, scenes.sizes_m_GK3)

        of_scene = sentences.scene_R
        candidates = self.proposals.mix(
            what_GKD[of_scene],
            where_GKD[of_scene],
            appearance_R=sentences.appearance_R,
            geometry_R=sentences.geometry_R,
        )
        room = self.proposals.mix_room(room_GD[of_scene], geometry_R=sentences.geometry_R)
        scene_RSD = torch.cat([candidates, room[:, None]], dim=1)
        words = self.language_model.embed(sentences.token_ids_RW)
        mask_RK = scenes.mask_GK[of_scene]
        mask = torch.cat(
            [mask_RK, mask_RK.new_ones(len(mask_RK), 1), sentences.word_mask_RW], dim=1
        )
        states = self.language_model(scene_RSD, words, mask)

        num_candidates = candidates.shape[1]
        rows = torch.arange(len(of_scene), device=of_scene.device)
        states_RKD = states[:, :num_candidates]
        ground_RD = states[rows, num_candidates + 1 + sentences.ground_R]
        scores = self.ground_head(states_RKD, ground_RD)
        relation_scores, anchors = self.relations(
            states_RKD, ground_RD, pairs_GKKP[of_scene], mask_RK
        )
        scores = scores + sentences.geometry_R[:, None].to(scores.dtype) * relation_scores
        log_probs = scores.float().masked_fill(~mask_RK, -1e9).log_softmax(-1)
        return Scores(log_probs, anchors, states_RKD, what_GKD)
