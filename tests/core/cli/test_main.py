import subprocess
import sys

import pytest
import typer

from whatwhere.cli.main import COMMANDS, command_line, main

COMMAND_LINE = {
    "bench": {
        "name",
        "--minutes",
        "--report",
        "--ship",
        "--official-reader",
        "--official-python",
        "--device",
        "--small",
        "--json",
    },
    "demo": {
        "folder",
        "--scenes",
        "--seed",
        "--split",
        "--shortcut",
        "--twins",
        "--detections",
        "--mesh",
        "--frames",
        "--size",
        "--json",
    },
    "doctor": {"--json"},
    "answer": {
        "scene",
        "question",
        "--model",
        "--modality",
        "--max-tokens",
        "--device",
        "--dtype",
        "--frames",
        "--proposals",
        "--cache-mb",
        "--json",
    },
    "ground": {
        "scene",
        "text",
        "--modality",
        "--top",
        "--model",
        "--only-boxes",
        "--box",
        "--frame",
        "--device",
        "--dtype",
        "--frames",
        "--proposals",
        "--cache-mb",
        "--json",
    },
    "evaluate": {
        *("model", "sentences", "--split", "--scans", "--modality", "--proposals", "--first"),
        *("--unique", "--labels", "--strict", "--all-rows", "--out", "--submission"),
        *("--device", "--cache-mb", "--json"),
    },
    "host": {"model"},
    "frames": set(),
    "scenes": set(),
    "scenes import": {
        "folder",
        "--pose",
        "--axes",
        "--depth-scale",
        "--floor",
        "--camera",
        "--up",
        "--json",
    },
    "frames export": {"scene", "out", "--every", "--cover", "--json"},
    "info": {"scene", "--json"},
    "models": {"--json"},
    "models add": {"source", "--name", "--command", "--timeout", "--map", "--json"},
    "models convert": {"kind", "folder", "out", "--tower", "--json"},
    "models list": {"--json"},
    "models plan": {
        *("name", "--device", "--dtype", "--frames", "--resolution", "--candidates"),
        *("--modalities", "--json"),
    },
    "models remove": {"name", "--json"},
    "models show": {"name", "--json"},
    "models verify": {"name", "--json"},
    "open": {
        "scene",
        "--example",
        "--expression",
        "--model",
        "--compare",
        "--screenshot",
        "--reset-settings",
    },
    "predictions": set(),
    "predictions export": {
        "file",
        "--device",
        "--modality",
        "--model",
        "--scene",
        "--sentences",
        "--top",
        "--json",
    },
    "predictions import": {
        "file",
        "--expressions",
        "--modality",
        "--name",
        "--scene",
        "--json",
    },
    "runs": {"--json"},
    "runs bias": {"run", "--iou", "--json"},
    "runs export": {"run", "file", "--force", "--json"},
    "runs kill": {"run", "--json"},
    "runs list": {"folders", "--json"},
    "runs pause": {"run", "--json"},
    "runs resume": {"run", "--json"},
    "runs stop": {"run", "--json"},
    "runs tail": {"run", "--lines", "--follow", "--json"},
    "scenes list": {"folders", "--has", "--json"},
    "diagnose": {
        *("models", "--data", "--split", "--scans", "--modality", "--proposals", "--first"),
        *("--twins", "--probes", "--states", "--reference", "--iou", "--margin", "--out"),
        *("--html", "--latex", "--figures", "--cache-mb", "--device", "--json"),
    },
    "probe": {
        *("scene", "text", "--probe", "--list", "--flip", "--evidence", "--modality", "--model"),
        *("--target", "--out", "--device", "--dtype", "--frames", "--json"),
    },
    "shortcuts": {"cases", "--data", "--split", "--scans", "--modality", "--json"},
    "cases": set(),
    "cases list": {"--store", "--model", "--json"},
    "cases agreement": {"store", "first", "second", "--model", "--json"},
    "cases export": {
        *("file", "--form", "--store", "--model", "--tag", "--scans", "--boxes-only", "--json"),
    },
    "cases import": {"file", "--store", "--annotator", "--dry-run", "--json"},
    "cases copy": {"source", "target", "--json"},
    "train": {"config", "--from", "--processes", "--run", "--resume", "--set", "--json"},
}


