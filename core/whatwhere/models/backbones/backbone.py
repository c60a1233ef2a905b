"""What a grounder needs of a vision-language model, whatever its family.

Shapes: R rows of a batch, N tokens, F frames, h x w tokens per frame, D width, L levels (the
tokens that enter the language model, then those that are added after its first layers), A axes of
a position (1, or time, row and column).
"""

from abc import ABC, abstractmethod
from typing import cast

import torch
from torch import Tensor, nn
from transformers import Cache, DynamicCache, PreTrainedModel


class Backbone(nn.Module, ABC):
    """Frames to tokens, and tokens to hidden states and words.

    Attributes:
        image_size: (height, width) that frames are resized to, pixels.
        width: D.
        num_levels: L; above 1 for models that inject image features past their input.
        num_axes: A.
        grid: (h, w) tokens of one frame.
    """

    image_size: tuple[int, int]
    width: int
    num_levels: int = 1
    num_axes: int = 1
    grid: tuple[int, int]

    @property
    @abstractmethod
    def trunk(self) -> PreTrainedModel:
        """The language model without its head."""

    @property
    @abstractmethod
    def head(self) -> nn.Module:
        """Hidden states to logits over the vocabulary."""

    @abstractmethod
    def seen(self, images_FHWC: Tensor) -> Tensor:
        """(F, H, W, 3) uint8 RGB of `image_size` -> (F, h, w, L, C): what can be kept of frames.

        That is all that is not `projected`, the part that most often learns.
        """

    def projected(self, seen_FyxLC: Tensor) -> Tensor:
        """(F, h, w, L, C) that was `seen` -> (F, h, w, L, D)."""
        return seen_FyxLC

    def frame_features(self, images_FHWC: Tensor) -> Tensor:
        """(F, H, W, 3) uint8 RGB of `image_size` -> (F, h, w, L, D)."""
        return self.projected(self.seen(images_FHWC))

    @property
    @abstractmethod
    def vision(self) -> tuple[nn.Module, ...]:
        """The modules that turn pixels into features; `projectors` may lie inside."""

    @property
    @abstractmethod
    def projectors(self) -> tuple[nn.Module, ...]:
        """The modules that turn features into tokens of the language model."""

    @property
    def keeps_projected(self) -> bool:
        """Whether what is `seen` went through the projectors, which then cannot learn from it."""
        return False

    @property
    def embedding(self) -> Tensor:
        """(V, D), a row per token of the vocabulary."""
        return cast("Tensor", self.trunk.get_input_embeddings().weight)

    def embed(self, token_ids: Tensor) -> Tensor:
        """(...) token ids -> (..., D)."""
        embedded: Tensor = self.trunk.get_input_embeddings()(token_ids)
        return embedded

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., D) hidden states -> (..., V)."""
        scores: Tensor = self.head(hidden)
        return scores

    def forward(
        self,
        tokens_RND: Tensor,
        positions_AN: Tensor,
        *,
        mask: Tensor | None = None,
        injected_RNLD: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """Hidden states (R, N, D).

        Args:
            tokens_RND: embeddings; those of earlier tokens are in the cache.
            positions_AN: the same for all rows.
            mask: (R or 1, 1, N, earlier + N) added to the attention's logits; None is causal, and
                is for an empty cache only.
            injected_RNLD: L - 1 levels, added after the first layers; zero where a token is no
                frame's.
            cache: of earlier tokens; these are added to it.
        """
        positions = positions_AN[:, None].expand(-1, len(tokens_RND), -1)
        output = self.trunk(
            inputs_embeds=tokens_RND,
            attention_mask=mask,
            position_ids=positions[0] if self.num_axes == 1 else positions,
            past_key_values=cache,
            use_cache=cache is not None,
            **self._injection(injected_RNLD),
        )
        hidden: Tensor = output.last_hidden_state
        return hidden

    def _injection(self, injected_RNLD: Tensor | None) -> dict[str, object]:
        """Arguments of the trunk that carry what is injected."""
        return {}

    def new_cache(self) -> Cache:
        """An empty cache of keys and values, the same kind for every layer."""
        return DynamicCache()

    def frame_positions(self, num_frames: int, grid: tuple[int, int]) -> tuple[Tensor, int]:
        """Positions of h x w tokens and a newline per frame, and the first one that is free.

        Returns:
            (A, F * (h * w + 1)) and a number.
        """
        if self.num_axes == 1:
            count = num_frames * (grid[0] * grid[1] + 1)
            return torch.arange(count)[None], count
        # As these models number images: a frame takes as many positions as its longer side.
        height, width = grid
        rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        within = torch.stack([torch.zeros_like(rows), rows, columns]).flatten(1)
        newline = torch.full((self.num_axes, 1), max(grid))
        frame = torch.cat([within, newline], dim=1)
        step = max(grid) + 1
        frames = [frame + number * step for number in range(num_frames)]
        return torch.cat(frames, dim=1), num_frames * step
