"""The worker processes of this test process."""

import psutil

ENTRY = "whatwhere.jobs.worker"


def child_workers() -> list[psutil.Process]:
    """Those that run; one that has just ended, and is not waited for yet, is none."""
    return [child for child in psutil.Process().children() if _works(child)]


def _works(child: psutil.Process) -> bool:
    try:
        return ENTRY in child.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False
