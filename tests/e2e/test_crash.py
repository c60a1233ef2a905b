"""The window killed with SIGKILL in the middle of its work, and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.window

_FIRST = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from whatwhere_app.__main__ import run, start_qt

app = start_qt()

def look():
    lines = [w for w in app.allWidgets() if w.accessibleName() == "Sentence"]
    if any("tiny0000_00" in w.windowTitle() for w in app.topLevelWidgets()) and lines:
        timer.stop()
        lines[0].setText("the chair")
        lines[0].returnPressed.emit()

timer = QTimer(interval=50)
timer.timeout.connect(look)
timer.start()
sys.exit(run(Path(sys.argv[1])))
"""

_SECOND = """
import json
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton
from whatwhere_app.__main__ import run, start_qt

app = start_qt()
done = []

def look():
    shown = [w for w in app.allWidgets() if w.isVisible()]
    pressed = [b for b in shown if isinstance(b, QPushButton) and b.text() == sys.argv[1]]
    if pressed and not done:
        done.append(True)
        pressed[0].click()
    windows = [w for w in app.topLevelWidgets() if "tiny0000_00" in w.windowTitle()]
    lines = [w.text() for w in shown if w.accessibleName() == "Sentence" and w.text()]
    if done and windows and lines:
        timer.stop()
        print(json.dumps([windows[0].windowTitle(), lines]), flush=True)
        windows[0].close()

timer = QTimer(interval=50)
timer.timeout.connect(look)
timer.start()
sys.exit(run(None))
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a window with the demo model; what is left of it ends with the test."""
    if not os.environ.get("DISPLAY"):
        pytest.skip("no display: run under xvfb-run")
    children: list[subprocess.Popen[str]] = []

    def begin(script: str, *arguments: object) -> "subprocess.Popen[str]":
        environment = os.environ | {
            "WHATWHERE_HOME": str(tmp_path / "home"),
            "QT_QPA_PLATFORM": "xcb",
        }
        child = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        return child

    yield begin
    for child in children:
        child.kill()
        child.communicate()


def session(home: Path) -> dict[str, Any]:
    """What the window has written down so far."""
    path = home / "state" / "session.json"
    return json.loads(path.read_bytes()) if path.is_file() else {}


def wait_for(holds: Callable[[], bool], child: "subprocess.Popen[str]") -> None:
    """Until a condition holds, as long as the window lives."""
    deadline_s = time.monotonic() + 90
    while not holds():
        assert child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline_s, "it did not come to hold"
        time.sleep(0.02)


def test_a_killed_window_offers_to_come_back_and_does(
    start: Start, write_scan: Callable[..., Path], tmp_path: Path
) -> None:
    scan = write_scan(tmp_path / "scans")
    home = tmp_path / "home"
    first = start(_FIRST, scan)
    wait_for(lambda: session(home).get("is_asked") is True, first)
    assert session(home)["is_clean"] is False
    os.kill(first.pid, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    second = start(_SECOND, "Restore")
    said, errors = second.communicate(timeout=120)
    assert second.returncode == 0, errors
    title, sentences = json.loads(said)
    assert "tiny0000_00" in title
    assert sentences == ["the chair"]
    assert session(home)["is_clean"] is True
    assert Path(session(home)["scene"]) == scan
