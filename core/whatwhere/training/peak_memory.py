"""The most memory that a process and its children held at once; torch-free."""

import contextlib
import threading
from typing import Self

import psutil  # type: ignore[import-untyped]

_EVERY_S = 0.2


class PeakMemory:
    """Looks at this process and its children again and again while it is entered.

    Readers of rooms are processes of their own and come and go, so no counter of the system's
    holds the peak of all. Pages that several of them share count once for each.

    Attributes:
        peak_bytes: resident memory of all of them together, the most that was seen.
    """

    def __init__(self, before: int = 0) -> None:
        self.peak_bytes = before
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak memory", daemon=True)

    def __enter__(self) -> Self:
        self.look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.look()

    def look(self) -> None:
        """Look once, now."""
        own = psutil.Process()
        held = own.memory_info().rss
        with contextlib.suppress(psutil.Error):
            for child in own.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    held += child.memory_info().rss
        self.peak_bytes = max(self.peak_bytes, held)

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY_S):
            self.look()
