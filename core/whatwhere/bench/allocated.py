"""What torch holds of memory at most while something runs."""

from collections.abc import Callable
from pathlib import Path

import torch


def allocated_at_most(work: Callable[[], object], *, mapped: Path | None = None) -> int:
    """Bytes on the CPU, as torch's allocator tells its profiler.

    Args:
        work: that is watched.
        mapped: a file that is mapped meanwhile, which the profiler counts though it takes none.
    """
    ignored = -1 if mapped is None else mapped.stat().st_size
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profiler:
        work()
    results = profiler.profiler
    assert results is not None
    held = most = 0
    for event in sorted(results.kineto_results.events(), key=lambda e: e.start_ns()):
        if event.name() == "[memory]" and abs(event.nbytes()) != ignored:
            held += event.nbytes()
            most = max(most, held)
    return most
