"""What the user wants of a run that is going on: files in `control/`, and signals."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Literal, Self

Wish = Literal["go", "pause", "stop"]

PAUSE, STOP = "pause", "stop"
"""Names of files in `control/`. `pause` holds as long as it lies there."""

_early: list[int] = []


@contextlib.contextmanager
def early_sigterm_kept() -> Iterator[None]:
    """Keep a SIGTERM that comes before the run begins, as while libraries are imported.

    The run begins, finds that it is to stop, and its folder says so; ended by the signal itself it
    would read "crashed", or "starting".
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: _early.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        _early.clear()


class Wishes:
    """Reads wishes; as a context, signals are wishes, too, and so is an early SIGTERM.

    SIGTERM and the first Ctrl-C ask to stop; the second Ctrl-C interrupts. SIGHUP is ignored, so
    that a closed terminal does not end a run.
    """

    def __init__(self, control: Path) -> None:
        self._control = control
        self._handlers: dict[signal.Signals, Any] = {}
        self.stop_reason = ""

    def __enter__(self) -> Self:
        # Only the main thread may set handlers; elsewhere the files are the only way.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._handlers[number] = signal.signal(number, self._asked)
            self._handlers[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
            if _early:
                self._asked(_early.pop(), None)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def read(self) -> Wish:
        """The wish of this moment; a wish to stop is never taken back."""
        if not self.stop_reason and (self._control / STOP).exists():
            self.stop_reason = "stopped on request"
        if self.stop_reason:
            self.clear()
            return "stop"
        return "pause" if (self._control / PAUSE).exists() else "go"

    def clear(self) -> None:
        """Remove every control file."""
        with contextlib.suppress(OSError):
            for path in self._control.iterdir():
                path.unlink()

    def _asked(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT and self.stop_reason:
            raise KeyboardInterrupt
        self.stop_reason = f"stopped by {signal.Signals(number).name}"
