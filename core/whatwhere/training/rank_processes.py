"""Starting the other processes of a run that several train together; torch-free.

The process that the user started is rank 0 itself: its number is the run's, a signal to it is a
wish, and who kills it with its children leaves nothing behind. The others find it through a file
and talk over the loopback interface, so no port is open to the network.
"""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from whatwhere.errors import ConfigError
from whatwhere.training.peers import Peer, this_host

MEET_IN = "WHATWHERE_RANKS_MEET_IN"
"""Environment variable: the file through which ranks that this program started find each other."""

_PARENT = "WHATWHERE_RANK_OF"
_STDERR = 2
_POLL_S = 0.5
_END_S = 15.0


def num_ranks(environment: Mapping[str, str] = os.environ) -> int:
    """Processes that train together, as torchrun, accelerate or this program told this one."""
    said = all(name in environment for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"))
    return int(environment["WORLD_SIZE"]) if said else 1


def rank(environment: Mapping[str, str] = os.environ) -> int:
    """Which of them this process is; 0 when it is alone."""
    return int(environment["RANK"]) if num_ranks(environment) > 1 else 0


@contextlib.contextmanager
def started_ranks(count: int, command: Sequence[str]) -> Iterator[tuple[Peer, ...]]:
    """Make this process rank 0 of `count`, and start the others.

    On leaving they are given some seconds to end, then they are ended.

    Args:
        count: of all of them.
        command: starts one of the others.

    Raises:
        ConfigError: another launcher has started this process as one of several already.
    """
    if num_ranks() > 1:
        raise ConfigError(
            "this process is one of several already, started by another launcher",
            remedy="Leave out --processes",
        )
    with tempfile.TemporaryDirectory(prefix="whatwhere-ranks-") as folder:
        common = {
            "WORLD_SIZE": str(count),
            "LOCAL_WORLD_SIZE": str(count),
            MEET_IN: str(Path(folder) / "meet"),
            **{name: _loopback() for name in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")},
        }
        common |= {"RANK": "0", "LOCAL_RANK": "0"}
        before = {name: os.environ.get(name) for name in common}
        os.environ.update(common)
        others: list[subprocess.Popen[bytes]] = []
        try:
            for number in range(1, count):
                own = {"RANK": str(number), "LOCAL_RANK": str(number), _PARENT: str(os.getpid())}
                others.append(_started(command, {**os.environ, **own}))
            yield tuple(
                Peer(number, this_host(), process.pid)
                for number, process in enumerate(others, start=1)
            )
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                os.environ.update({} if value is None else {name: value})
            _end(others)


def end_with_rank_0() -> None:
    """End this process when the one that started it as another rank is gone."""
    parent = int(os.environ.get(_PARENT, "0"))
    if not parent:
        return

    def follow() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_S)
        time.sleep(_END_S)
        os._exit(1)

    threading.Thread(target=follow, name="end with rank 0", daemon=True).start()


def _started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=_STDERR,
        env=dict(environment),
        # Ctrl-C is for rank 0, which tells the others.
        process_group=0,
    )


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _END_S
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _loopback() -> str:
    """The name of the interface that only this machine can reach."""
    for name, addresses in psutil.net_if_addrs().items():
        if any(a.family == socket.AF_INET and a.address == "127.0.0.1" for a in addresses):
            return str(name)
    return "lo"
