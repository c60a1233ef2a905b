"""What every bench of the window needs around it: a display, and settings of its own."""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import qasync  # type: ignore[import-untyped]

from whatwhere.errors import NotSupportedError, SceneError
from whatwhere_app.__main__ import start_qt
from whatwhere_app.composition import Explorer

_LIMIT_S = 300.0


@contextmanager
def bench_home() -> Iterator[str]:
    """A fresh folder for settings and logs, for this process and its children.

    Raises:
        NotSupportedError: there is no display.
    """
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        raise NotSupportedError(
            "the window cannot be measured without a display",
            remedy='Run it under xvfb-run -s "-screen 0 1600x1000x24 -noreset"',
        )
    before = os.environ.get("WHATWHERE_HOME")
    with tempfile.TemporaryDirectory() as home:
        os.environ["WHATWHERE_HOME"] = home
        try:
            yield home
        finally:
            del os.environ["WHATWHERE_HOME"]
            if before is not None:
                os.environ["WHATWHERE_HOME"] = before


@contextmanager
def shown_explorer(size: tuple[int, int]) -> Iterator[tuple[Explorer, Any]]:
    """The program in a window of this size, with the loop it runs in; ended afterwards."""
    app = start_qt()
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        explorer = Explorer(app, demo_rooms={})
        try:
            explorer.show(size)
            yield explorer, loop
        finally:
            loop.run_until_complete(explorer.end_work())
            explorer.shut_views()
            explorer.window.close_for_good()


async def until(holds: Callable[[], bool]) -> None:
    """Let the window work until something holds.

    Raises:
        SceneError: it did not come to hold.
    """
    deadline_s = time.monotonic() + _LIMIT_S
    for _ in iter(holds, True):
        if time.monotonic() > deadline_s:
            raise SceneError("the bench waited in vain", remedy="Look into the window's log")
        await asyncio.sleep(0.001)
