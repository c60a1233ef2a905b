"""Words after what a language model has read: its keys and values are kept and never written to.

Shapes: N tokens read, W words, D width, V words of the vocabulary.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from transformers import Cache
from transformers.cache_utils import DynamicLayer

from whatwhere.models.backbones.backbone import Backbone


@dataclass(frozen=True, slots=True)
class Heard:
    """What a language model has read.

    Attributes:
        layers: keys and values (1, heads, N, width) of every layer.
        next_position: of the first word.
    """

    layers: tuple[tuple[Tensor, Tensor], ...]
    next_position: int


def heard(cache: Cache, next_position: int) -> Heard:
    """What a cache holds."""
    layers = cast("list[DynamicLayer]", cache.layers)
    kept = tuple((cast("Tensor", layer.keys), cast("Tensor", layer.values)) for layer in layers)
    return Heard(kept, next_position)


def embedded(backbone: Backbone, token_ids: Sequence[int]) -> Tensor:
    """(W, D)."""
    ids = torch.tensor(list(token_ids), dtype=torch.long, device=backbone.embedding.device)
    return backbone.embed(ids)


def line(backbone: Backbone, first: int, count: int) -> Tensor:
    """(axes, count) positions of words."""
    places = torch.arange(first, first + count, device=backbone.embedding.device)
    return places.expand(backbone.num_axes, -1)


def states_of(backbone: Backbone, before: Heard, token_ids: Sequence[int]) -> Tensor:
    """(W, D) hidden states of words after what was heard."""
    return _listened(backbone, _reopened(backbone, before), before.next_position, token_ids)


def say(
    backbone: Backbone,
    before: Heard,
    token_ids: Sequence[int],
    *,
    max_tokens: int,
    end_token_ids: Collection[int],
) -> tuple[list[int], list[float]]:
    """The most likely words after a prompt, and their natural log-probabilities.

    An end token ends them and is not among them.
    """
    cache = _reopened(backbone, before)
    said: list[int] = []
    log_probs: list[float] = []
    following, position = list(token_ids), before.next_position
    while len(said) < max_tokens:
        states = _listened(backbone, cache, position, following)
        spread = backbone.logits(states[-1]).float().log_softmax(-1)
        best = int(spread.argmax())
        if best in end_token_ids:
            break
        said.append(best)
        log_probs.append(float(spread[best]))
        position += len(following)
        following = [best]
    return said, log_probs


def _listened(backbone: Backbone, cache: Cache, position: int, token_ids: Sequence[int]) -> Tensor:
    """(W, D) states of words, which the cache then holds too."""
    words = embedded(backbone, token_ids)[None]
    count, before = len(token_ids), cache.get_seq_length()
    lowest = torch.finfo(words.dtype).min
    blocked = torch.full((count, before + count), lowest, dtype=words.dtype, device=words.device)
    mask = blocked.triu(before + 1)[None, None]
    states: Tensor = backbone(words, line(backbone, position, count), mask=mask, cache=cache)
    return states[0]


def _reopened(backbone: Backbone, before: Heard) -> Cache:
    cache = backbone.new_cache()
    for index, (keys, values) in enumerate(before.layers):
        cache.update(keys, values, index)
    return cache
