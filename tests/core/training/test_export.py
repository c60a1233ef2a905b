"""A run in a zip file: everything that tells of it, and what goes on from it."""

import contextlib
import csv
import io
import json
import sys
import time
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.numpy import load_file

from whatwhere.errors import Cancelled, ConfigError, RefusedPathError, RunError
from whatwhere.training.checkpoints import write_checkpoint
from whatwhere.training.config import read_config
from whatwhere.training.export import export_run
from whatwhere.training.run_folder import RunFolder
from whatwhere.training.run_summary import summarise
from whatwhere.training.runs import resume_run, start_run

FAKE = (sys.executable, str(Path(__file__).with_name("fake_run.py")))
CONFIG = read_config("plain", {"steps": "20", "checkpoint_every": "5"})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A run that was left after step 4, with two checkpoints and half a line at its end."""
    run = tmp_path / "runs" / "one"
    with contextlib.suppress(KeyboardInterrupt), RunFolder(run, CONFIG) as folder:
        for step in range(1, 5):
            folder.beat(step, 20, "grounder")
            folder.log({"step": step, "stage": "grounder", "loss/total": step / 8})
            if step % 2 == 0:
                tensors = {"model": {"weights": torch.full((4,), float(step))}}
                write_checkpoint(run, step, tensors, {"step": step})
        folder.log({"step": 4, "stage": "probe", "probe/accuracy/fused": 0.5})
        raise KeyboardInterrupt
    (run / "log.txt").write_text("said\n")
    (run / "data" / "scans").mkdir(parents=True)
    (run / "data" / "scans" / "secret.ply").write_text("a scan")
    with (run / "metrics.jsonl").open("a") as metrics:
        metrics.write('{"step": 5, "st')
    return run


def names_in(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


def test_all_that_tells_of_the_run_goes_in_and_no_scene(stopped: Path, tmp_path: Path) -> None:
    target = export_run(stopped, tmp_path / "one.zip")
    names = names_in(target)
    assert {
        f"one/{name}"
        for name in ("about.json", "config.toml", "state.json", "metrics.jsonl", "metrics.csv")
    } <= names
    assert "one/log.txt" in names
    assert any(name.startswith("one/tb/") for name in names)
    assert "one/checkpoints/step-000004/model.safetensors" in names
    assert not [name for name in names if "step-000002" in name], "the last checkpoint only"
    assert not [name for name in names if "data" in name or "secret" in name]
    with zipfile.ZipFile(target) as archive:
        about = json.loads(archive.read("one/about.json"))
        rows = list(csv.DictReader(io.StringIO(archive.read("one/metrics.csv").decode())))
        assert archive.read("one/metrics.jsonl").endswith(b"}\n"), "half a line is left out"
    assert about["command"] == "whatwhere train config.toml"
    assert (about["seed"], about["data"]["train_rooms"]) == (CONFIG.seed, CONFIG.train_rooms)
    assert [row["loss/total"] for row in rows] == ["0.125", "0.25", "0.375", "0.5", ""]
    assert rows[-1]["probe/accuracy/fused"] == "0.5"


def test_what_was_exported_is_a_run_that_goes_on(stopped: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(export_run(stopped, tmp_path / "one.zip")) as archive:
        archive.extractall(tmp_path / "elsewhere")
    run = tmp_path / "elsewhere" / "one"
    summary = summarise(run)
    assert (summary.phase, summary.step, summary.checkpoints) == ("stopped", 4, (4,))
    assert (summary.pid, summary.host) == (0, "")
    weights = load_file(run / "checkpoints" / "step-000004" / "model.safetensors")["weights"]
    assert weights.tolist() == [4.0] * 4


def test_a_run_resumed_from_its_export_comes_to_its_end(tmp_path: Path) -> None:
    run = start_run(CONFIG, path=tmp_path / "whole", program=FAKE)
    _until_ended(run)
    (run / "state.json").write_text('{"phase": "stopped", "step": 20}')
    (run / "checkpoints" / "step-000020").rename(tmp_path / "last")
    with zipfile.ZipFile(export_run(run, tmp_path / "run.zip")) as archive:
        archive.extractall(tmp_path / "elsewhere")
    again = tmp_path / "elsewhere" / "whole"
    start_run(CONFIG, path=again, resume=True, program=FAKE)
    _until_ended(again)
    assert summarise(again).phase == "done"
    resumed = load_file(again / "checkpoints" / "step-000020" / "model.safetensors")["weights"]
    whole = load_file(tmp_path / "last" / "model.safetensors")["weights"]
    assert resumed.tobytes() == whole.tobytes()
    with pytest.raises(RunError, match="is done"):
        resume_run(again)


def test_a_run_that_is_done_brings_its_model(tmp_path: Path) -> None:
    run = tmp_path / "one"
    with RunFolder(run, CONFIG) as folder:
        folder.beat(20, 20, "test")
        write_checkpoint(run, 20, {"model": {"a": torch.zeros(2)}}, {})
        (run / "model").mkdir()
        (run / "model" / "card.md").write_text("# card\n")
    names = names_in(export_run(run, tmp_path / "one.zip"))
    assert "one/model/card.md" in names
    assert not [name for name in names if "checkpoints" in name]


def test_a_run_that_is_going_on_is_exported_as_stopped(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "one", CONFIG) as folder:
        folder.beat(3, 20, "grounder")
        with zipfile.ZipFile(export_run(tmp_path / "one", tmp_path / "one.zip")) as archive:
            state = json.loads(archive.read("one/state.json"))
    assert state["phase"] == "stopped"
    assert "while it was running" in state["reason"]


def test_a_file_that_exists_is_replaced_only_when_told(stopped: Path, tmp_path: Path) -> None:
    target = tmp_path / "one.zip"
    target.write_text("dear")
    with pytest.raises(RunError, match="exists already"):
        export_run(stopped, target)
    assert target.read_text() == "dear"
    export_run(stopped, target, overwrite=True)
    assert zipfile.is_zipfile(target)


def test_progress_rises_to_all_and_giving_up_leaves_nothing(stopped: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    export_run(stopped, tmp_path / "a.zip", on_progress=lambda *told_: told.append(told_))
    done = [part for part, _ in told]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1] == told[0][1]

    def give_up(part: int, _: int) -> None:
        if part:
            raise Cancelled("The export")

    (tmp_path / "b").mkdir()
    with pytest.raises(Cancelled):
        export_run(stopped, tmp_path / "b" / "b.zip", on_progress=give_up)
    assert list((tmp_path / "b").iterdir()) == []


def test_what_cannot_be_exported_is_a_sentence(stopped: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run to export"):
        export_run(tmp_path / "nowhere", tmp_path / "a.zip")
    with pytest.raises(RefusedPathError, match="nowhere"):
        export_run(stopped, tmp_path / "nowhere" / "a.zip")
    (stopped / "config.toml").write_text("half = ")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        export_run(stopped, tmp_path / "a.zip")


def _until_ended(run: Path) -> None:
    deadline_s = time.monotonic() + 60
    while summarise(run).is_living:
        assert time.monotonic() < deadline_s, "it never ended"
        time.sleep(0.01)
