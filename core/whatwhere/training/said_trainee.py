"""Training a `geometry_vlm`, which says its box in words: see `said_boxes` for what it learns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from whatwhere.errors import SceneError
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.geometry_vlm.config import KIND
from whatwhere.models.geometry_vlm.folder import load_geometry_grounder
from whatwhere.models.geometry_vlm.network import GeometryVLM
from whatwhere.models.registry import model_folder
from whatwhere.training.config import TrainConfig
from whatwhere.training.datasets import DataSet, Report, labels_of
from whatwhere.training.described import folder_texts, noted, write_trained
from whatwhere.training.frame_trainee import adapted, choose_what_learns
from whatwhere.training.kept_scenes import KeptScenes, SeenRoom, spread_scenes
from whatwhere.training.rooms import TwinRoom
from whatwhere.training.said_choices import choose_said
from whatwhere.training.said_eye import SaidEye
from whatwhere.training.said_lessons import SaidLessons
from whatwhere.training.said_samples import SaidSamples, said_samples
from whatwhere.training.twins import TwinSamples, make_twins

if TYPE_CHECKING:
    from whatwhere.models.backbones.adapters import Adapters

_ASKED_PER_SCENE = 4
"""Sentences of a watched scene: each is said word by word in every modality."""


@dataclass(frozen=True, slots=True)
class SaidTrainee:
    """See `Trainee`."""

    network: GeometryVLM
    words: Texts
    scenes: KeptScenes
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    config: TrainConfig
    adapters: "Adapters | None" = None
    kind: str = KIND
    choose = staticmethod(choose_said)

    @property
    def num_attributes(self) -> tuple[int, int]:
        """See `Trainee.num_attributes`."""
        return len(self.classes), len(self.colours)

    def samples(self, dataset: DataSet) -> SaidSamples:
        """See `Trainee.samples`."""
        wanted = spread_scenes(dataset, 0)
        return self._samples(self.scenes.seen(dataset, wanted, f"looking at {dataset.split}"))

    def watched(self, dataset: DataSet) -> SaidSamples:
        """See `Trainee.watched`; so many scenes as the configuration says, with few sentences."""
        some = spread_scenes(dataset, self.config.val_rooms)
        return self._samples(_few(self.scenes.seen(dataset, some, f"looking at {dataset.split}")))

    def twins(self, dataset: DataSet, kind: str) -> TwinSamples | None:
        """See `Trainee.twins`; of the sentences that are watched."""
        if not dataset.has_twins:
            return None
        originals = spread_scenes(dataset, self.config.val_rooms)
        names = {name for name, _ in originals}

        def twins(of_kind: str) -> list[TwinRoom[SeenRoom]]:
            found = self.scenes.twins(dataset, of_kind, names)
            return [replace(twin, room=_few([twin.room])[0]) for twin in found]

        return make_twins(
            _few(self.scenes.seen(dataset, originals, f"looking at {dataset.split}")),
            twins(kind),
            twins("placebo"),
            lambda _, rooms: self._samples(list(rooms)),
        )

    def sampler(self, samples: SaidSamples, *, exchanged: bool = False) -> None:
        """See `Trainee.sampler`; it chooses among no candidates."""

    def lessons(self, samples: SaidSamples) -> SaidLessons:
        """See `Trainee.lessons`."""
        found = SaidLessons(self.network, samples, self.config)
        if not found.sentences_of:
            raise SceneError(
                "no frame shows what a sentence of the training split means",
                remedy="Let the model look at more frames, with max_frames",
                path=self.config.data,
            )
        return found

    def texts(self, *, trained_on: Mapping[str, str]) -> dict[str, str]:
        """See `Trainee.texts`."""
        return folder_texts(noted(self.network.config, trained_on), self.words)

    def write(self, folder: Path, *, trained_on: Mapping[str, str]) -> None:
        """See `Trainee.write`."""
        if self.adapters is not None:
            self.adapters.merge()
        write_trained(folder, self.network, self.texts(trained_on=trained_on))

    def _samples(self, rooms: list[SeenRoom]) -> SaidSamples:
        return said_samples(
            rooms, self.words, self.network.config, classes=self.classes, colours=self.colours
        )


def said_trainee(config: TrainConfig, dataset: DataSet, *, report: Report) -> SaidTrainee:
    """The model that a configuration starts from, on the device that it is trained on.

    Raises:
        ModelError: it cannot be loaded.
    """
    # On the CPU it is read as float32, which is what learns; a GPU computes with it in bfloat16.
    grounder = load_geometry_grounder(model_folder(config.base), device="cpu")
    on_gpu = config.device != "cpu" and torch.cuda.is_available()
    network = grounder.network.to("cuda" if on_gpu else "cpu")
    choose_what_learns(network.backbone, config, projector=False)
    if network.geometry.reads_colour:
        network.geometry.requires_grad_(False)
    return SaidTrainee(
        network,
        grounder.texts,
        KeptScenes(SaidEye(network), report),
        dataset.classes or labels_of(dataset),
        dataset.colours,
        config,
        adapted(network, config),
    )


def _few(rooms: list[SeenRoom]) -> list[SeenRoom]:
    return [SeenRoom(room.kept, room.expressions[:_ASKED_PER_SCENE]) for room in rooms]
