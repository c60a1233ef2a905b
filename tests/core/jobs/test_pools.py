import subprocess
import sys
import time

import psutil

OWNER = """
import os, signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from whatwhere.jobs.pools import end_with_parent

if __name__ == "__main__":
    pool = ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=end_with_parent)
    print(*{future.result() for future in [pool.submit(os.getpid) for _ in range(9)]}, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_workers_of_a_killed_owner_end(tmp_path):
    script = tmp_path / "owner.py"
    script.write_text(OWNER)
    said = subprocess.run([sys.executable, str(script)], capture_output=True, text=True).stdout
    workers = [int(pid) for pid in said.split()]
    assert workers
    deadline = time.monotonic() + 60
    while any(map(lives, workers)):
        assert time.monotonic() < deadline, "a worker outlives its owner"
        time.sleep(0.02)
