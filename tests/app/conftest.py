"""A display, an event loop, and a scene small enough to know by heart."""

import asyncio
import gc
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import qasync
from child_workers import child_workers
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

if TYPE_CHECKING:
    from whatwhere_app.composition import Explorer

_TESTS_PER_FULL_COLLECTION = 25

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture(autouse=True)
def only_this_thread_collects(request: pytest.FixtureRequest) -> Iterator[None]:
    """As in the program (`tasks/collector.py`): no worker thread may destroy a QObject."""
    gc.disable()
    yield
    gc.disable()  # a window that was shut has given it back
    number = request.session.items.index(request.node)
    gc.collect(2 if number % _TESTS_PER_FULL_COLLECTION == 0 else 1)


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


class _PumpedLoop(qasync.QEventLoop):  # type: ignore[misc]
    """A loop whose callbacks find it running even where Qt alone hands events out.

    pytest-qt does so between a test and what tears it down; in the program the loop never stops.
    """

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.Handle:
        def running(*given: Any) -> None:
            if asyncio._get_running_loop() is not None:
                callback(*given)
                return
            asyncio._set_running_loop(self)
            try:
                callback(*given)
            finally:
                asyncio._set_running_loop(None)

        handle: asyncio.Handle = super().call_later(delay, running, *args, context=context)
        return handle


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """Qt and asyncio in one loop."""
    event_loop = _PumpedLoop(qapp, already_running=False)
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
def open_window(
    qapp: QApplication, qtbot: QtBot, loop: asyncio.AbstractEventLoop, home: Path
) -> Iterator[Callable[..., "Explorer"]]:
    """Opens the program with a host without a model, and shows it.

    Afterwards nothing of it may be left.
    """
    from whatwhere_app.composition import Explorer

    opened: list[Explorer] = []
    others = set(child_workers())

    def start(
        demo_rooms: Mapping[str, Path] | None = None,
        model: str = "default",
        host_entry: str = "fake_host:run",
    ) -> Explorer:
        explorer = Explorer(qapp, demo_rooms=demo_rooms or {}, model=model, host_entry=host_entry)
        opened.append(explorer)
        explorer.window.resize(1280, 800)
        explorer.window.show()
        explorer.window.activateWindow()
        qtbot.waitActive(explorer.window)
        return explorer

    yield start
    for explorer in opened:
        loop.run_until_complete(explorer.end_work())
        explorer.shut_views()
        explorer.window.close_for_good()
        explorer.window.deleteLater()
    # A window that goes late takes the keyboard away from the next test's.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QGuiApplication.sync()
    assert not [child for child in child_workers() if child not in others]


@pytest.fixture
def explorer(open_window: Callable[..., "Explorer"]) -> "Explorer":
    """The program, shown."""
    return open_window()


@pytest.fixture
def tiny_scan(write_scan: Callable[..., Path], tmp_path: Path) -> Path:
    """A wall with two chairs, three frames and no expressions."""
    return write_scan(tmp_path / "scans")
