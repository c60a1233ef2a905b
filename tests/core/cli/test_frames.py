"""`whatwhere frames export`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from whatwhere.cli.main import command_line
from whatwhere.scenes.opening import open_scene

SensBytes = Callable[..., bytes]


def run(*arguments: str) -> None:
    command_line(arguments)(arguments, standalone_mode=False)


def test_a_recording_becomes_folders(
    tmp_path: Path, sens_bytes: SensBytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "scene0042_00.sens", tmp_path / "out"
    path.write_bytes(sens_bytes(num_frames=5))
    run("frames", "export", str(path), str(out), "--every", "2", "--json")
    document = json.loads(capsys.readouterr().out)
    assert document == {"folder": str(out), "num_written": 3, "num_kept": 0, "left_out": {}}
    run("frames", "export", str(path), str(out))
    said = capsys.readouterr()
    assert said.out == f"2 frames written to {out}, 3 were there\n"
    assert said.err.endswith("5 of 5 frames\n")
    assert len(open_scene(out).headers) == 5
