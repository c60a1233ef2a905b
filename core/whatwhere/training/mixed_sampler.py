"""Batches of two samplers in turn by chance: the usual ones, and a hard set's or its twins'."""

from typing import Any

import numpy as np

from whatwhere.errors import ConfigError
from whatwhere.training.batches import Batch
from whatwhere.training.config import TrainConfig
from whatwhere.training.datasets import DataSet, to_practise_on_twins
from whatwhere.training.loop import Sampler
from whatwhere.training.trainee import Trainee

_HARD, _TWINS = 5, 6
"""What the draws of a step are told apart by."""


class MixedSampler:
    """A whole step is of one of the two, so that each keeps its own scenes at hand.

    Args:
        usual: most often asked.
        hard: asked for `share` of the steps.
        share: 0..1.
        seed: which steps these are; the same for every rank and after every resume.
        salt: mixtures within each other draw apart.
    """

    def __init__(
        self, usual: Sampler, hard: Sampler, share: float, seed: int, *, salt: int = _HARD
    ) -> None:
        self.usual, self.hard = usual, hard
        self._share, self._seed, self._salt = share, seed, salt

    def is_hard(self, step: int) -> bool:
        """Whether a step is of the hard set."""
        generator = np.random.default_rng([self._seed, step, self._salt])
        return bool(generator.random() < self._share)

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


def practice(trainee: Trainee[Any], hard: DataSet, config: TrainConfig) -> Sampler | None:
    """What draws the batches of a hard set, some of them in twins.

    In a twin, look-alikes have exchanged looks while a sentence about places keeps its target.
    Where the hard set holds no scans of twins, the looks are exchanged in what the tower saw.
    """
    samples = trainee.samples(hard)
    plain = trainee.sampler(samples)
    if plain is None or not config.hard_twins:
        return plain
    scans = to_practise_on_twins(hard)
    if scans is None:
        twins = trainee.sampler(samples, exchanged=True)
    else:
        twins = trainee.sampler(trainee.samples(scans))
    if twins is None:
        return plain
    return MixedSampler(plain, twins, config.hard_twins, config.seed, salt=_TWINS)
