"""Pools of processes that leave no orphans."""

import os
import threading
from multiprocessing import parent_process


def end_with_parent() -> None:
    """Initialiser of a pool's workers: end when the process that owns the pool is gone.

    A worker waits for work on a pipe whose other end it holds itself, so without this it waits for
    ever when its owner is killed.
    """
    parent = parent_process()
    if parent is None:
        return

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, name="end with parent", daemon=True).start()
