"""`whatwhere scenes list`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from whatwhere.cli.main import command_line

WriteScan = Callable[..., Path]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))


def run(*arguments: str) -> int:
    return command_line(arguments)(arguments, standalone_mode=False) or 0


def test_scans_are_listed_with_what_is_there(
    tmp_path: Path, write_scan: WriteScan, capsys: pytest.CaptureFixture[str]
) -> None:
    write_scan(tmp_path / "scans", scene_id="scene0001_00")
    write_scan(tmp_path / "scans", scene_id="scene0002_00", annotation=False)
    assert run("scenes", "list", str(tmp_path / "scans")) == 0
    told = capsys.readouterr().out
    assert "2 scans: 2 with mesh, 2 with frames, 1 with objects, 0 with sentences" in told
    assert "No annotated objects: scene0002_00.aggregation.json" in told
    run("scenes", "list", str(tmp_path / "scans"), "--has", "objects", "--json")
    document = json.loads(capsys.readouterr().out)
    assert [scan["scene"] for scan in document["scans"]] == ["scene0001_00"]
    assert document["scans"][0]["present"] == ["mesh", "frames", "objects"]


def test_a_folder_that_is_gone_is_told_after_the_others(
    tmp_path: Path, write_scan: WriteScan, capsys: pytest.CaptureFixture[str]
) -> None:
    write_scan(tmp_path / "scans")
    code = run("scenes", "list", str(tmp_path / "gone"), str(tmp_path / "scans"))
    assert code == 3
    told = capsys.readouterr()
    assert "1 scan: 1 with mesh" in told.out
    assert "Folder of scans not found" in told.err


def test_unknown_parts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter):
        run("scenes", "list", str(tmp_path), "--has", "colour")
