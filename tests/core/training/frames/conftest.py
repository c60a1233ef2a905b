"""Two scans with sentences, and tiny models to train on them."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_models
import torch

from whatwhere.demo.dataset import write_dataset
from whatwhere.language.expressions import Expression
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.training.config import TrainConfig, read_config
from whatwhere.training.datasets import DataSet
from whatwhere.training.frame_trainee import FrameTrainee, frame_trainee
from whatwhere.training.rooms import sentence_path

SMALL = {
    "threads": "1",
    "device": '"cpu"',
    "lr": "3e-3",
    "warmup_steps": "0",
    "max_frames": "2",
    "rooms_per_step": "2",
    "sentences_per_room": "2",
    "micro_batches": "1",
    "second_pass_every": "1",
    "ramp_from": "0",
    "ramp_to": "1e-6",
    "steps": "10",
}


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="package", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Features are kept for all tests of this folder; readers are this process."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHATWHERE_HOME", str(folder))
        patch.setattr("os.cpu_count", lambda: 1)
        yield folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scans, which are both the train and the val split."""
    folder = tmp_path_factory.mktemp("data")
    write_dataset(folder, num_scenes=2, seed=0, split="train", frames=2, size=(64, 64))
    shutil.copy(sentence_path(folder, "train"), sentence_path(folder, "val"))
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The folder of a tiny model: `model("siglip+qwen2")`; written once."""
    parent = tmp_path_factory.mktemp("models")

    def written(family: str, **changes: object) -> Path:
        folder = parent / "-".join([family, *map(str, changes.values())])
        if not folder.exists():
            tiny_models.write_tiny(folder, tiny_models.BACKBONES[family], **changes)
        return folder

    return written


@pytest.fixture(scope="session")
def config_of(data: Path, model: Callable[..., Path]) -> Callable[..., TrainConfig]:
    """`config_of("siglip+qwen2", steps="3")`: the careful reading of W2R2 on those scans."""

    def made(family: str, preset: str = "w2r2-within-class", **changes: str) -> TrainConfig:
        where = {"base": f'"{model(family)}"', "data": f'"{data}"'}
        return read_config(preset, {**where, **SMALL, **changes})

    return made


@pytest.fixture(scope="session")
def trainee_of(
    data: Path, config_of: Callable[..., TrainConfig]
) -> Callable[..., tuple[FrameTrainee, TrainConfig]]:
    """The same settings, and what is trained with them."""

    def made(
        family: str, preset: str = "w2r2-within-class", **changes: str
    ) -> tuple[FrameTrainee, TrainConfig]:
        config = config_of(family, preset, **changes)
        dataset = DataSet(data, "train", 2)
        return frame_trainee(config, dataset, workers=1, report=lambda line: None), config

    return made


@pytest.fixture(scope="session")
def dataset(data: Path) -> DataSet:
    return DataSet(data, "train", 2)


@pytest.fixture(scope="session")
def make_texts() -> Callable[[], Texts]:
    return tiny_models.tiny_texts


@pytest.fixture(scope="session")
def make_expression() -> Callable[[str], Expression]:
    """A sentence about the second candidate of a scene whose objects are 4, 7 and 9."""

    def made(scene_id: str) -> Expression:
        return replace(Expression.typed(scene_id, tiny_models.TEXT), target_id=7)

    return made
