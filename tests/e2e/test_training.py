"""A real run in its own process: followed from outside, killed, resumed to its end, measured."""

import time
from collections.abc import Callable

import pytest

from whatwhere.training.config import read_config
from whatwhere.training.metric_log import MetricLog
from whatwhere.training.preflight import preflight
from whatwhere.training.run_summary import find_runs, summarise
from whatwhere.training.runs import kill, resume_run, start_run

SMALL = {
    "threads": "1",
    "train_rooms": "2",
    "val_rooms": "1",
    "tower_epochs": "1",
    "steps": "30",
    "rooms_per_step": "2",
    "sentences_per_room": "2",
    "checkpoint_every": "2",
    "evaluate_every": "30",
}


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 200
    while not happens():
        assert time.monotonic() < deadline, find_runs()
        time.sleep(0.02)


def test_a_killed_run_goes_on_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path))
    config = read_config("plain", SMALL)
    needs = {need.resource: need.needed_bytes for need in preflight(config, tmp_path).needs}
    run = start_run(config)
    until(lambda: bool(summarise(run).checkpoints) or not summarise(run).is_living)
    kill(run)
    until(lambda: not summarise(run).is_living)
    (crashed,) = find_runs()
    assert crashed.phase == "crashed", crashed.reason
    resume_run(run)
    until(lambda: not summarise(run).is_living)
    ended = summarise(run)
    assert (ended.phase, ended.step) == ("done", 30), ended.reason
    assert (run / "model" / "model.safetensors").exists()
    if "GPU memory" not in needs:
        assert needs["memory"] == pytest.approx(ended.peak_rss_bytes, rel=0.25)
    used_bytes = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert needs["disk"] == pytest.approx(used_bytes, rel=0.25)
    steps = [
        row["step"] for row in MetricLog(run / "metrics.jsonl").tail(999) if row["stage"] != "probe"
    ]
    assert steps == sorted(set(steps))
