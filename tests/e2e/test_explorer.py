"""The program as a process: what a user starts, with a real model of random weights."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.window

_RUN = """
import sys
from pathlib import Path
from whatwhere_app.__main__ import run
status = run(Path(sys.argv[1]), expression="the office chair", model=sys.argv[2],
             screenshot=Path(sys.argv[3]))
print("torch" in sys.modules, "transformers" in sys.modules)
sys.exit(status)
"""


@pytest.fixture(scope="module")
def model(
    tmp_path_factory: pytest.TempPathFactory, write_tiny_model: Callable[[Path, str], Path]
) -> Path:
    """A tiny model folder whose weights are random."""
    pytest.importorskip("torch")
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny", "the office chair")


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the explorer until it leaves by itself."""
    if not os.environ.get("DISPLAY"):
        pytest.skip("no display: run under xvfb-run")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _RUN, *map(str, arguments)],
            env=os.environ | {"WHATWHERE_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "xcb"},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_it_opens_asks_draws_and_leaves_without_torch_in_the_window(
    start: Callable[..., subprocess.CompletedProcess[str]],
    write_scan: Callable[..., Path],
    model: Path,
    tmp_path: Path,
) -> None:
    picture = tmp_path / "out" / "window.png"
    done = start(write_scan(tmp_path / "scans"), model, picture)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == str(picture)
    assert lines[1] == "the office chair"
    assert [line.split()[0] for line in lines[2:5]] == ["Fused", "2D", "3D"]
    assert all("office chair" in line for line in lines[2:5])
    assert lines[5] == "False False"
    pixels = np.asarray(Image.open(picture).convert("RGB"))
    middle = pixels[100:600, 350:1050]
    assert np.unique(middle.reshape(-1, 3), axis=0).shape[0] > 20


def test_bad_input_is_a_sentence_and_exit_code_3(
    start: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = start(tmp_path / "nowhere", "default", tmp_path / "window.png")
    assert done.returncode == 3
    assert "nowhere: Scene not found" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "window.png").exists()
