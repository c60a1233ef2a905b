"""The network: frames and words in, words out.

The sequence is [label of frame 0, its tokens, an end | label of frame 1, ... | words], causal
throughout. A token is the appearance of a patch plus its geometry; a modality exchanges either
summand for a learned vector through `torch.lerp`, which returns its ends exactly. What comes
before the words is kept per scene and modality as keys and values.

Shapes: F frames, P tokens per frame, L levels, D width, W words, A words of an answer, N tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from whatwhere.models.backbones.building import build_backbone
from whatwhere.models.backbones.speaking import Heard, embedded, heard, line, say
from whatwhere.models.geometry_vlm.config import GeometryVLMConfig
from whatwhere.models.geometry_vlm.geometry_encoders import geometry_encoder
from whatwhere.models.grounder import Modality
from whatwhere.models.spatial_vlm.modality import Senses
from whatwhere.models.unfilled import numbers_as

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

    def to(self, device: torch.device | str) -> Self:
        """The same on a device."""
        order_N = None if self.order_N is None else self.order_N.to(device)
        return type(self)(self.looks_FPLD.to(device), self.geometry.to(device), order_N)


class GeometryVLM(nn.Module):
    """Backbone, geometry encoder, and what joins them.

    Args:
        config: its sizes.
        backbone_dtype: of the backbone's weights; None is float32. Our own small layers are exact.
    """

    def __init__(
        self, config: GeometryVLMConfig, *, backbone_dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        self.config = config
        with numbers_as(backbone_dtype):
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

    @property
    def width(self) -> int:
        """D, the width of a token."""
        return self.backbone.width

    @property
    def lacking(self) -> tuple[Modality, ...]:
        """Modalities that the geometry encoder cannot serve.

        One that looks at the images knows colour, so nothing through it is "3d"; its features are
        no positions that could be dealt out either.
        """
        return ("3d", "shuffled") if self.geometry.reads_colour else ()

    def prefix(self, scene: SceneFeatures, senses: Senses, labels: Sequence[TokenIds]) -> Heard:
        """Read a scene once for all sentences; `labels` holds the words before each frame."""
        tokens, injected, positions, following = self._scene(scene, senses, labels)
        cache = self.backbone.new_cache()
        self.backbone(tokens, positions, injected_RNLD=injected, cache=cache)
        return heard(cache, following)

    def say(
        self, prefix: Heard, token_ids: TokenIds, *, max_tokens: int
    ) -> tuple[list[int], list[float]]:
        """The most likely words after a prompt, and their natural log-probabilities.

        An end token ends them and is not among them.
        """
        ends = self.config.end_token_ids
        return say(self.backbone, prefix, token_ids, max_tokens=max_tokens, end_token_ids=ends)

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
        words = embedded(self.backbone, [*prompt_ids, *answer_ids])[None]
        spoken = line(self.backbone, following, words.shape[1])
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
            words = embedded(self.backbone, label)
            end = self.frame_end[None].to(dtype)
            tokens += [words, tokens_FPD[frame], end]
            injected.append(nn.functional.pad(injected_FPLD[frame], (0, 0, 0, 0, len(label), 1)))
            places.append(line(self.backbone, position, len(label)))
            of_frame, count = self.backbone.frame_positions(1, self.backbone.grid)
            places.append(of_frame.to(words.device) + position + len(label))
            position += len(label) + count
        positions = torch.cat(places, dim=1)
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
