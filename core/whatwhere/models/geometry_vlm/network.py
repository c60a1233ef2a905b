"""The network: frames and words in, words out.

The sequence is [label of frame 0, its tokens, an end | label of frame 1, ... | words], causal
throughout. A token is the appearance of a patch plus its geometry; a modality exchanges either
summand for a learned vector through `torch.lerp`, which returns its ends exactly. What comes
before the words is kept per scene and modality as keys and values.

Shapes: F frames, P tokens per frame, L levels, D width, W words, A words of an answer, N tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from transformers import Cache
from transformers.cache_utils import DynamicLayer

from whatwhere.models.backbones.building import build_backbone
from whatwhere.models.geometry_vlm.config import GeometryVLMConfig
from whatwhere.models.geometry_vlm.geometry_encoders import geometry_encoder
from whatwhere.models.spatial_vlm.modality import Senses

TokenIds = Sequence[int]


@dataclass(frozen=True, slots=True)
class SceneFeatures:
    """One scene before the language model.

    Attributes:
        looks_FPLD: appearance, from the backbone's tower.
        geometry: what the geometry encoder prepared.
        order_N: for `shuffled`, (F * P,) the token whose geometry each token gets.
    """

    looks_FPLD: Tensor
    geometry: Tensor
    order_N: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """One scene as one modality perceives it, after the language model.

    Attributes:
        layers: keys and values (1, heads, N, width) of every layer.
        next_position: of the first word.
    """

    layers: tuple[tuple[Tensor, Tensor], ...]
    next_position: int


class GeometryVLM(nn.Module):
    """Backbone, geometry encoder, and what joins them."""

    def __init__(self, config: GeometryVLMConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = build_backbone(config.backbone, image_size=config.image_size)
        width = self.backbone.width
        self.geometry = geometry_encoder(
            config.geometry, image_size=config.image_size, grid=self.backbone.grid
        )
        # Zero at first, so that what a pretrained model knows is not upset.
        last = nn.Linear(width, width)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        channels = self.geometry.num_channels
        self.merger = nn.Sequential(
            nn.LayerNorm(channels), nn.Linear(channels, width), nn.GELU(), last
        )
        self.frame_end = nn.Parameter(torch.randn(width) * 0.02)
        self.absent_looks = nn.Parameter(torch.zeros(self.backbone.num_levels, width))
        self.absent_geometry = nn.Parameter(torch.zeros(width))

    def prefix(self, scene: SceneFeatures, senses: Senses, labels: Sequence[TokenIds]) -> Prefix:
        """Read a scene once for all sentences; `labels` holds the words before each frame."""
        tokens, injected, positions, following = self._scene(scene, senses, labels)
        cache = self.backbone.new_cache()
        self.backbone(tokens, positions, injected_RNLD=injected, cache=cache)
        layers = cast("list[DynamicLayer]", cache.layers)
        kept = tuple((cast("Tensor", layer.keys), cast("Tensor", layer.values)) for layer in layers)
        return Prefix(kept, following)

    def say(
        self, prefix: Prefix, token_ids: TokenIds, *, max_tokens: int
    ) -> tuple[list[int], list[float]]:
        """The most likely words after a prompt, and their natural log-probabilities.

        An end token ends them and is not among them.
        """
        cache = self._kept(prefix)
        said: list[int] = []
        log_probs: list[float] = []
        following, position = list(token_ids), prefix.next_position
        while len(said) < max_tokens:
            words = self._embedded(following)[None]
            states = self.backbone(
                words,
                self._line(position, len(following)).to(words.device),
                mask=_causal(len(following), cache.get_seq_length(), like=words),
                cache=cache,
            )
            spread = self.backbone.logits(states[0, -1]).float().log_softmax(-1)
            best = int(spread.argmax())
            if best in self.config.end_token_ids:
                break
            said.append(best)
            log_probs.append(float(spread[best]))
            position += len(following)
            following = [best]
        return said, log_probs

    def text_log_probs(
        self,
        scene: SceneFeatures,
        senses: Senses,
        labels: Sequence[TokenIds],
        prompt_ids: TokenIds,
        answer_ids: TokenIds,
    ) -> Tensor:
        """(A,) natural log-probability of each word of an answer given all before it.

        One pass without a cache, for training.
        """
        tokens, injected, positions, following = self._scene(scene, senses, labels)
        words = self._embedded([*prompt_ids, *answer_ids])[None]
        spoken = self._line(following, words.shape[1]).to(positions.device)
        states = self.backbone(
            torch.cat([tokens, words], dim=1),
            torch.cat([positions, spoken], dim=1),
            injected_RNLD=nn.functional.pad(injected, (0, 0, 0, 0, 0, words.shape[1])),
        )
        before = states[0, -len(answer_ids) - 1 : -1]
        log_probs = self.backbone.logits(before).float().log_softmax(-1)
        targets = torch.tensor(list(answer_ids), device=log_probs.device)
        return log_probs.gather(1, targets[:, None])[:, 0]

    def _scene(
        self, scene: SceneFeatures, senses: Senses, labels: Sequence[TokenIds]
    ) -> tuple[Tensor, Tensor, Tensor, int]:
        """Tokens (1, N, D), injected (1, N, L - 1, D), positions (axes, N) and the next one."""
        looks, geometry = self._summands(scene, senses)
        dtype = self.backbone.embedding.dtype
        injected_FPLD = looks[:, :, 1:].to(dtype)
        tokens_FPD = (looks[:, :, 0] + geometry).to(dtype)
        tokens, injected, places, position = [], [], [], 0
        for frame, label in enumerate(labels):
            words = self._embedded(label)
            end = self.frame_end[None].to(dtype)
            tokens += [words, tokens_FPD[frame], end]
            injected.append(nn.functional.pad(injected_FPLD[frame], (0, 0, 0, 0, len(label), 1)))
            places.append(self._line(position, len(label)))
            of_frame, count = self.backbone.frame_positions(1, self.backbone.grid)
            places.append(of_frame + position + len(label))
            position += len(label) + count
        positions = torch.cat(places, dim=1).to(tokens_FPD.device)
        return torch.cat(tokens)[None], torch.cat(injected)[None], positions, position

    def _summands(self, scene: SceneFeatures, senses: Senses) -> tuple[Tensor, Tensor]:
        """(F, P, L, D) appearance and (F, P, D) geometry, each as the modality perceives it."""
        looks = scene.looks_FPLD
        absent = self.absent_looks.expand_as(looks).to(looks.dtype)
        perceived = torch.lerp(absent, looks, senses.appearance)
        geometry = self.merger(self.geometry(scene.geometry))
        if scene.order_N is not None:
            geometry = geometry.flatten(0, 1)[scene.order_N].view_as(geometry)
        nowhere = self.absent_geometry.expand_as(geometry)
        return perceived, torch.lerp(nowhere, geometry, senses.geometry)

    def _embedded(self, token_ids: TokenIds) -> Tensor:
        """(W, D)."""
        device = self.frame_end.device
        return self.backbone.embed(torch.tensor(list(token_ids), dtype=torch.long, device=device))

    def _line(self, first: int, count: int) -> Tensor:
        """(axes, count) positions of words."""
        return torch.arange(first, first + count).expand(self.backbone.num_axes, -1)

    def _kept(self, prefix: Prefix) -> Cache:
        """The prefix to be added to; the kept one is never written to."""
        cache = self.backbone.new_cache()
        for index, (keys, values) in enumerate(prefix.layers):
            cache.update(keys, values, index)
        return cache


def _causal(count: int, before: int, *, like: Tensor) -> Tensor:
    """(1, 1, n, before + n), zero where a token may look."""
    lowest = torch.finfo(like.dtype).min
    blocked = torch.full((count, before + count), lowest, dtype=like.dtype, device=like.device)
    return blocked.triu(before + 1)[None, None]
