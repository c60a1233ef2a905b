"""Training networks that see frames; first a `frame_vlm`: any tower, or a whole model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from whatwhere.errors import SceneError
from whatwhere.language.situations import Question
from whatwhere.models.backbones.backbone import Backbone
from whatwhere.models.frame_vlm.config import KIND
from whatwhere.models.frame_vlm.folder import load_frame_grounder
from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.registry import model_folder
from whatwhere.models.video_3d_llm.network import Video3DLLM
from whatwhere.training.answering import Answering, asked_of, read_questions
from whatwhere.training.choices import choose
from whatwhere.training.config import TrainConfig
from whatwhere.training.datasets import DataSet, Report, labels_of
from whatwhere.training.described import folder_texts, noted, write_trained
from whatwhere.training.frame_eye import FrameEye
from whatwhere.training.frame_reader import FrameReader
from whatwhere.training.frame_sampler import FrameSampler
from whatwhere.training.frame_samples import FrameSamples
from whatwhere.training.kept_scenes import KeptScenes
from whatwhere.training.twins import TwinSamples

if TYPE_CHECKING:
    from whatwhere.models.backbones.adapters import Adapters, Speaking


@dataclass(frozen=True, slots=True)
class FrameTrainee:
    """See `Trainee`."""

    kind: str
    network: FrameVLM | Video3DLLM
    words: Texts
    reader: FrameReader
    config: TrainConfig
    adapters: "Adapters | None" = None
    questions: tuple[Question, ...] = ()

    choose = staticmethod(choose)

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
        return self.reader.twins(dataset, kind, at_most=self.config.val_rooms)

    def sampler(self, samples: FrameSamples, *, exchanged: bool = False) -> FrameSampler:
        """See `Trainee.sampler`."""
        config = self.config.with_exchanged_looks() if exchanged else self.config
        return FrameSampler(samples, config)

    def lessons(self, samples: FrameSamples) -> Answering | None:
        """See `Trainee.lessons`."""
        if not (self.questions and isinstance(self.network, FrameVLM)):
            return None
        rooms = {scene_id: number for number, scene_id in enumerate(samples.scene_ids)}
        model = self.network.config
        asked = asked_of(
            self.questions,
            rooms,
            self.words,
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
        return folder_texts(noted(self.network.config, trained_on), self.words)

    def write(self, folder: Path, *, trained_on: Mapping[str, str]) -> None:
        """See `Trainee.write`."""
        if self.adapters is not None:
            self.adapters.merge()
        write_trained(folder, self.network, self.texts(trained_on=trained_on))


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
    learns = projector_learns(network, config)
    choose_what_learns(network.backbone, config, projector=learns)
    # Every step runs the tower, if something learns that is part of what it saw.
    looks_anew = config.train_tower or (learns and network.backbone.keeps_projected)
    eye = FrameEye(network, keeps_pixels=looks_anew, workers=workers)

    def encode(text: str) -> list[int]:
        # The last place is that of `<ground>`, which the network fills in.
        return [*grounder.texts.encode(network.config.ground_prompt, text), 0]

    reader = FrameReader(
        KeptScenes(eye, report),
        encode,
        network.pooled_grid,
        dataset.classes or labels_of(dataset),
        dataset.colours,
    )
    adapters = adapted(network, config)
    return FrameTrainee(KIND, network, grounder.texts, reader, config, adapters, questions)


def choose_what_learns(backbone: Backbone, config: TrainConfig, *, projector: bool) -> None:
    """Set which parts of a backbone get a gradient; our own small layers always do."""
    backbone.requires_grad_(config.train_language_model)
    for module in backbone.vision:
        module.requires_grad_(config.train_tower)
    for module in backbone.projectors:
        module.requires_grad_(projector)
    if config.gradient_checkpointing:
        # The kind that lets gradients pass through inputs that need none themselves.
        how = {"use_reentrant": False}
        trunk = backbone.trunk
        # Newer versions of the library call it otherwise, and warn of the older name.
        enable = getattr(trunk, "activation_checkpointing_enable", None)
        (enable or trunk.gradient_checkpointing_enable)(how)


def adapted(network: "Speaking", config: TrainConfig) -> "Adapters | None":
    """Adapters beside the language model's layers, where the configuration asks for them."""
    if not config.lora_rank:
        return None
    # peft takes a while, and most runs go without.
    from whatwhere.models.backbones.adapters import Adapters

    # Drawn alike whatever was drawn before, as on another rank.
    torch.manual_seed(config.seed)
    return Adapters(
        network, rank=config.lora_rank, alpha=config.lora_alpha, dropout=config.lora_dropout
    )


def projector_learns(network: FrameVLM, config: TrainConfig) -> bool:
    """Whether what joins tower and language model learns."""
    if config.train_projector == "auto":
        return config.train_tower or not network.backbone.keeps_projected
    return config.train_projector == "yes"
