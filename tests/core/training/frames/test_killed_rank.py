"""Two processes train one model: one is killed, the other says so, and both go on from there."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from whatwhere.training.checkpoints import checkpoints, read_checkpoint
from whatwhere.training.run_state import read_state
from whatwhere.training.run_summary import summarise


def until(happens: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 600
    while not happens():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def start(config_of):
    """`start(run, "--resume")`: two processes that go on for ever, with a checkpoint every step."""
    config = config_of(
        "siglip+qwen2", steps="100000", checkpoint_every="1", evaluate_every="100000", val_rooms="1"
    )
    settings = [
        f"--set={key}={json.dumps(value)}"
        for key, value in config.model_dump().items()
        if not isinstance(value, dict)
    ]
    running = []

    def started(run: Path, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-P", "-m", "whatwhere", "train", config.name, *settings]
        command += ["--processes", "2", "--run", str(run), *options]
        running.append(
            subprocess.Popen(
                command,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        )
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.wait()


def other_rank(process: subprocess.Popen[str]) -> psutil.Process:
    """Rank 1, among the children of rank 0."""
    (found,) = (
        child
        for child in psutil.Process(process.pid).children()
        if child.environ().get("RANK") == "1"
    )
    return found


def step_of(run: Path) -> int:
    state = read_state(run)
    return state.step if state and state.doing == "grounder" else 0


def test_a_killed_rank_ends_the_run_with_a_reason_and_it_goes_on_from_there(start, tmp_path):
    run = tmp_path / "run"
    process = start(run)
    until(lambda: step_of(run) >= 2, process)
    other = other_rank(process)
    (run / "control").mkdir(exist_ok=True)
    (run / "control" / "pause").touch()
    until(lambda: summarise(run).phase == "paused", process)
    other.kill()
    (run / "control" / "pause").unlink()
    said = process.communicate()[1]

    assert process.returncode == 3, said
    assert "rank 1 of 2 was killed (SIGKILL)" in said
    summary = summarise(run)
    assert summary.phase == "failed"
    assert "rank 1 of 2 was killed (SIGKILL)" in summary.reason
    saved = checkpoints(run)[-1]
    assert read_checkpoint(saved)[1]["step"] == saved.step >= 2

    process = start(run, "--resume")
    until(lambda: step_of(run) > saved.step, process)
    other = other_rank(process)
    process.send_signal(signal.SIGTERM)
    said = process.communicate()[1]
    assert process.returncode == 0, said
    assert f"going on from step {saved.step}" in said
    assert (summarise(run).phase, summarise(run).reason) == ("stopped", "stopped by SIGTERM")
    assert f"stopped after step {checkpoints(run)[-1].step}" in said
    assert not other.is_running()
