"""How many threads torch takes for which work."""

import os
import sys

_SMALL_MODEL = 50_000_000
"""Below so many weights a query is too short to be worth waking other threads: on a machine
whose cores are busy their wake-up has been seen to turn 1 ms into 200."""


def use_threads_for_encoding() -> None:
    """All cores but one, which stays with the window."""
    _use(max(1, num_cores() - 1))


def use_threads_for_query(num_parameters: int) -> None:
    """One thread for a small model, as for encoding otherwise."""
    if num_parameters < _SMALL_MODEL:
        _use(1)
    else:
        use_threads_for_encoding()


def _use(count: int) -> None:
    """A model that runs elsewhere needs no torch here."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(count)


def num_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))
