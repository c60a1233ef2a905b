"""How the C library keeps the memory of scans that were closed."""

import ctypes
import sys

LARGE_BLOCK = 2**18
"""Bytes from which a block is mapped alone, and unmapped when it is freed."""

_M_MMAP_THRESHOLD = -3  # malloc.h


def return_large_blocks() -> bool:
    """Have the arrays of a scan go back to the system as soon as nobody holds them.

    glibc raises its own threshold to the largest block that was ever freed, up to 32 MB, and from
    then on lays large arrays between small ones, in one heap per thread, where they leave gaps:
    fifty openings left 60 to 100 MB of them.

    Returns:
        Whether the C library has such a setting and took it.
    """
    if sys.platform != "linux":
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE_BLOCK))
    except AttributeError:  # not glibc
        return False
