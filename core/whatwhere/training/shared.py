"""What several runs make together: one makes it, the others wait for it."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from whatwhere.errors import RefusedPathError

_POLL_S = 0.1
_TELL_S = 10.0


@contextmanager
def made_by_one(lock_path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock while something is made in a folder that other processes make things in, too.

    The lock goes with its process, however that ends, so nobody waits for one that was killed.

    Args:
        lock_path: a file beside what is made; it stays, empty.
        waiting: called when another process has the lock, and every ten seconds from then on;
            what it raises ends the waiting.

    Raises:
        RefusedPathError: the file system refuses the file or its lock.
    """
    try:
        lock_path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise RefusedPathError(lock_path, error.strerror or str(error)) from error
    try:
        tell_at_s = 0.0
        while not _is_taken(descriptor, lock_path):
            if time.monotonic() >= tell_at_s:
                waiting()
                tell_at_s = time.monotonic() + _TELL_S
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


def _is_taken(descriptor: int, lock_path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise RefusedPathError(lock_path, f"no locks: {error.strerror}") from error
    return True
