"""What a run needs of the kind of model that it trains; everything else is the same for all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from whatwhere.training.choices import Choose
from whatwhere.training.datasets import DataSet
from whatwhere.training.loop import Lessons, Sampler
from whatwhere.training.losses import Learner
from whatwhere.training.samples import Samples
from whatwhere.training.twins import TwinSamples

Drawable = TypeVar("Drawable", bound=Samples)


class Trainee(Protocol[Drawable]):
    """A network, and how scenes and sentences become what it is trained and asked on."""

    @property
    def kind(self) -> str:
        """As config.json and the card name it."""

    @property
    def network(self) -> Learner:
        """Trained in place."""

    @property
    def num_attributes(self) -> tuple[int, int]:
        """Numbers of classes and of colours that are told apart."""

    def samples(self, dataset: DataSet) -> Drawable:
        """A whole split, to be trained or reported on."""

    def watched(self, dataset: DataSet) -> Drawable:
        """A split as the run looks at it again and again."""

    def twins(self, dataset: DataSet, kind: str) -> TwinSamples | None:
        """The split's twins of one kind beside their placebos; None where there are none."""

    def sampler(self, samples: Drawable, *, exchanged: bool = False) -> Sampler | None:
        """What draws the batches; None for a network that chooses among no candidates.

        Args:
            samples: to draw from.
            exchanged: every sentence about places sees look-alikes with exchanged looks, whatever
                the configuration says.
        """

    def lessons(self, samples: Drawable) -> Lessons | None:
        """What is learned in words about the same scenes; None without."""

    @property
    def choose(self) -> Choose:
        """What its network chooses in a split."""

    def texts(self, *, trained_on: Mapping[str, str]) -> dict[str, str]:
        """File name -> content of what a model folder holds beside its weights."""

    def write(self, folder: Path, *, trained_on: Mapping[str, str]) -> None:
        """Everything `load_grounder` needs."""
