"""Where what models saw of scenes is kept on disk, and how much may lie there. Torch-free."""

import contextlib
from pathlib import Path

from whatwhere.folders import user_folder

_LEAST_BYTES = 2_000_000_000


def cache_folder() -> Path:
    """The user's folder of encodings, which may not be there yet."""
    return user_folder("cache") / "encodings"


def usual_cache_bytes() -> int:
    """The cap for commands that were given none: 2 GB, or what lies there already.

    So a command never throws away what a larger cap of the window has allowed.
    """
    return max(_LEAST_BYTES, held_bytes())


def held_bytes() -> int:
    """What lies there now."""
    held = 0
    for path in cache_folder().glob("*"):
        with contextlib.suppress(OSError):  # another process may tidy up
            held += path.stat().st_size
    return held


def empty_cache() -> int:
    """Throw away what lies there; how many bytes that was comes back.

    Models that are loaded make anew what they look for and do not find.

    Raises:
        OSError: something cannot be removed.
    """
    freed = 0
    for path in cache_folder().glob("*"):
        with contextlib.suppress(FileNotFoundError):
            size = path.stat().st_size
            path.unlink()
            freed += size
    return freed
