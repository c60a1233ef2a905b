import errno
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from whatwhere.cli.main import command_line


@pytest.fixture
def run_train(monkeypatch):
    """`whatwhere train` with a launch that only remembers; what it was given comes along."""
    given = {}

    def launch(config, *, base, run, resume, overrides, report, started):
        assert started == ()
        given.update(config=config, base=base, run=run, resume=resume, overrides=overrides)
        report("step 1/2")
        sys.stdout.write("a library prints\n")
        return Path("/runs/one/model")

    monkeypatch.setitem(sys.modules, "whatwhere.training.launch", SimpleNamespace(train=launch))

    def run(*options):
        arguments = ["train", *options]
        done = CliRunner().invoke(command_line(arguments), arguments, catch_exceptions=False)
        return done, given

    return run


def test_settings_are_handed_over(run_train):
    options = ["--run", "/runs/one", "--set", "steps=10", "--set", "name=a=b", "--set", "data="]
    done, given = run_train("default", "--from", "base", "--resume", *options)
    assert given == {
        "config": "default",
        "base": "base",
        "run": Path("/runs/one"),
        "resume": True,
        "overrides": {"steps": "10", "name": "a=b", "data": ""},
    }
    assert done.stdout == "The model lies in /runs/one/model\n"
    assert "step 1/2" in done.stderr


def test_json_is_the_document_and_nothing_else(run_train):
    done, given = run_train("default", "--json")
    assert json.loads(done.stdout) == {"model": "/runs/one/model", "run": "/runs/one"}
    assert given["run"] is None
    assert given["base"] is None
    assert given["resume"] is False
    assert given["overrides"] == {}


@pytest.mark.parametrize("change", ["steps", "=10", "="])
def test_what_is_no_setting_is_wrong_usage(run_train, change):
    done, given = run_train("default", "--set", change)
    assert done.exit_code == 2
    assert not given


def test_a_terminal_that_was_closed_does_not_end_a_run(run_train, monkeypatch):
    class Closed:
        def write(self, _: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    def launch(config, *, report, **_):
        monkeypatch.setattr(sys, "stderr", Closed())
        report("step 1/2")
        monkeypatch.undo()
        return Path("/runs/one/model")

    monkeypatch.setitem(sys.modules, "whatwhere.training.launch", SimpleNamespace(train=launch))
    done, _ = run_train("default")
    assert done.exit_code == 0
