"""What training changes of a network, where most of it is frozen."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def learned_state(network: nn.Module) -> dict[str, Tensor]:
    """The adapters and all else with a gradient, by name."""
    return {name: p.detach() for name, p in network.named_parameters() if p.requires_grad}


def load_learned_state(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """The inverse of `learned_state`, on a network with the same frozen weights.

    Raises:
        ValueError: the names are not those that learn here.
    """
    own = {name: p for name, p in network.named_parameters() if p.requires_grad}
    if set(own) != set(tensors):
        differ = sorted(set(own) ^ set(tensors))
        raise ValueError(f"{len(differ)} of the tensors that learn differ, as {differ[0]}")
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(tensors[name])
