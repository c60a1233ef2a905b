import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from whatwhere.errors import BrokenFileError, Cancelled, ConfigError, SceneError
from whatwhere.training.checkpoints import write_checkpoint
from whatwhere.training.config import read_config, write_config
from whatwhere.training.run_folder import FREE_KEYS, RunFolder, new_run_path
from whatwhere.training.run_state import LIVING, read_state
from whatwhere.training.run_summary import summarise
from whatwhere.training.runs import pause, resume_paused, stop

CONFIG = read_config("plain")


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def metrics(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def changed(**settings):
    return CONFIG.model_copy(update=settings)


def test_a_new_run_is_written_down(tmp_path):
    run = tmp_path / "deep" / "run"
    with RunFolder(run, CONFIG) as folder:
        state = read_state(run)
        assert (state.phase, state.pid) == ("starting", os.getpid())
        folder.beat(3, 10, "tower")
        assert (read_state(run).phase, read_state(run).doing) == ("running", "tower")
    assert read_config(str(run / "config.toml")) == CONFIG
    state = read_state(run)
    assert (state.phase, state.step, state.steps) == ("done", 3, 10)


def test_a_folder_that_holds_a_run_is_refused_untouched(tmp_path):
    with RunFolder(tmp_path, CONFIG) as folder:
        folder.log({"step": 1, "loss": 1.0})
    before = everything_in(tmp_path)
    with pytest.raises(ConfigError, match=r"already holds a run.*--resume"):
        RunFolder(tmp_path, CONFIG)
    assert everything_in(tmp_path) == before


def test_a_second_start_is_refused_while_the_first_goes_on(tmp_path):
    with RunFolder(tmp_path, CONFIG):
        for resume in (False, True):
            with pytest.raises(ConfigError, match="another run is going on"):
                RunFolder(tmp_path, CONFIG, resume=resume)
        assert summarise(tmp_path).is_living


def test_a_bare_configuration_is_no_run_yet_but_must_be_the_same(tmp_path):
    write_config(CONFIG, tmp_path / "config.toml")
    with pytest.raises(ConfigError, match='"seed" is 0 in the folder, and 7 is asked for'):
        RunFolder(tmp_path, changed(seed=7))
    with RunFolder(tmp_path, CONFIG):
        pass


def test_resuming_needs_a_run_with_the_same_settings(tmp_path):
    with pytest.raises(ConfigError, match="no run to resume"):
        RunFolder(tmp_path / "none", CONFIG, resume=True)
    assert not (tmp_path / "none").exists()
    with RunFolder(tmp_path, CONFIG):
        pass
    with pytest.raises(ConfigError, match='"lr" is'):
        RunFolder(tmp_path, changed(lr=0.5), resume=True)
    with RunFolder(tmp_path, changed(name="other", checkpoint_every=7), resume=True):
        assert read_config(str(tmp_path / "config.toml")) == CONFIG


def test_settings_that_may_differ_are_settings():
    assert set(type(CONFIG).model_fields) >= FREE_KEYS


def test_a_fault_is_the_reason(tmp_path):
    fault = SceneError("no candidates", remedy="Choose another", path="/scan")
    with pytest.raises(SceneError), RunFolder(tmp_path / "a", CONFIG):
        raise fault
    assert read_state(tmp_path / "a").phase == "failed"
    assert read_state(tmp_path / "a").reason == str(fault)
    with pytest.raises(KeyError), RunFolder(tmp_path / "b", CONFIG):
        raise KeyError("bug")
    assert read_state(tmp_path / "b").reason == "KeyError: 'bug'"


@pytest.mark.parametrize("error", [KeyboardInterrupt, Cancelled])
def test_an_interruption_is_a_stop_and_no_failure(tmp_path, error):
    with pytest.raises(error), RunFolder(tmp_path, CONFIG):
        raise error
    assert read_state(tmp_path).phase == "stopped"


def test_a_wish_to_stop_is_granted_once_and_its_file_removed(tmp_path):
    with RunFolder(tmp_path, CONFIG) as folder:
        assert folder.wish() == "go"
        stop(tmp_path)
        assert folder.wish() == "stop"
        assert read_state(tmp_path).phase == "stopping"
        assert list((tmp_path / "control").iterdir()) == []
        assert folder.wish() == "stop"
    state = read_state(tmp_path)
    assert (state.phase, state.reason) == ("stopped", "stopped on request")


def test_a_run_that_leaves_by_exit_after_a_wish_is_stopped(tmp_path):
    def leave() -> None:
        with RunFolder(tmp_path, CONFIG) as folder:
            stop(tmp_path)
            folder.wish()
            raise SystemExit(0)

    with pytest.raises(SystemExit):
        leave()
    assert read_state(tmp_path).phase == "stopped"


def test_a_signal_is_a_wish_from_when_the_process_is_known(tmp_path):
    run = RunFolder(tmp_path, CONFIG)
    assert read_state(tmp_path).pid == os.getpid()
    assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL  # else it would end the tests
    signal.raise_signal(signal.SIGTERM)
    with run as folder:
        assert folder.wish() == "stop"
    assert read_state(tmp_path).reason == "stopped by SIGTERM"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_wishes_until_the_run_is_left(tmp_path, number):
    before = signal.getsignal(number)
    with RunFolder(tmp_path, CONFIG) as folder:
        assert folder.wish() == "go"
        os.kill(os.getpid(), number)
        assert folder.wish() == "stop"
        os.kill(os.getpid(), signal.SIGHUP)
    assert read_state(tmp_path).reason == f"stopped by {number.name}"
    assert signal.getsignal(number) is before


def test_the_second_ctrl_c_interrupts(tmp_path):
    def ctrl_c_twice() -> None:
        with RunFolder(tmp_path, CONFIG):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        ctrl_c_twice()
    assert read_state(tmp_path).phase == "stopped"


def test_a_paused_run_waits_until_it_may_go_on(tmp_path):
    with RunFolder(tmp_path, CONFIG) as folder:
        pause(tmp_path)
        assert folder.wish() == "pause"
        assert read_state(tmp_path).phase == "pausing"
        other = threading.Thread(target=when_paused, args=(tmp_path, resume_paused))
        other.start()
        assert folder.wait_while_paused(5, 10) == "go"
        other.join()
        assert (read_state(tmp_path).phase, read_state(tmp_path).step) == ("running", 5)
        assert folder.wish() == "go"


def test_a_paused_run_can_be_stopped(tmp_path):
    with RunFolder(tmp_path, CONFIG) as folder:
        pause(tmp_path)
        other = threading.Thread(target=when_paused, args=(tmp_path, stop))
        other.start()
        assert folder.wait_while_paused(5, 10) == "stop"
        other.join()
    assert read_state(tmp_path).phase == "stopped"
    assert list((tmp_path / "control").iterdir()) == []


def when_paused(run: Path, wish) -> None:
    while read_state(run).phase != "paused":
        pass
    wish(run)


def test_a_pause_taken_back_in_time_is_none(tmp_path):
    with RunFolder(tmp_path, CONFIG) as folder:
        pause(tmp_path)
        folder.wish()
        resume_paused(tmp_path)
        assert folder.wait_while_paused(1, 2) == "go"


def test_old_wishes_do_not_stop_a_run_that_is_resumed(tmp_path):
    with RunFolder(tmp_path, CONFIG):
        (tmp_path / "control").mkdir()
    (tmp_path / "control" / "stop").touch()
    with RunFolder(tmp_path, CONFIG, resume=True) as folder:
        assert folder.wish() == "go"


def test_metrics_are_json_even_when_they_are_not_numbers(tmp_path):
    with RunFolder(tmp_path, CONFIG) as folder:
        folder.log({"step": 1, "stage": "tower", "loss": float("nan"), "n": 3})
    (row,) = metrics(tmp_path)
    assert row.pop("time") > 0
    assert row == {"step": 1, "stage": "tower", "loss": None, "n": 3}
    assert "NaN" not in (tmp_path / "metrics.jsonl").read_text()


def checkpointed(run: Path, step: int) -> None:
    write_checkpoint(run, step, {}, {})


def test_metrics_after_the_checkpoint_are_taken_back(tmp_path):
    with RunFolder(tmp_path, CONFIG) as folder:
        for step in range(1, 9):
            folder.log({"stage": "tower", "step": step, "class": 1.0})
        for step in range(1, 6):
            folder.log({"stage": "grounder", "step": step, "loss": 1.0 / step})
            folder.log({"note": "no step"})
        checkpointed(tmp_path, 3)
    before = metrics(tmp_path)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 6, "lo')
    inode = (tmp_path / "metrics.jsonl").stat().st_ino
    with RunFolder(tmp_path, CONFIG, resume=True) as folder:
        assert metrics(tmp_path) == before  # half a line is gone at once
        folder.cut_metrics_after(3)
        assert metrics(tmp_path) == before[: 8 + 2 * 3]
        folder.log({"stage": "grounder", "step": 4, "loss": 9.0})
    assert [row.get("loss") for row in metrics(tmp_path)[-3:]] == [1 / 3, None, 9.0]
    assert (tmp_path / "metrics.jsonl").stat().st_ino != inode


def test_a_run_resumed_without_a_checkpoint_begins_anew(tmp_path):
    with RunFolder(tmp_path, CONFIG) as folder:
        folder.log({"step": 1, "loss": 1.0})
    with RunFolder(tmp_path, CONFIG, resume=True):
        assert metrics(tmp_path) == []


def test_tensorboard_shows_what_was_logged_and_forgets_what_was_taken_back(tmp_path):
    with RunFolder(tmp_path, CONFIG) as folder:
        for step in (1, 2, 3):
            folder.log({"step": step, "stage": "grounder", "loss/total": float(step)})
        checkpointed(tmp_path, 2)
    with RunFolder(tmp_path, CONFIG, resume=True) as folder:
        folder.cut_metrics_after(2)
        folder.log({"step": 3, "loss/total": 30.0})
    events = EventAccumulator(str(tmp_path / "tb")).Reload().Scalars("loss/total")
    assert [(event.step, event.value) for event in events] == [(1, 1.0), (2, 2.0), (3, 30.0)]


def test_a_torn_state_is_named(tmp_path):
    (tmp_path / "state.json").write_text('{"phase": "runn')
    with pytest.raises(BrokenFileError, match=r"state\.json"):
        read_state(tmp_path)


def test_a_folder_that_vanishes_ends_the_run_with_a_sentence(tmp_path):
    run = tmp_path / "run"

    def lose_the_folder() -> None:
        with RunFolder(run, CONFIG) as folder:
            run.rename(tmp_path / "elsewhere")
            folder.beat(1, 2, "tower")

    with pytest.raises(ConfigError, match="the folder of the run is gone"):
        lose_the_folder()


def test_a_full_disk_still_lets_the_run_say_why_it_failed(tmp_path):
    """On a real file system of one megabyte, in a mount namespace of its own."""
    mount = f"mount -t tmpfs -o size=1m none {tmp_path}"
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*inside, mount], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small file system")
    program = f'{mount} && exec "$0" "$@"'
    command = [*inside, program, sys.executable, str(Path(__file__).with_name("full_disk.py"))]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for name, what in (("metrics", "metrics.jsonl"), ("checkpoint", "checkpoint of step 2")):
        assert told[name]["phase"] == "failed"
        assert what in told[name]["reason"]
        assert "No space left on device" in told[name]["reason"]
        assert told[name]["checkpoints"] == [1]
        assert told[name]["partial"] == []
    assert "bytes are free" in told["checkpoint"]["reason"]
    assert told["metrics"]["is_whole"]


def test_phases_that_live_are_those_that_do_not_end():
    assert LIVING.isdisjoint({"stopped", "done", "failed"})


def test_a_new_path_is_free_and_fit_for_a_file_system(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path))
    first = new_run_path("../my run: lr 1/2")
    assert first.parent == tmp_path / "data" / "runs"
    first.mkdir(parents=True)
    assert new_run_path("../my run: lr 1/2") != first
