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
from whatwhere.models.frame_vlm.config import FrameVLMConfig
from whatwhere.models.frame_vlm.ground_head import CosineHead
from whatwhere.models.frame_vlm.positions import position_encoding
from whatwhere.models.frame_vlm.tokens import SceneTokenizer, SceneTokens
from whatwhere.models.spatial_vlm.modality import Senses

Layers = tuple[tuple[Tensor, Tensor], ...]
"""Keys and values (R, heads, N, width) of every layer."""

_MAX_PACKED = 32
"""Sentences in one pass; what they see of each other grows with the square."""


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
    """Backbone, scene tokens and ground head."""

    def __init__(self, config: FrameVLMConfig) -> None:
        super().__init__()
        self.config = config
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
        words = self._words(token_ids_RW, length_R)
        states = torch.cat([self._packed(prefix, part) for part in words.split(_MAX_PACKED)])
        rows = torch.arange(len(words), device=words.device)
        ground_RD = states[rows, length_R].float()
        scores: Tensor = self.ground_head(prefix.states_KD.float(), ground_RD)
        return scores.log_softmax(-1)

    def scores_at_once(
        self, scene: SceneTokens, senses: Senses, token_ids_RW: Tensor, length_R: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As `prefix` and `scores` in one pass without a cache, for training.

        Returns:
            (R, K) log-probabilities, and (K, D) states of the candidates.
        """
        frames, injected = self.tokenizer.frames(scene, senses)
        candidates = self.tokenizer.candidates(scene, senses)
        words = self._words(token_ids_RW, length_R)
        num_rows, num_words = words.shape[:2]
        positions, at, first = self._positions(len(scene.frames_FPLD), len(candidates))
        spoken = first + torch.arange(num_words).expand(self.backbone.num_axes, -1)
        before = torch.cat([frames, candidates]).to(words.dtype).expand(num_rows, -1, -1)
        num_before = before.shape[1]
        mask = _causal(num_before + num_words, words)
        mask[..., len(frames) : num_before, len(frames) : num_before] = 0
        injected = nn.functional.pad(injected, (0, 0, 0, 0, 0, len(candidates) + num_words))
        states = self.backbone(
            torch.cat([before, words], dim=1),
            torch.cat([positions, at, spoken], dim=1).to(words.device),
            mask=mask,
            injected_RNLD=injected.to(words.dtype).expand(num_rows, -1, -1, -1),
        )
        states_KD = states[:, len(frames) : num_before - 1].float()
        rows = torch.arange(num_rows, device=words.device)
        ground_RD = states[rows, num_before + length_R].float()
        return self.ground_head(states_KD, ground_RD).log_softmax(-1), states_KD[0]

    def answer(
        self, prefix: Prefix, token_ids_W: Tensor, *, max_tokens: int
    ) -> tuple[list[int], list[float]]:
        """The most likely next words, one by one, and their natural log-probabilities.

        An end token ends the answer and is not in it.
        """
        words = self.backbone.embed(token_ids_W[None]).to(self._dtype)
        cache = self._cache(prefix)
        chosen: list[int] = []
        log_probs: list[float] = []
        while len(chosen) < max_tokens:
            past = cache.get_seq_length() - prefix.num_tokens
            places = torch.arange(past, past + words.shape[1], device=words.device)
            mask = _causal(words.shape[1], words)[0, 0]
            states = self._read(prefix, words, cache, places=places, mask=mask)
            spread = self.backbone.logits(states[0, -1]).float().log_softmax(-1)
            best = int(spread.argmax())
            if best in self.config.end_token_ids:
                break
            chosen.append(best)
            log_probs.append(float(spread[best]))
            following = torch.tensor([[best]], device=words.device)
            words = self.backbone.embed(following).to(self._dtype)
        return chosen, log_probs

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
        blocked = _causal(num_words, words_RWD)[0, 0]
        mask = torch.full_like(blocked, torch.finfo(blocked.dtype).min).repeat(num_rows, num_rows)
        for row in range(num_rows):
            own = slice(row * num_words, (row + 1) * num_words)
            mask[own, own] = blocked
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


def _causal(count: int, like: Tensor) -> Tensor:
    """(1, 1, n, n), zero where a token may look."""
    blocked = torch.full(
        (count, count), torch.finfo(like.dtype).min, dtype=like.dtype, device=like.device
    )
    return blocked.triu(1)[None, None]


def _layers(cache: Cache) -> Layers:
    layers = cast("list[DynamicLayer]", cache.layers)
    return tuple((cast("Tensor", layer.keys), cast("Tensor", layer.values)) for layer in layers)
