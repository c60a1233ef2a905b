"""The processes that train one model together, watched by their numbers; torch-free.

A process that is killed says nothing. On a GPU the others would wait for it for minutes inside a
call that nothing interrupts, so a thread of each looks whether all are still there.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from zlib import crc32

import psutil  # type: ignore[import-untyped]

POLL_S = 0.5

GRACE_S = 10.0
"""What a process has to end by itself after another has gone; then it is ended."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One process of a run: its rank, the CRC-32 of its machine's name, its number there."""

    rank: int
    host: int
    pid: int


def this_host() -> int:
    """Of the machine that this process runs on, as in `Peer`."""
    return crc32(socket.gethostname().encode())


class Peers:
    """Watches the others of a run that are on this machine; use it as a context manager.

    Args:
        on_gone: called from a thread, with its rank and how it ended, when one is gone and this
            process has not ended within `grace_s`; it is to end the process.
        grace_s: see `on_gone`.
    """

    def __init__(self, on_gone: Callable[[int, str], object], *, grace_s: float = GRACE_S) -> None:
        self._on_gone, self._grace_s = on_gone, grace_s
        self._watched: dict[int, psutil.Process | None] = {}
        self._gone: dict[int, str] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch ranks", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def watch(self, peers: Iterable[Peer]) -> None:
        """Watch these instead of those before; itself and those on other machines are left out."""
        own, host = os.getpid(), this_host()
        watched = {
            peer.rank: _process(peer.pid) for peer in peers if peer.pid != own and peer.host == host
        }
        with self._lock:
            self._watched = watched

    def gone(self) -> Mapping[int, str]:
        """Rank -> how it ended, of those that are gone."""
        with self._lock:
            for rank, process in self._watched.items():
                if rank not in self._gone and (how := _ending(process)):
                    self._gone[rank] = how
            return dict(self._gone)

    def _watch(self) -> None:
        while not self._ended.wait(POLL_S):
            if self.gone():
                break
        if not self._ended.wait(self._grace_s):
            self._on_gone(*next(iter(self.gone().items())))


def _process(pid: int) -> psutil.Process | None:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid)
    return None


def _ending(process: psutil.Process | None) -> str:
    """How a process ended, as far as that can be known; "" while it runs."""
    if process is None:
        return "ended"
    try:
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            return ""
        is_own = process.is_running() and process.ppid() == os.getpid()
    except psutil.Error:
        return "ended"
    try:
        status = process.wait(timeout=0)
    except psutil.TimeoutExpired:
        # A child whose threads have not all ended has no status yet; one of another parent, ever.
        return "" if is_own else "ended"
    except psutil.Error:
        return "ended"
    if status is None:  # Only a parent is told.
        return "ended"
    # A negative status comes as the signal that it is.
    return f"was killed ({status.name})" if hasattr(status, "name") else f"ended ({status})"
