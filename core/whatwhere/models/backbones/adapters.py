"""LoRA: small trained matrices beside the frozen ones of a language model, by peft.

Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", arXiv 2106.09685.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

import torch
from peft import LoraConfig, LoraModel
from peft.tuners.lora import Linear as AdaptedLayer
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from whatwhere.models.backbones.backbone import Backbone

_ADAPTER = "default"
_BASE = "base_layer."
_OWN = ("lora_A.", "lora_B.")
# Which expert a token goes to decides what is trained; an adapter there would train that instead.
_ROUTERS = ("gate", "router")


class Speaking(Protocol):
    """A network with a language model in it."""

    @property
    def backbone(self) -> Backbone:
        """Tower and language model."""

    def named_modules(self) -> Iterator[tuple[str, nn.Module]]:
        """Of torch."""

    def state_dict(self) -> Mapping[str, Tensor]:
        """Of torch."""


class Adapters:
    """Puts adapters beside every linear layer of a network's language model, and freezes the rest.

    Attention and feed-forward layers of every family are found by their kind, not by name. What
    lies outside the language model (projector, scene tokens, ground head) stays as trainable as it
    is, the vocabulary's embedding and head are frozen.

    Args:
        network: changed in place, until `merge`; its answers do not change.
        rank: of the trained matrices.
        alpha: their product is scaled by alpha / rank.
        dropout: share of what an adapter sees that is dropped in training.
    """

    def __init__(self, network: Speaking, *, rank: int, alpha: int, dropout: float = 0.0) -> None:
        self.network = network
        trunk = network.backbone.trunk
        self.layers = tuple(
            name
            for name, module in trunk.named_modules()
            if isinstance(module, nn.Linear | Conv1D) and name.rpartition(".")[2] not in _ROUTERS
        )
        network.backbone.head.requires_grad_(False)
        config = LoraConfig(
            r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=list(self.layers)
        )
        # It freezes what it finds and trains what it adds.
        self._tuner = LoraModel(trunk, config, _ADAPTER)

    def merged_state(self) -> dict[str, Tensor]:
        """The network's `state_dict` as it would be after `merge`; nothing is changed."""
        merged: dict[str, Tensor] = {}
        deltas = {
            f"{name}.{_BASE}weight": module
            for name, module in self.network.named_modules()
            if isinstance(module, AdaptedLayer)
        }
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if any(part in name for part in _OWN):
                    continue
                if name in deltas:
                    value = value + deltas[name].get_delta_weight(_ADAPTER).to(value.dtype)
                merged[name.replace(_BASE, "")] = value
        return merged

    def merge(self) -> None:
        """Add the adapters to the weights; the network is an ordinary one again."""
        self._tuner.merge_and_unload()
