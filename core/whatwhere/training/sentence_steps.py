"""Teaching a network sentence by sentence, where its kind has no batches of its own."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import nn

from whatwhere.training.losses import Losses

LossesOf = Callable[[int, bool], Losses]
"""Of a sample by its number; True where the hinge is against shuffled geometry, not none."""


def sentence_steps(
    taught: Sequence[nn.Parameter],
    num_samples: int,
    losses_of: LossesOf,
    *,
    steps: int,
    learning_rate: float,
) -> Iterator[Losses]:
    """Steps of AdamW, one sentence each, in turn; every other round is against shuffled geometry.

    Whoever iterates may stop at any time; what is not in `taught` stays as it is.
    """
    optimizer = torch.optim.AdamW(taught, lr=learning_rate)
    for step in range(steps):
        turn, number = divmod(step, num_samples)
        losses = losses_of(number, turn % 2 == 1)
        optimizer.zero_grad()
        losses.total.backward()
        torch.nn.utils.clip_grad_norm_(taught, 1.0)
        optimizer.step()
        yield losses
