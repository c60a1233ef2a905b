import json
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from whatwhere.cli.main import main
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import write_cases
from whatwhere.training.config import read_config
from whatwhere.training.run_files import probe_cases_folder
from whatwhere.training.run_folder import RunFolder
from whatwhere.training.run_summary import summarise

CONFIG = read_config("plain")


@pytest.fixture
def roots(monkeypatch, tmp_path):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path))
    return tmp_path / "data" / "runs"


@pytest.fixture
def whatwhere(monkeypatch, capsys, roots):
    """`whatwhere("runs", "list")` -> exit code, stdout, stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["whatwhere", *arguments])
        try:
            code = main()
        except SystemExit as exit_:
            code = exit_.code
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def done(roots):
    run = roots / "20260101-done"
    with RunFolder(run, CONFIG) as folder:
        for step in range(1, 31):
            folder.beat(step, 30, "grounder")
            folder.log({"stage": "grounder", "step": step, "loss/total": step / 8})
        folder.log({"stage": "probe", "step": 30, "accuracy": float("nan")})
    return run


def test_without_a_run_there_is_none(whatwhere):
    assert whatwhere("runs")[:2] == (0, "There are no runs\n")
    assert whatwhere("runs", "list", "--json")[:2] == (0, "[]\n")


def test_the_list_tells_how_each_run_is(whatwhere, done, roots):
    def fail() -> None:
        with RunFolder(roots / "20260102-failed", CONFIG) as folder:
            folder.beat(3, 30, "tower")
            raise KeyError("bug")

    with pytest.raises(KeyError):
        fail()
    code, out, _ = whatwhere("runs")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["20260102-failed", "failed", "3/30", "tower"]
    assert lines[1].strip() == "KeyError: 'bug'"
    assert lines[2].split() == ["20260101-done", "done", "30/30", "grounder"]
    assert whatwhere("runs", "list")[1] == out
    assert whatwhere("runs", "list", str(roots.parent))[1] == "There are no runs\n"


def test_the_json_has_the_shape_that_is_promised(whatwhere, done):
    for arguments in (["runs", "--json"], ["runs", "list", "--json"]):
        (run,) = json.loads(whatwhere(*arguments)[1])
        assert run.pop("heartbeat_age_s") >= 0
        assert run["run"] == str(done)
        assert (run["phase"], run["step"], run["steps"]) == ("done", 30, 30)
        assert run["last"] == {"accuracy": None, "loss/total": 3.75}
        assert {"pid", "host", "reason", "doing", "checkpoints"} < set(run)


def test_the_tail_of_the_metrics(whatwhere, done):
    code, out, _ = whatwhere("runs", "tail", "2026", "-n", "2")
    assert code == 0
    assert out == "grounder 30  loss/total 3.75\nprobe 30  accuracy not finite\n"
    rows = json.loads(whatwhere("runs", "tail", str(done), "-n", "3", "--json")[1])
    assert [row["step"] for row in rows] == [29, 30, 30]


def test_following_ends_with_the_run(whatwhere, roots):
    run = roots / "living"
    with RunFolder(run, CONFIG) as folder:
        folder.log({"stage": "grounder", "step": 1, "loss": 0.5})
        told = []
        follower = threading.Thread(
            target=lambda: told.append(whatwhere("runs", "tail", "living", "--follow"))
        )
        follower.start()
        folder.log({"stage": "grounder", "step": 2, "loss": 0.25})
    follower.join()
    (code, out, _), *_ = told
    lines = out.splitlines()
    assert code == 0
    assert lines[:2] == ["grounder 1  loss 0.5", "grounder 2  loss 0.25"]
    assert lines[2].split() == ["living", "done"]


def test_following_is_no_one_document(whatwhere, done):
    code, out, err = whatwhere("runs", "tail", str(done), "--follow", "--json")
    assert (code, out) == (2, "")
    assert "--follow" in err


def test_pausing_going_on_and_stopping(whatwhere, roots):
    run = roots / "living"
    with RunFolder(run, CONFIG) as folder:
        assert whatwhere("runs", "pause", "living")[:2] == (0, "living: asked to pause\n")
        assert folder.wish() == "pause"
        assert json.loads(whatwhere("runs", "resume", "living", "--json")[1])["run"] == str(run)
        assert folder.wish() == "go"
        assert whatwhere("runs", "stop", str(run))[0] == 0
        assert folder.wish() == "stop"
    assert summarise(run).phase == "stopped"


@pytest.mark.parametrize("command", ["pause", "stop", "kill", "resume"])
def test_a_run_that_is_done_is_left_alone(whatwhere, done, command):
    code, out, err = whatwhere("runs", command, "2026")
    assert (code, out) == (3, "")
    assert str(done) in err
    assert "done" in err


def test_a_name_that_fits_nothing(whatwhere):
    code, _, err = whatwhere("runs", "stop", "nothing")
    assert code == 3
    assert 'no run "nothing"' in err


def test_a_broken_run_is_listed_with_its_fault(whatwhere, done):
    (done / "state.json").write_text("{")
    code, out, _ = whatwhere("runs")
    assert code == 0
    assert "broken" in out
    assert "state.json" in out


def test_looking_at_runs_needs_no_torch():
    code = "import whatwhere.cli.runs, sys; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in said.stdout.split()}
    assert loaded & {"torch", "transformers", "tensorboard", "safetensors"} == set()


@pytest.fixture
def watched(roots):
    """A run that was looked at twice, of cases that were made up."""
    run = roots / "20260103-watched"
    with RunFolder(run, CONFIG):
        for step, follows in ((0, 0.9), (500, 0.05)):
            made = made_cases(900, follows=follows)
            facts = replace(made.facts, step=step, checkpoint_of=str(run))
            write_cases(probe_cases_folder(run, step), facts, made.columns, made.texts)
    return run


def test_bias_over_training_is_a_row_for_each_look(whatwhere, watched):
    code, out, _ = whatwhere("runs", "bias", "20260103")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("20260103-watched: ")
    assert "30 scenes" in lines[0]
    titles, *rows = (line.split() for line in lines[2:])
    assert titles[:3] == ["step", "right", "fused"]
    assert [row[0] for row in rows] == ["0", "500"]
    document = json.loads(whatwhere("runs", "bias", str(watched), "--json")[1])
    assert [item["step"] for item in document["steps"]] == [0, 500]
    shares = [item["follow"]["fused"]["value"] for item in document["steps"]]
    assert shares[0] > 0.7 > 0.2 > shares[1]
    assert f"{100 * shares[0]:.1f}" in lines[3]
    assert [item["accused"] for item in document["steps"]] == [True, False]


def test_a_run_without_looks_says_what_to_do(whatwhere, done):
    code, _, err = whatwhere("runs", "bias", str(done))
    assert code == 3
    assert "Runs of older versions kept none" in err
