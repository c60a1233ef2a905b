"""Batches of two samplers in turn by chance: the usual ones, and those of a hard set."""

import numpy as np

from whatwhere.errors import ConfigError
from whatwhere.training.batches import Batch
from whatwhere.training.config import TrainConfig
from whatwhere.training.loop import Sampler


class MixedSampler:
    """A whole step is of one of the two, so that each keeps its own scenes at hand.

    Args:
        usual: most often asked.
        hard: asked for `share` of the steps.
        share: 0..1.
        seed: which steps these are; the same for every rank and after every resume.
    """

    def __init__(self, usual: Sampler, hard: Sampler, share: float, seed: int) -> None:
        self.usual, self.hard = usual, hard
        self._share, self._seed = share, seed

    def is_hard(self, step: int) -> bool:
        """Whether a step is of the hard set."""
        return bool(np.random.default_rng([self._seed, step, 5]).random() < self._share)

    def batch(self, step: int) -> Batch:
        """See `loop.Sampler`."""
        return (self.hard if self.is_hard(step) else self.usual).batch(step)


def mixed(usual: Sampler | None, hard: Sampler | None, config: TrainConfig) -> Sampler:
    """The sampler of a run with a hard set.

    Raises:
        ConfigError: the model learns its sentences one by one, and has no sampler.
    """
    if usual is None or hard is None:
        raise ConfigError(
            "a hard set is not known to models that say their boxes in words",
            remedy="Set hard_set to nothing, or train a model that chooses among candidates",
        )
    return MixedSampler(usual, hard, config.hard_share, config.seed)
