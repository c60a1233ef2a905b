"""How the learning rate goes over a run."""

import math


def one_cycle(step: int, steps: int, *, warmup: int = 100, end: float = 0.02) -> float:
    """Linear warm-up, then cosine to `end`, as a factor of the learning rate."""
    warmup = min(warmup, steps // 5)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    done = (step - warmup) / max(1, steps - warmup)
    return end + (1 - end) * 0.5 * (1 + math.cos(math.pi * done))
