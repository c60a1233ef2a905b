"""A display, an event loop, and a scene small enough to know by heart."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import qasync
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def until() -> Until:
    """Lets the running loop work until a condition holds."""
    return _until


async def _until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 60
    for _ in iter(holds, True):
        if time.monotonic() > deadline_s:
            raise TimeoutError("the condition did not come to hold")
        await asyncio.sleep(0.001)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and logs of this test, and of its children, go here."""
    folder = tmp_path / "home"
    monkeypatch.setenv("WHATWHERE_HOME", str(folder))
    # Children import the fake host from here.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    return folder


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """Qt and asyncio in one loop."""
    event_loop = qasync.QEventLoop(qapp, already_running=False)
    asyncio.set_event_loop(event_loop)
    yield event_loop
    event_loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def display(qapp: QApplication) -> None:
    """Windows with OpenGL can be shown here."""
    if QGuiApplication.platformName() == "offscreen" or not os.environ.get("DISPLAY"):
        pytest.skip("no display: run under xvfb-run")


@pytest.fixture
def tiny_scan(write_scan: Callable[..., Path], tmp_path: Path) -> Path:
    """A wall with two chairs, three frames and no expressions."""
    return write_scan(tmp_path / "scans")
