"""Decoded frames, the least recently used forgotten first."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, Protocol, TypeVar

DEFAULT_BYTES = 256 * 1024 * 1024


class Sized(Protocol):
    """What says how much memory its pixels take."""

    @property
    def nbytes(self) -> int:
        """Bytes."""


Decoded = TypeVar("Decoded", bound=Sized)


class FrameCache(Generic[Decoded]):
    """Keeps decoded frames of one scene up to a number of bytes; safe to use from threads."""

    def __init__(self, max_bytes: int = DEFAULT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._frames: OrderedDict[str, Decoded] = OrderedDict()
        self._num_bytes = 0
        self._lock = Lock()

    @property
    def num_bytes(self) -> int:
        """Bytes of pixels held now."""
        return self._num_bytes

    def get(self, name: str, decode: Callable[[], Decoded]) -> Decoded:
        """The frame of this name, decoded now unless it is held.

        Two threads that ask for the same absent frame at once both decode it: no thread waits for
        another's decoding.
        """
        with self._lock:
            if name in self._frames:
                self._frames.move_to_end(name)
                return self._frames[name]
        frame = decode()
        with self._lock:
            self._forget(name)
            self._frames[name] = frame
            self._num_bytes += frame.nbytes
            while self._num_bytes > self._max_bytes and len(self._frames) > 1:
                self._forget(next(iter(self._frames)))
        return frame

    def _forget(self, name: str) -> None:
        frame = self._frames.pop(name, None)
        if frame is not None:
            self._num_bytes -= frame.nbytes
