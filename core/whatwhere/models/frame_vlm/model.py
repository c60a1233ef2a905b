"""The network: frames, candidates and words in; scores of the candidates or words out.

The sequence is [tokens of F frames with a newline each | K candidates, the room | words,
`<ground>`]. Frames and words are causal; the candidates share one position and see each other, so
that their order does not matter. What comes before the words is a prefix whose keys and values are
kept per scene and modality: a sentence then costs its own words alone.

Shapes: R sentences, W words, K candidates, N tokens so far, D width, V words of the vocabulary.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from transformers import Cache
from transformers.cache_utils import DynamicLayer

from whatwhere.models.backbones.building import build_backbone
from whatwhere.models.backbones.masks import apart, causal
from whatwhere.models.backbones.speaking import Heard, say
from whatwhere.models.frame_vlm.config import FrameVLMConfig
from whatwhere.models.frame_vlm.exchanged import exchanged_frames
from whatwhere.models.frame_vlm.ground_head import CosineHead
from whatwhere.models.frame_vlm.positions import position_encoding
from whatwhere.models.frame_vlm.scoring import MAX_PACKED, scored
from whatwhere.models.frame_vlm.sights import Sight, Sights, pooled_frames, pooled_looks
from whatwhere.models.frame_vlm.tokens import SceneTokenizer, SceneTokens
from whatwhere.models.spatial_vlm.modality import Senses
from whatwhere.models.spatial_vlm.model import Scores, SentenceTensors
from whatwhere.models.unfilled import numbers_as

Layers = tuple[tuple[Tensor, Tensor], ...]
"""Keys and values (R, heads, N, width) of every layer."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """One scene as one modality perceives it, after the language model.

    Attributes:
        layers: keys and values of everything before the words.
        states_KD: of the candidates.
        next_position: of the first word.
    """

    layers: Layers
    states_KD: Tensor
    next_position: int

    @property
    def num_tokens(self) -> int:
        """Tokens before the first word."""
        return int(self.layers[0][0].shape[-2])


class FrameVLM(nn.Module):
    """Backbone, scene tokens and ground head.

    Args:
        config: its sizes.
        backbone_dtype: of the backbone's weights; None is float32. Our own small layers are exact.
    """

    def __init__(
        self, config: FrameVLMConfig, *, backbone_dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        self.config = config
        with numbers_as(backbone_dtype):
            self.backbone = build_backbone(config.backbone, image_size=config.image_size)
        width = self.backbone.width
        self.tokenizer = SceneTokenizer(
            width,
            num_levels=self.backbone.num_levels,
            positions=position_encoding(config.positions, width, octaves=config.position_octaves),
        )
        self.ground_head = CosineHead(width, config.temperature)
        # Appended by us and never sampled, so it needs no place in the vocabulary.
        self.ground = nn.Parameter(torch.randn(width) * 0.02)

    @property
    def width(self) -> int:
        """D, the width of a token."""
        return self.backbone.width

    @property
    def pooled_grid(self) -> tuple[int, int]:
        """(h, w) tokens of a frame in the language model."""
        height, width = (-(-side // self.config.pool) for side in self.backbone.grid)
        return height, width

    def prefix(self, scene: SceneTokens, senses: Senses) -> Prefix:
        """Read a scene once for all sentences; frames with no mask, so that attention is fast."""
        frames, injected = self.tokenizer.frames(scene, senses)
        candidates = self.tokenizer.candidates(scene, senses)
        positions, at, next_position = self._positions(len(scene.frames_FPLD), len(candidates))
        positions, at = positions.to(frames.device), at.to(frames.device)
        dtype = self._dtype
        cache = self.backbone.new_cache()
        self.backbone(
            frames[None].to(dtype), positions, injected_RNLD=injected[None].to(dtype), cache=cache
        )
        # The candidates see all frames and each other: nothing is masked.
        free = frames.new_zeros(1, 1, len(candidates), len(frames) + len(candidates), dtype=dtype)
        states = self.backbone(candidates[None].to(dtype), at, mask=free, cache=cache)
        return Prefix(_layers(cache), states[0, :-1], next_position)

    def scores(self, prefix: Prefix, token_ids_RW: Tensor, length_R: Tensor) -> Tensor:
        """(R, K) log-probabilities of the candidates.

        Args:
            prefix: of the sentences' scene.
            token_ids_RW: padded at the end.
            length_R: words of each sentence; `<ground>` follows the last.
        """
        ground_RD = self.ground_states(prefix, token_ids_RW, length_R)
        scores: Tensor = self.ground_head(prefix.states_KD.float(), ground_RD)
        return scores.log_softmax(-1)

    def ground_states(self, prefix: Prefix, token_ids_RW: Tensor, length_R: Tensor) -> Tensor:
        """(R, D) float32 states at `<ground>`, which candidates are scored against.

        Args:
            prefix: of the sentences' scene.
            token_ids_RW: padded at the end.
            length_R: words of each sentence; `<ground>` follows the last.
        """
        words = self._words(token_ids_RW, length_R)
        states = torch.cat([self._packed(prefix, part) for part in words.split(MAX_PACKED)])
        rows = torch.arange(len(words), device=words.device)
        return states[rows, length_R].float()

    def scores_at_once(
        self, scene: SceneTokens, senses: Senses, token_ids_RW: Tensor, length_R: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As `prefix` and `scores` in one pass without a cache, for training.

        The sentences lie behind each other in one row, blind to each other, so that the scene is
        read once for all of them.

        Returns:
            (R, K) log-probabilities, and (K, D) states of the candidates.
        """
        states_KD, states_RWD = self._at_once(scene, senses, self._words(token_ids_RW, length_R))
        rows = torch.arange(len(states_RWD), device=states_RWD.device)
        ground_RD = states_RWD[rows, length_R].float()
        return self.ground_head(states_KD, ground_RD).log_softmax(-1), states_KD

    def answers_at_once(
        self, scene: SceneTokens, senses: Senses, token_ids_RW: Tensor, is_answer_RW: Tensor
    ) -> Tensor:
        """How likely given answers are, in one pass, for training.

        Args:
            scene: that is asked about.
            senses: what is perceived of it.
            token_ids_RW: questions, each with its answer behind it, padded at the end.
            is_answer_RW: bool, the tokens of the answers; never the first.

        Returns:
            (R, W) natural log-probability of each token of an answer, given all before it; 0
            elsewhere.
        """
        words = self.backbone.embed(token_ids_RW).to(self._dtype)
        _, states_RWD = self._at_once(scene, senses, words)
        wanted = is_answer_RW[:, 1:]
        spread = self.backbone.logits(states_RWD[:, :-1][wanted]).float().log_softmax(-1)
        found = spread.gather(-1, token_ids_RW[:, 1:][wanted][:, None])[:, 0]
        return found.new_zeros(token_ids_RW.shape).masked_scatter(is_answer_RW, found)

    def _at_once(self, scene: SceneTokens, senses: Senses, words: Tensor) -> tuple[Tensor, Tensor]:
        """States (K, D) of the candidates and (R, W, D) of words, in one pass without a cache."""
        frames, injected = self.tokenizer.frames(scene, senses)
        candidates = self.tokenizer.candidates(scene, senses)
        num_rows, num_words = words.shape[:2]
        positions, at, first = self._positions(len(scene.frames_FPLD), len(candidates))
        spoken = (first + torch.arange(num_words)).repeat(num_rows)
        before = torch.cat([frames, candidates]).to(words.dtype)
        num_before = len(before)
        mask = causal(num_before + num_rows * num_words, words)
        mask[..., len(frames) : num_before, len(frames) : num_before] = 0
        mask[..., num_before:, num_before:] = apart(num_rows, num_words, words)
        injected = nn.functional.pad(injected, (0, 0, 0, 0, 0, len(candidates) + len(spoken)))
        states = self.backbone(
            torch.cat([before, words.flatten(0, 1)])[None],
            torch.cat([positions, at, spoken.expand(self.backbone.num_axes, -1)], dim=1).to(
                words.device
            ),
            mask=mask,
            injected_RNLD=injected.to(words.dtype)[None],
        )[0]
        spoken_RWD = states[num_before:].unflatten(0, (num_rows, num_words))
        return states[len(frames) : num_before - 1].float(), spoken_RWD

    def forward(self, scenes: Sights, sentences: SentenceTensors) -> Scores:
        """Score every candidate of every sentence's scene, for training and for whole splits.

        Args:
            scenes: asked for one by one, those of a room after each other.
            sentences: the last word of each, `<ground>`, is put there by the network.
        """
        return Scores(scored(self, scenes, sentences, self._about), None, None, None)

    def _about(self, scene: SceneTokens, senses: Senses, asked: SentenceTensors) -> Tensor:
        """(R, K) of some sentences about one scene."""
        words, length = asked.token_ids_RW[:, :-1], asked.ground_R
        return self.scores_at_once(scene, senses, words, length)[0]

    def features(self, sight: Sight) -> Tensor:
        """(F, h, w, L, D) of the frames of a sight."""
        if sight.is_pixels:
            return self.backbone.frame_features(sight.seen)
        return self.backbone.projected(sight.seen.to(self._dtype))

    def tokens(self, sight: Sight, features_FyxLD: Tensor) -> SceneTokens:
        """What enters the language model, of a sight and the features of its frames."""
        looks_KD = pooled_looks(features_FyxLD.float(), sight.shares_KFyx.float())
        if sight.looks_from_K is not None:
            looks_KD = looks_KD[sight.looks_from_K]
            features_FyxLD = exchanged_frames(features_FyxLD, sight.shares_KFyx, sight.looks_from_K)
        return SceneTokens(
            frames_FPLD=pooled_frames(features_FyxLD, self.pooled_grid).float(),
            points_m_FP3=sight.points_m_FP3,
            measured_FP=sight.measured_FP,
            looks_KD=looks_KD,
            seen_K=sight.seen_K,
            centers_m_K3=sight.centers_m_K3,
            sizes_m_K3=sight.sizes_m_K3,
            room_half_m_3=sight.room_half_m_3,
        )

    def answer(
        self, prefix: Prefix, token_ids_W: Tensor, *, max_tokens: int
    ) -> tuple[list[int], list[float]]:
        """The most likely next words, one by one, and their natural log-probabilities.

        An end token ends the answer and is not in it.
        """
        return say(
            self.backbone,
            Heard(prefix.layers, prefix.next_position),
            token_ids_W.tolist(),
            max_tokens=max_tokens,
            end_token_ids=self.config.end_token_ids,
        )

    @property
    def _dtype(self) -> torch.dtype:
        return self.backbone.embedding.dtype

    def _positions(self, num_frames: int, num_candidates: int) -> tuple[Tensor, Tensor, int]:
        """Of the frames' tokens, of candidates and room, and of the first word."""
        of_frames, first = self.backbone.frame_positions(num_frames, self.pooled_grid)
        at = torch.full((self.backbone.num_axes, num_candidates), first)
        at[:, -1] += 1
        return of_frames, at, first + 2

    def _words(self, token_ids_RW: Tensor, length_R: Tensor) -> Tensor:
        """(R, W + 1, D) embedded words with `<ground>` after the last."""
        embedded = self.backbone.embed(nn.functional.pad(token_ids_RW, (0, 1)))
        places = torch.arange(embedded.shape[1], device=embedded.device)
        is_ground = (places == length_R[:, None])[..., None]
        return torch.where(is_ground, self.ground.to(embedded.dtype), embedded).to(self._dtype)

    def _cache(self, prefix: Prefix) -> Cache:
        """The prefix to be added to; the kept one is never written to."""
        cache = self.backbone.new_cache()
        for index, (keys, values) in enumerate(prefix.layers):
            cache.update(keys, values, index)
        return cache

    def _packed(self, prefix: Prefix, words_RWD: Tensor) -> Tensor:
        """States (R, W, D) of sentences that do not see each other.

        They lie in one row behind one prefix: a row each would copy the prefix as often.
        """
        num_rows, num_words = words_RWD.shape[:2]
        mask = apart(num_rows, num_words, words_RWD)
        states = self._read(
            prefix,
            words_RWD.flatten(0, 1)[None],
            self._cache(prefix),
            places=torch.arange(num_words, device=words_RWD.device).repeat(num_rows),
            mask=mask,
        )
        unpacked: Tensor = states[0].unflatten(0, (num_rows, num_words))
        return unpacked

    def _read(
        self, prefix: Prefix, words_1ND: Tensor, cache: Cache, *, places: Tensor, mask: Tensor
    ) -> Tensor:
        """Hidden states (1, N, D) of words at places counted from the prefix; (N, N) masked."""
        before = cache.get_seq_length()
        states: Tensor = self.backbone(
            words_1ND,
            (prefix.next_position + places).expand(self.backbone.num_axes, -1),
            mask=nn.functional.pad(mask, (before, 0))[None, None],
            cache=cache,
        )
        return states


def _layers(cache: Cache) -> Layers:
    layers = cast("list[DynamicLayer]", cache.layers)
    return tuple((cast("Tensor", layer.keys), cast("Tensor", layer.values)) for layer in layers)
