"""Training a `frame_vlm`: any tower before any language model, or a whole vision-language model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from whatwhere.errors import SceneError
from whatwhere.language.situations import Question
from whatwhere.models.frame_vlm.config import KIND
from whatwhere.models.frame_vlm.folder import load_frame_grounder, write_frame_model
from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.registry import model_folder
from whatwhere.training.answering import Answering, asked_of, read_questions
from whatwhere.training.config import TrainConfig
from whatwhere.training.datasets import DataSet, Report, labels_of
from whatwhere.training.frame_features import FrameReader
from whatwhere.training.frame_sampler import FrameSampler
from whatwhere.training.frame_samples import FrameSamples
from whatwhere.training.twins import TwinSamples

if TYPE_CHECKING:
    from whatwhere.models.frame_vlm.adapters import Adapters


@dataclass(frozen=True, slots=True)
class FrameTrainee:
    """See `Trainee`."""

    network: FrameVLM
    reader: FrameReader
    config: TrainConfig
    adapters: "Adapters | None" = None
    questions: tuple[Question, ...] = ()
    kind: str = KIND

    @property
    def num_attributes(self) -> tuple[int, int]:
        """See `Trainee.num_attributes`."""
        return len(self.reader.classes), len(self.reader.colours)

    def samples(self, dataset: DataSet) -> FrameSamples:
        """See `Trainee.samples`."""
        return self.reader.samples(dataset)

    def watched(self, dataset: DataSet) -> FrameSamples:
        """See `Trainee.watched`; of a large split, so many scenes as the configuration says."""
        return self.reader.samples(dataset, at_most=self.config.val_rooms)

    def twins(self, dataset: DataSet, kind: str) -> TwinSamples | None:
        """See `Trainee.twins`."""
        return self.reader.twins(dataset, kind)

    def sampler(self, samples: FrameSamples) -> FrameSampler:
        """See `Trainee.sampler`."""
        return FrameSampler(samples, self.config)

    def answering(self, samples: FrameSamples) -> Answering | None:
        """See `Trainee.answering`."""
        if not self.questions:
            return None
        rooms = {scene_id: number for number, scene_id in enumerate(samples.scene_ids)}
        model = self.network.config
        asked = asked_of(
            self.questions,
            rooms,
            self.reader.texts,
            prompt=model.answer_prompt,
            end_token_ids=model.end_token_ids,
        )
        if not asked:
            raise SceneError(
                "none of its questions is about a scene of the training split",
                remedy="Point questions at the file of the same split",
                path=self.config.questions,
            )
        return Answering(self.network, samples.sights, asked, self.config)

    def texts(self, *, trained_on: Mapping[str, str]) -> dict[str, str]:
        """See `Trainee.texts`."""
        self._note(trained_on)
        described = json.dumps(self.network.config.as_json(), indent=2) + "\n"
        return {"config.json": described, "tokenizer.json": self.reader.texts.as_json()}

    def write(self, folder: Path, *, trained_on: Mapping[str, str]) -> None:
        """See `Trainee.write`."""
        self._note(trained_on)
        if self.adapters is not None:
            self.adapters.merge()
        write_frame_model(folder, self.network, self.reader.texts)

    def _note(self, trained_on: Mapping[str, str]) -> None:
        config = self.network.config
        extra = {**config.extra, "trained_on": dict(trained_on)}
        self.network.config = replace(config, extra=extra)


def frame_trainee(
    config: TrainConfig, dataset: DataSet, *, workers: int, report: Report
) -> FrameTrainee:
    """The model that a configuration starts from, on the device that it is trained on.

    Raises:
        ModelError: it cannot be loaded.
        WhatWhereError: the file of questions cannot be read, or has no answers.
    """
    questions = read_questions(Path(config.questions)) if config.questions else ()
    # On the CPU it is read as float32, which is what learns; a GPU computes with it in bfloat16.
    grounder = load_frame_grounder(model_folder(config.base), device="cpu")
    on_gpu = config.device != "cpu" and torch.cuda.is_available()
    network = grounder.network.to("cuda" if on_gpu else "cpu")
    choose_what_learns(network, config)
    reader = FrameReader(
        network,
        grounder.texts,
        dataset.classes or labels_of(dataset),
        dataset.colours,
        keeps_pixels=_looks_anew(network, config),
        workers=workers,
        report=report,
    )
    return FrameTrainee(network, reader, config, _adapters(network, config), questions)


def choose_what_learns(network: FrameVLM, config: TrainConfig) -> None:
    """Set which parts of a network get a gradient; our own small layers always do."""
    backbone = network.backbone
    backbone.requires_grad_(config.train_language_model)
    for module in backbone.vision:
        module.requires_grad_(config.train_tower)
    for module in backbone.projectors:
        module.requires_grad_(_projector_learns(network, config))
    if config.gradient_checkpointing:
        # The kind that lets gradients pass through inputs that need none themselves.
        how = {"use_reentrant": False}
        trunk = backbone.trunk
        # Newer versions of the library call it otherwise, and warn of the older name.
        enable = getattr(trunk, "activation_checkpointing_enable", None)
        (enable or trunk.gradient_checkpointing_enable)(how)


def _adapters(network: FrameVLM, config: TrainConfig) -> "Adapters | None":
    if not config.lora_rank:
        return None
    # peft takes a while, and most runs go without.
    from whatwhere.models.frame_vlm.adapters import Adapters

    # Drawn alike whatever was drawn before, as on another rank.
    torch.manual_seed(config.seed)
    return Adapters(
        network, rank=config.lora_rank, alpha=config.lora_alpha, dropout=config.lora_dropout
    )


def _projector_learns(network: FrameVLM, config: TrainConfig) -> bool:
    if config.train_projector == "auto":
        return config.train_tower or not network.backbone.keeps_projected
    return config.train_projector == "yes"


def _looks_anew(network: FrameVLM, config: TrainConfig) -> bool:
    """Whether every step runs the tower, because something learns that is part of what it saw."""
    learns = _projector_learns(network, config)
    return config.train_tower or (learns and network.backbone.keeps_projected)
