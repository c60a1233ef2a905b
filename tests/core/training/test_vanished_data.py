"""A data set of the user's own that goes away while a run is under way."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from whatwhere.demo.dataset import write_dataset
from whatwhere.errors import WhatWhereError
from whatwhere.training.launch import train
from whatwhere.training.rooms import sentence_path
from whatwhere.training.run_summary import summarise

SMALL = {
    "threads": "1",
    "max_frames": "2",
    "steps": "4",
    "rooms_per_step": "1",
    "sentences_per_room": "2",
    "evaluate_every": "4",
    "checkpoint_every": "2",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scans, which are both the train and the val split."""
    folder = tmp_path_factory.mktemp("made")
    write_dataset(folder, num_scenes=2, seed=0, split="train", frames=2, size=(64, 64))
    shutil.copy(sentence_path(folder, "train"), sentence_path(folder, "val"))
    return folder


@pytest.fixture
def data(tmp_path: Path, made: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


def run_on(data: Path, run: Path, report: Callable[[str], None], *, resume: bool = False) -> None:
    changes = {**SMALL, "data": json.dumps(str(data)), "test_rooms": "1"}
    train("plain", base="default", run=run, overrides=changes, report=report, resume=resume)


def vanishing(data: Path, after: str) -> Callable[[str], None]:
    """A listener that moves the data away when the run says so much."""

    def report(line: str) -> None:
        if line.startswith(after) and data.exists():
            data.rename(data.with_name("elsewhere"))

    return report


def test_gone_before_it_is_read_the_run_fails_with_a_sentence_and_can_be_resumed(
    tmp_path: Path, data: Path
) -> None:
    run = tmp_path / "run"
    with pytest.raises(WhatWhereError) as told:
        run_on(data, run, vanishing(data, "scenes:"))
    summary = summarise(run)
    assert summary.phase == "failed"
    assert summary.reason == str(told.value)
    assert str(data) in summary.reason
    with pytest.raises(WhatWhereError, match="data set"):
        run_on(data, run, lambda line: None, resume=True)
    data.with_name("elsewhere").rename(data)
    run_on(data, run, lambda line: None, resume=True)
    assert summarise(run).phase == "done"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_scan_that_is_gone_is_named_by_whoever_reads_it(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: workers)
    (gone, *_) = sorted((data / "scans").iterdir())
    shutil.rmtree(gone)
    with pytest.raises(WhatWhereError) as told:
        run_on(data, tmp_path / "run", lambda line: None)
    assert gone.name in str(told.value)
    assert summarise(tmp_path / "run").reason == str(told.value)


def test_gone_while_it_steps_nothing_is_lost(tmp_path: Path, data: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(WhatWhereError, match="data set"):
        run_on(data, run, vanishing(data, "probe 0/"))
    summary = summarise(run)
    assert (summary.phase, summary.step) == ("failed", 4)
    assert summary.checkpoints == (2, 4)
    assert (run / "model" / "model.safetensors").exists()
