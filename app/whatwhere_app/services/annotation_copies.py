"""Places for annotations tried, and all of one copied into another, beside the window's thread."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from whatwhere.annotations.copying import Copied, OnProgress, copy_store
from whatwhere.annotations.looking import Look, look_at
from whatwhere.annotations.store import open_store
from whatwhere.errors import Cancelled

_EVERY = 0.02
"""Progress is told in such shares, not a thousand times a second."""


async def look(place: Path | str) -> Look:
    """Try a place; nothing is made or changed.

    Raises:
        WhatWhereError: it cannot be reached, or is no such place.
    """
    return await asyncio.to_thread(look_at, place)


class Copying:
    """One copy, which can be cancelled from another thread.

    Args:
        on_progress: called in the thread of the event loop.
    """

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._is_cancelled = threading.Event()

    def cancel(self) -> None:
        """Stop it; nothing was copied then, unless it was comparing."""
        self._is_cancelled.set()

    async def run(self, source: Path | str, target: Path | str) -> Copied:
        """Copy.

        Raises:
            WhatWhereError: one of the two cannot be used, or the target holds something.
            Cancelled: it was.
        """
        loop = asyncio.get_running_loop()
        told: tuple[float, str] = (-1.0, "")

        def progress(done: int, total: int, step: str) -> None:
            nonlocal told
            if self._is_cancelled.is_set():
                raise Cancelled("The copy")
            share = done / total if total else 1.0
            if abs(share - told[0]) >= _EVERY or step != told[1]:
                told = (share, step)
                loop.call_soon_threadsafe(self._on_progress, done, total, step)

        return await asyncio.to_thread(_copy, source, target, progress)


def _copy(
    source: Path | str, target: Path | str, progress: Callable[[int, int, str], None]
) -> Copied:
    one = open_store(source)
    try:
        other = open_store(target)
        try:
            return copy_store(one, other, progress)
        finally:
            other.close()
    finally:
        one.close()
