"""Memory of large arrays goes back to the system."""

import subprocess
import sys
import textwrap

import pytest

from whatwhere_app.tasks.allocator import return_large_blocks

_HOLES = """
    import gc
    import numpy as np
    import psutil
    from whatwhere_app.tasks.allocator import return_large_blocks

    def private_mb():
        gc.collect()
        return psutil.Process().memory_full_info().uss / 1e6

    {setting}
    # What was freed once teaches glibc to lay blocks of that size into its heap.
    del_me = np.ones(3_000_000)
    del del_me
    before_mb = private_mb()
    large, small = [], []
    for _ in range(20):
        large.append(np.ones(400_000))
        small.append(np.ones(1000))
    large.clear()
    print(private_mb() - before_mb)
"""


def left_mb(setting: str) -> float:
    """What a process keeps of 64 MB of large arrays that it let go, with small ones in between."""
    code = textwrap.dedent(_HOLES).format(setting=setting)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_large_arrays_leave_no_gaps_between_small_ones() -> None:
    if not return_large_blocks():
        pytest.skip("this C library has no such setting")
    assert left_mb("return_large_blocks()") < left_mb("") / 4