@pytest.fixture
def run_main(monkeypatch, capsys, tmp_path):
    """`run_main("info", "x")` -> exit code, stdout, stderr."""
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["whatwhere", *arguments])
        try:
            code = main()
        except SystemExit as exit_:
            code = exit_.code
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def command(monkeypatch):
    """Puts a function in the place of `whatwhere info`."""

    def put(function):
        monkeypatch.setitem(COMMANDS, "info", "fake_command:function")
        module = type(sys)("fake_command")
        module.function = function
        monkeypatch.setitem(sys.modules, "fake_command", module)

    return put


def test_commands_and_flags_are_frozen():
    group = typer.main.get_command(command_line(["--help"]))
    commands = dict(group.commands)
    for name, one in group.commands.items():
        below = getattr(one, "commands", {})
        commands |= {f"{name} {sub}": command for sub, command in below.items()}
    found = {name: _parameters(one) for name, one in commands.items()}
    assert found == COMMAND_LINE


def _parameters(command):
    options = {p.name: [o for o in p.opts if o.startswith("--")] for p in command.params}
    return {longest[-1] if longest else name for name, longest in options.items()}


def test_help_lists_every_command(run_main):
    code, out, _ = run_main("--help")
    assert code == 0
    for name in COMMANDS:
        assert f"  {name} " in out


def test_version(run_main):
    code, out, _ = run_main("--version")
    assert code == 0
    assert out.startswith("whatwhere ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["--fly"],
        ["info"],
        ["ground", "scene"],
        ["ground", "scene", "text", "--top", "0"],
        ["train", "default", "--set", "steps"],
        ["bench", "nothing"],
    ],
)
def test_wrong_usage_is_2(run_main, arguments):
    code, out, err = run_main(*arguments)
    assert code == 2
    assert out == ""
    assert "Usage: whatwhere" in err


def test_bad_input_is_3_with_a_sentence_that_names_the_file(run_main):
    code, out, err = run_main("info", "/no/such/scene")
    assert code == 3
    assert out == ""
    assert err.startswith("/no/such/scene: ")
    assert "Traceback" not in err


def test_not_supported_is_4(run_main, tmp_path):
    code, out, err = run_main("ground", str(tmp_path), "the chair", "--modality", "smell")
    assert code == 4
    assert out == ""
    assert '"smell" is not a modality' in err


def test_our_bug_is_1_and_its_traceback_is_in_the_log(run_main, command, tmp_path):
    def info() -> None:
        raise ZeroDivisionError("by nothing")

    command(info)
    code, out, err = run_main("info")
    log = tmp_path / "home" / "state" / "whatwhere.log"
    assert code == 1
    assert out == ""
    assert err.startswith("ZeroDivisionError: by nothing. ")
    assert str(log) in err
    assert "Traceback (most recent call last)" in log.read_text()


def test_a_path_that_the_system_refuses_is_bad_input(run_main, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for arguments in (["demo", str(tmp_path / "file")], ["info", "x" * 5000]):
        code, out, err = run_main(*arguments)
        assert code == 3
        assert out == ""
        assert err.startswith(f"{arguments[1]}")
        assert "the system refuses it (" in err


def test_a_bug_is_told_even_where_no_log_can_be_written(run_main, command, monkeypatch, tmp_path):
    def info() -> None:
        raise ZeroDivisionError("by nothing")

    command(info)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "file"))
    code, out, err = run_main("info")
    assert code == 1
    assert out == ""
    assert "Traceback (most recent call last)" in err
    assert "This is a bug of WhatWhere; please report it.\n" in err


def test_a_frozen_bundle_becomes_a_worker(monkeypatch):
    asked = []
    monkeypatch.setattr("whatwhere.jobs.worker.main", lambda given: asked.append(given) or 5)
    monkeypatch.setattr(sys, "argv", ["whatwhere", "--worker", "package.module:run", "default"])
    assert main() == 5
    assert asked == [["package.module:run", "default"]]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_imports_no_heavy_library_before_it_runs(name):
    code = (
        "import sys; from whatwhere.cli.main import command_line; "
        f"command_line([{name!r}]); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "rich", "PySide6", "vtk"} & set(done.stdout.split())
