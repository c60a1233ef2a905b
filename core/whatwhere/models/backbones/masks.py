"""What a token may look at: zero where it may, the lowest number of the type where it may not."""

import torch
from torch import Tensor


def causal(count: int, like: Tensor) -> Tensor:
    """(1, 1, n, n) of the type and on the device of `like`; a token sees itself and before."""
    blocked = torch.full(
        (count, count), torch.finfo(like.dtype).min, dtype=like.dtype, device=like.device
    )
    return blocked.triu(1)[None, None]


def apart(num_rows: int, num_words: int, like: Tensor) -> Tensor:
    """(n, n) for rows of words behind each other: each is causal and sees no other."""
    blocked = causal(num_words, like)[0, 0]
    mask = torch.full_like(blocked, torch.finfo(blocked.dtype).min).repeat(num_rows, num_rows)
    for row in range(num_rows):
        own = slice(row * num_words, (row + 1) * num_words)
        mask[own, own] = blocked
    return mask
