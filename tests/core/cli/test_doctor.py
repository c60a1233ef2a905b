import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from whatwhere.cli.checks import installation, window
from whatwhere.cli.checks.check import Check
from whatwhere.cli.checks.child import Failure, run_child
from whatwhere.cli.doctor import doctor, examine, readable

DEV = Path(__file__).resolve().parents[3] / "dev"


@pytest.fixture(scope="module")
def report() -> dict[str, Check]:
    return {check.name: check for check in examine()}


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(doctor)
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout


def test_what_these_tests_stand_on_works(report: dict[str, Check]) -> None:
    for name in ("Python", "packages", "torch", "window packages", "system libraries", "OpenGL"):
        assert report[name].ok, report[name]


def test_every_fault_has_a_remedy_that_is_a_sentence(report: dict[str, Check]) -> None:
    for check in report.values():
        assert check.detail
        assert check.ok == (check.remedy == "")
        assert check.ok or re.fullmatch(r"[A-Z].*\.", check.remedy)


@pytest.mark.parametrize(
    ("check", "exit_code", "mark"),
    [
        (Check("disk", True, "fine"), 0, "ok"),
        (Check("disk", False, "full", "Free 2 GB."), 3, "NO"),
        (Check("disk", False, "full", "Free 2 GB.", needed=False), 0, "--"),
    ],
)
def test_only_what_is_needed_fails_the_command(
    check: Check, exit_code: int, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whatwhere.cli.doctor.examine", lambda: [check])
    code, said = run("--json")
    document = json.loads(said)
    assert code == exit_code
    assert document["ok"] is (exit_code == 0)
    assert document["checks"][0] == {
        "name": check.name,
        "ok": check.ok,
        "detail": check.detail,
        "remedy": check.remedy,
        "needed": check.needed,
    }
    assert run() == (exit_code, readable([check]) + "\n")
    assert readable([check]).startswith(mark)
    assert check.remedy in readable([check])


def test_qt_that_aborts_costs_a_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "nonsense")
    check = window.check_qt()
    assert not check.ok
    assert "SIGABRT" in check.detail
    assert "nonsense" in check.detail


def test_a_display_that_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":4711")
    assert window.check_display().ok
    assert not window.check_qt().ok


def test_no_display_is_not_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    check = window.check_display()
    assert not check.ok
    assert not check.needed
    assert window.check_qt().ok


def test_a_data_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "file"))
    check = installation.check_data_folder()
    assert not check.ok
    assert check.needed
    assert "WHATWHERE_HOME" in check.remedy


def test_a_nearly_full_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path))
    assert installation.check_data_folder().ok
    monkeypatch.setattr(installation, "MIN_FREE_GB", 1e9)
    check = installation.check_data_folder()
    assert not check.ok
    assert not check.needed


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(window.SHARED_LIBRARIES, "libnosuch.so.9", "libnosuch9")
    check = window.check_shared_libraries()
    assert not check.ok
    assert "apt-get install libnosuch9" in check.remedy


def test_packages_out_of_range_and_missing_are_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["numpy<1", "no-such-package>=2", 'vtk<1; extra == "app"', 'vtk<1; extra == "dev"']
    monkeypatch.setattr("importlib.metadata.requires", lambda _: lines)
    assert re.fullmatch(
        r"numpy [\d.]+ is not <1; no-such-package is missing", installation.check_packages().detail
    )
    assert re.fullmatch(r"vtk [\d.]+ is not <1", window.check_window_packages().detail)


def test_a_child_fails_with_its_reason() -> None:
    assert run_child("print(1 + 1)") == "2"
    assert run_child("raise ValueError('no such thing')") == Failure("ValueError: no such thing")
    killed = run_child("import os; os.kill(os.getpid(), 9)")
    assert isinstance(killed, Failure)
    assert "SIGKILL" in killed.reason


def test_the_front_door_installs_what_the_doctor_asks_for() -> None:
    if not DEV.exists():
        pytest.skip("not a checkout: there is no ./dev")
    table = DEV.read_text(encoding="utf-8").partition("libraries='")[2].partition("'")[0]
    pairs = [line.split() for line in table.splitlines()]
    assert dict(map(tuple, pairs)) == window.SHARED_LIBRARIES


def test_the_doctor_itself_loads_neither_torch_nor_qt() -> None:
    source = (
        "import sys\n"
        "from whatwhere.cli.doctor import examine\n"
        "examine()\n"
        "print(sorted({'torch', 'transformers', 'PySide6', 'vtkmodules'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, env=os.environ
    )
    assert said.stdout.strip() == "[]"
