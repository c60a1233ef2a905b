"""A converted checkpoint and a scan."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from video_3d_checkpoint import write_checkpoint

from whatwhere.models.registry import load_grounder
from whatwhere.models.video_3d_llm.converting import convert
from whatwhere.models.video_3d_llm.grounder import Video3DGrounder


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder; not to be changed."""
    parent = tmp_path_factory.mktemp("video-3d")
    checkpoint = write_checkpoint(parent / "checkpoint")
    convert(checkpoint, parent / "converted", tower=parent / "tower.json")
    return parent / "converted"


@pytest.fixture(scope="session")
def video_grounder(converted: Path) -> Video3DGrounder:
    loaded = load_grounder(converted, device="cpu")
    assert isinstance(loaded, Video3DGrounder)
    return loaded


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A checkpoint to be changed, with `tower.json` beside it."""
    return write_checkpoint(tmp_path / "checkpoint")


@pytest.fixture(scope="session")
def video_scan(tmp_path_factory: pytest.TempPathFactory, write_scan: Callable[..., Path]) -> Path:
    return write_scan(tmp_path_factory.mktemp("scans"))
