import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest
from safetensors.numpy import load_file

from whatwhere.errors import ConfigError, RunError, SceneError
from whatwhere.training.config import read_config, write_config
from whatwhere.training.metric_log import MetricLog
from whatwhere.training.run_folder import RunFolder
from whatwhere.training.run_state import read_state, write_state
from whatwhere.training.run_summary import find_run, find_runs, summarise
from whatwhere.training.runs import kill, pause, resume_paused, start_run, stop

FAKE = (sys.executable, str(Path(__file__).with_name("fake_run.py")))
CONFIG = read_config("plain", {"steps": "60", "checkpoint_every": "10"})


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setenv("FAKE_RUN_STEP_S", "0.02")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nobody disturbed."""
    run = tmp_path_factory.mktemp("whole") / "run"
    start_run(CONFIG, path=run, program=FAKE)
    until(lambda: summarise(run).phase == "done")
    return run


def finished(run: Path) -> None:
    until(lambda: not summarise(run).is_living)
    assert summarise(run).phase == "done", summarise(run).reason


def assert_same(run: Path, whole: Path) -> None:
    """Metrics but for their time, and the last weights, to the bit."""
    logs = [MetricLog(folder / "metrics.jsonl").tail(10**6) for folder in (run, whole)]
    for rows in logs:
        for row in rows:
            del row["time"]
    assert logs[0] == logs[1]
    assert [row["step"] for row in logs[0]] == list(range(1, CONFIG.steps + 1))
    weights = [
        load_file(folder / "checkpoints/step-000060/model.safetensors")["weights"]
        for folder in (run, whole)
    ]
    assert weights[0].tobytes() == weights[1].tobytes()


def kill_process(run: Path) -> None:
    os.kill(read_state(run).pid, signal.SIGKILL)
    until(lambda: not summarise(run).is_living)


def test_a_whole_run(whole):
    summary = summarise(whole)
    assert (summary.phase, summary.step, summary.steps) == ("done", 60, 60)
    assert summary.checkpoints == (10, 20, 30, 40, 50, 60)
    assert summary.host == socket.gethostname()
    assert summary.config == CONFIG
    assert set(summary.last) == {"loss"}


def test_a_base_is_written_into_the_configuration(tmp_path):
    with pytest.raises(RunError):
        start_run(CONFIG, base="default", path=tmp_path / "run", program=("false",))
    assert read_config(str(tmp_path / "run" / "config.toml")).base == "default"


def test_a_run_whose_process_still_imports_is_starting_and_not_crashed(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    write_config(CONFIG, run / "config.toml")
    assert summarise(run).phase == "crashed"
    (run / "log.txt").write_text("$ whatwhere train config.toml\n")
    assert summarise(run).phase == "starting"
    long_ago = time.time() - 3600
    os.utime(run / "log.txt", (long_ago, long_ago))
    assert summarise(run).phase == "crashed"


def test_a_run_that_ended_before_it_began_is_not_starting(tmp_path):
    with pytest.raises(RunError, match="ended before it began"):
        start_run(CONFIG, path=tmp_path / "run", program=("false",))
    assert summarise(tmp_path / "run").phase == "crashed"


def test_killed_at_any_moment_a_run_goes_on_to_the_same_numbers(tmp_path, whole, slow):
    run = start_run(CONFIG, path=tmp_path / "run", program=FAKE)
    for step in (5, 33):
        until(lambda step=step: summarise(run).step >= step)
        kill_process(run)
        summary = summarise(run)
        assert summary.phase == "crashed"
        assert "gone without a word" in summary.reason
        start_run(CONFIG, path=run, resume=True, program=FAKE)
    finished(run)
    assert_same(run, whole)


def test_paused_stopped_and_resumed_it_comes_to_the_same_numbers(tmp_path, whole, slow):
    run = start_run(CONFIG, path=tmp_path / "run", program=FAKE)
    pause(run)
    until(lambda: summarise(run).phase == "paused")
    paused = summarise(run)
    assert paused.checkpoints[-1] == paused.step
    resume_paused(run)
    until(lambda: summarise(run).step > paused.step)
    stop(run)
    until(lambda: not summarise(run).is_living)
    stopped = summarise(run)
    assert stopped.phase == "stopped"
    # Nobody stays in the process table.
    until(lambda: not psutil.pid_exists(stopped.pid))
    start_run(CONFIG, path=run, resume=True, program=FAKE)
    os.kill(summarise(run).pid, signal.SIGTERM)
    until(lambda: not summarise(run).is_living)
    assert summarise(run).reason == "stopped by SIGTERM"
    start_run(CONFIG, path=run, resume=True, program=FAKE)
    finished(run)
    assert_same(run, whole)


def test_sigterm_while_the_libraries_are_imported_is_a_wish_to_stop(tmp_path):
    program = (
        "import os, signal, sys\n"
        "class SignalFirst:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'torch':\n"
        "            os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.meta_path.insert(0, SignalFirst())\n"
        "from whatwhere.cli.main import main\n"
        "main()\n"
    )
    run = start_run(CONFIG, path=tmp_path / "run", program=(sys.executable, "-c", program))
    until(lambda: not summarise(run).is_living)
    assert (summarise(run).phase, summarise(run).reason) == ("stopped", "stopped by SIGTERM")


def test_a_run_outlives_the_whole_process_group_of_its_starter(tmp_path, whole, slow):
    run = tmp_path / "run"
    program = (
        "import sys, time; from pathlib import Path;"
        "from whatwhere.training.config import read_config;"
        "from whatwhere.training.runs import start_run;"
        f"config = read_config('plain', {{'steps': '60', 'checkpoint_every': '10'}});"
        f"start_run(config, path=Path({str(run)!r}), program={FAKE!r});"
        "print('started', flush=True); time.sleep(100)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, process_group=0
    ) as window:
        assert window.stdout.readline() == b"started\n"
        os.killpg(window.pid, signal.SIGKILL)
    summary = summarise(run)
    assert summary.is_living
    assert os.getsid(summary.pid) == summary.pid
    assert os.getpriority(os.PRIO_PROCESS, summary.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    finished(run)
    assert_same(run, whole)


def test_killing_takes_the_children_along(tmp_path):
    program = (
        "import subprocess, sys, time; from pathlib import Path;"
        "from whatwhere.training.config import read_config;"
        "from whatwhere.training.run_folder import RunFolder;\n"
        "with RunFolder(Path(sys.argv[4]), read_config(sys.argv[2])) as folder:\n"
        "    child = subprocess.Popen(['sleep', '1000'])\n"
        "    folder.set_phase('running', step=child.pid)\n"
        "    time.sleep(1000)\n"
    )
    run = start_run(CONFIG, path=tmp_path / "run", program=(sys.executable, "-c", program))
    until(lambda: summarise(run).step > 0)
    child = summarise(run).step
    kill(run)
    until(lambda: summarise(run).phase == "crashed")
    until(lambda: not psutil.pid_exists(child) or _is_zombie(child))


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_run_on_another_machine_is_not_killed(tmp_path):
    with RunFolder(tmp_path, CONFIG):
        write_state(tmp_path, replace(read_state(tmp_path), host="elsewhere"))
        with pytest.raises(RunError, match="going on on elsewhere"):
            kill(tmp_path)


def test_a_process_that_was_given_the_number_of_an_older_one_is_spared(tmp_path):
    with RunFolder(tmp_path, CONFIG), subprocess.Popen(["sleep", "1000"]) as other:
        born = psutil.Process(other.pid).create_time()
        write_state(tmp_path, replace(read_state(tmp_path), pid=other.pid, started=born - 60))
        with pytest.raises(RunError, match="only just been started"):
            kill(tmp_path)
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("wish", [pause, resume_paused, stop, kill])
def test_what_is_not_going_on_cannot_be_steered(tmp_path, whole, wish):
    with pytest.raises(RunError, match=r"not going on \(it is done\)"):
        wish(whole)
    with pytest.raises(RunError, match="not going on"):
        wish(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_second_start_is_refused(tmp_path, whole):
    with pytest.raises(ConfigError, match="already holds a run"):
        start_run(CONFIG, path=whole, program=FAKE)
    with (
        RunFolder(tmp_path, CONFIG),
        pytest.raises(ConfigError, match="another run is going on"),
    ):
        start_run(CONFIG, path=tmp_path, resume=True, program=FAKE)


def test_a_program_that_ends_at_once_is_quoted(tmp_path):
    program = (sys.executable, "-c", "import sys; sys.exit('no such thing')")
    with pytest.raises(RunError, match=r"before it began \(status 1\): no such thing"):
        start_run(CONFIG, path=tmp_path / "run", program=program)
    with pytest.raises(RunError, match="signal SIGKILL"):
        start_run(
            CONFIG,
            path=tmp_path / "other",
            program=(sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"),
        )


def test_a_run_that_never_began_can_be_started_again(tmp_path):
    with pytest.raises(RunError):
        start_run(CONFIG, path=tmp_path, program=("false",))
    assert summarise(tmp_path).phase == "crashed"
    with RunFolder(tmp_path, CONFIG):
        pass
    assert summarise(tmp_path).phase == "done"


def test_the_reason_of_a_fault_stands_in_the_list(home):
    fault = SceneError("the scans are gone", remedy="Bring them back", path="/scans")
    run = home / "data" / "runs" / "a"
    with pytest.raises(SceneError), RunFolder(run, CONFIG):
        raise fault
    (listed,) = find_runs()
    assert (listed.path, listed.phase, listed.reason) == (run, "failed", str(fault))


def test_runs_are_listed_newest_first(tmp_path):
    for age, name in ((300, "old"), (100, "new")):
        with RunFolder(tmp_path / name, CONFIG):
            pass
        state = read_state(tmp_path / name)
        write_state(tmp_path / name, replace(state, started=state.started - age))
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    listed = find_runs([tmp_path, tmp_path / "nowhere"])
    assert [(run.name, run.phase) for run in listed] == [("new", "done"), ("old", "done")]


def test_a_run_given_as_a_folder_of_runs_is_listed_itself(tmp_path):
    with RunFolder(tmp_path / "a", CONFIG):
        pass
    assert [run.name for run in find_runs([tmp_path / "a"])] == ["a"]


@pytest.mark.parametrize("text", ['{"phase": "run', '{"phase": "flying"}', "[]"])
def test_a_state_that_cannot_be_read_is_listed_with_its_fault(tmp_path, text):
    with RunFolder(tmp_path / "a", CONFIG):
        pass
    (tmp_path / "a" / "state.json").write_text(text)
    (listed,) = find_runs([tmp_path])
    assert listed.phase == "broken"
    assert "state.json" in listed.reason


@pytest.mark.parametrize("text", ["nonsense = [[", "future_setting = 1", None])
def test_a_run_of_another_version_is_read_all_the_same(tmp_path, text):
    run = tmp_path / "a"
    with RunFolder(run, CONFIG) as folder:
        folder.beat(5, 5, "grounder")
    if text is None:
        (run / "config.toml").unlink()
    else:
        (run / "config.toml").write_text(text)
    (listed,) = find_runs([tmp_path])
    assert (listed.phase, listed.step, listed.config) == ("done", 5, None)
    assert "config.toml" in listed.reason


def test_runs_are_found_by_folder_and_by_the_beginning_of_a_name(home):
    runs = home / "data" / "runs"
    for name, configured in (("20260101-first", "plain"), ("20260102-second", "debias")):
        with RunFolder(runs / name, CONFIG.model_copy(update={"name": configured})):
            pass
    assert find_run(str(runs / "20260101-first")) == runs / "20260101-first"
    assert find_run("20260102") == find_run("deb") == runs / "20260102-second"
    with pytest.raises(RunError, match="fits 2 runs: 20260102-second, 20260101-first"):
        find_run("2026")
    with pytest.raises(RunError, match="no run"):
        find_run("third")


def test_a_summary_is_plain_values(whole):
    assert asdict(summarise(whole))["last"].keys() == {"loss"}
