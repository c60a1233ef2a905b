"""Training a `spatial_vlm`: its tower learns first, then what it saw is all that is looked at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save_file

from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.models.registry import load_spatial_grounder
from whatwhere.models.spatial_vlm.config import KIND, SpatialVLMConfig
from whatwhere.models.spatial_vlm.model import SpatialVLM
from whatwhere.models.weights import read_weights
from whatwhere.models.words import Words
from whatwhere.training.choices import choose
from whatwhere.training.config import TrainConfig
from whatwhere.training.datasets import SIZE, DataSet, Report, labels_of
from whatwhere.training.features import Reader
from whatwhere.training.model_folder import model_texts, write_model
from whatwhere.training.sampler import BatchSampler, spatial_sampler
from whatwhere.training.samples import Samples
from whatwhere.training.tower_stage import TowerSchedule, train_tower
from whatwhere.training.twins import TwinSamples

TowerReport = Callable[[int, int, dict[str, float]], None]
"""Called with step, steps and losses."""


@dataclass(frozen=True, slots=True)
class SpatialTrainee:
    """See `Trainee`."""

    network: SpatialVLM
    words: Words
    reader: Reader
    config: TrainConfig
    kind: str = KIND

    choose = staticmethod(choose)

    @property
    def num_attributes(self) -> tuple[int, int]:
        """See `Trainee.num_attributes`."""
        return len(self.reader.classes), len(self.reader.colours)

    def teach_tower(self, dataset: DataSet, kept: Path, report: TowerReport) -> None:
        """Teach the tower, unless an earlier start of this run did.

        Args:
            dataset: to learn from.
            kept: folder of the taught tower's weights; made when it is done.
            report: told how far it is.
        """
        tower, config = self.network.tower, self.config
        if (kept / "model.safetensors").exists():
            tower.load_state_dict(read_weights(kept))
            return
        schedule = TowerSchedule(
            config.tower_epochs, config.tower_rooms_per_step, config.tower_lr, config.seed
        )
        rooms = list(self.reader.counted(self.reader.rooms(dataset), "reading"))
        train_tower(
            tower,
            rooms,
            classes=self.reader.classes,
            colours=self.reader.colours,
            schedule=schedule,
            report=report,
        )
        partial = kept.with_name(f"{kept.name}.tmp")
        partial.mkdir(exist_ok=True)
        save_file(tower.state_dict(), partial / "model.safetensors")
        partial.rename(kept)

    def samples(self, dataset: DataSet) -> Samples:
        """See `Trainee.samples`."""
        return self.reader.samples(dataset)

    def watched(self, dataset: DataSet) -> Samples:
        """See `Trainee.watched`."""
        return self.reader.samples(dataset)

    def twins(self, dataset: DataSet, kind: str) -> TwinSamples | None:
        """See `Trainee.twins`."""
        return self.reader.twins(dataset, kind)

    def sampler(self, samples: Samples, *, exchanged: bool = False) -> BatchSampler:
        """See `Trainee.sampler`."""
        config = self.config.with_exchanged_looks() if exchanged else self.config
        return spatial_sampler(samples, config, self.words)

    def lessons(self, samples: Samples) -> None:
        """See `Trainee.lessons`; it does not speak."""

    def texts(self, *, trained_on: Mapping[str, str]) -> dict[str, str]:
        """See `Trainee.texts`."""
        return model_texts(self.network, self.words, trained_on=dict(trained_on))

    def write(self, folder: Path, *, trained_on: Mapping[str, str]) -> None:
        """See `Trainee.write`."""
        write_model(folder, self.network, self.words, trained_on=dict(trained_on))


def spatial_trainee(
    config: TrainConfig, dataset: DataSet, *, workers: int, report: Report
) -> SpatialTrainee:
    """The model that a configuration starts from, or a new one with the words of a data set."""
    network, words = _network(config, dataset)
    classes = dataset.classes or labels_of(dataset)
    reader = Reader(network.tower, words, classes, dataset.colours, workers, report)
    return SpatialTrainee(network, words, reader, config)


def _network(config: TrainConfig, dataset: DataSet) -> tuple[SpatialVLM, Words]:
    if config.base:
        grounder = load_spatial_grounder(config.base, device="cpu")
        return grounder.network, grounder.words
    expressions = read_scanrefer(dataset.sentences).expressions
    words = Words.from_texts(item.text for item in expressions)
    network = SpatialVLM(
        SpatialVLMConfig(
            tower=config.tower,
            language_model={**config.language_model, "vocab_size": words.size},
            image_size=SIZE,
            max_frames=config.max_frames,
        )
    )
    return network, words
