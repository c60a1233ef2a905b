"""Tiny models in memory and on disk; scenes of random numbers and a room."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tiny_models
import torch

from whatwhere.geometry.boxes import Box
from whatwhere.models.frame_vlm.encoding import FrameEncoding, look
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.frame_vlm.tokens import SceneTokens
from whatwhere.scenes.proposals import Proposal

NUM_CANDIDATES = 5


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", params=tiny_models.BACKBONES)
def any_grounder(request: pytest.FixtureRequest) -> FrameGrounder:
    """One of every family."""
    return grounder_of(request.param)


@pytest.fixture(scope="session")
def grounder() -> FrameGrounder:
    return grounder_of("siglip+qwen2")


def grounder_of(family: str) -> FrameGrounder:
    network = tiny_models.tiny_network(tiny_models.BACKBONES[family])
    return FrameGrounder(network, tiny_models.tiny_texts(), name=family, device="cpu")


@pytest.fixture(scope="session")
def make_encoding() -> Callable[..., FrameEncoding]:
    """Two frames of noise and boxes anywhere: `make_encoding(grounder, colour=0, geometry=0)`.

    Which pixels belong to a candidate is always the same.
    """
    return _make_encoding


def _make_encoding(grounder: FrameGrounder, *, colour: int = 0, geometry: int = 0) -> FrameEncoding:
    network = grounder.network
    pixels = np.random.default_rng(colour)
    images = pixels.integers(0, 256, (2, *network.backbone.image_size, 3), np.uint8)
    features = look(network.backbone, images)
    shares = torch.rand(
        (NUM_CANDIDATES, *features.shape[:3]), generator=torch.Generator().manual_seed(0)
    )
    looks = torch.einsum("kfyx,fyxd->kd", shares, features[:, :, :, 0])
    frames = features.flatten(1, 2)
    room = np.random.default_rng(100 + geometry)
    rows = np.c_[room.normal(0, 2, (NUM_CANDIDATES, 3)), room.uniform(0.2, 2, (NUM_CANDIDATES, 3))]
    tokens = SceneTokens(
        frames_FPLD=frames,
        points_m_FP3=torch.from_numpy(room.normal(0, 2, (*frames.shape[:2], 3))).float(),
        measured_FP=torch.from_numpy(room.random(frames.shape[:2]) < 0.8),
        looks_KD=looks / shares.sum((1, 2, 3))[:, None],
        seen_K=torch.arange(NUM_CANDIDATES) > 0,
        centers_m_K3=torch.from_numpy(rows[:, :3]).float(),
        sizes_m_K3=torch.from_numpy(rows[:, 3:]).float(),
        room_half_m_3=torch.from_numpy(room.uniform(1, 4, 3)).float(),
    )
    proposals = [Proposal(i, Box.from_row(row), "annotation", i) for i, row in enumerate(rows)]
    return FrameEncoding("room000001_00", tuple(proposals), ("0", "1"), tokens)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder; not to be changed."""
    folder = tmp_path_factory.mktemp("models") / "tiny-speaker"
    return tiny_models.write_tiny(folder, tiny_models.BACKBONES["siglip+qwen2"])


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(written, tmp_path / "tiny-speaker"))
