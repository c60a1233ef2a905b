"""How the processes of one run meet, and how one of them ends when another is gone."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import torch
import torch.distributed as dist
from accelerate import PartialState  # type: ignore[import-untyped]

from whatwhere.errors import ConfigError
from whatwhere.training.distributed import REMEDY, RankLostError, Ranks
from whatwhere.training.peers import Peer, Peers
from whatwhere.training.rank_processes import MEET_IN, num_ranks, rank


@contextlib.contextmanager
def joined(
    device: Literal["auto", "cpu"],
    *,
    started: Sequence[Peer] = (),
    give_up: Callable[[str], None],
) -> Iterator[Ranks]:
    """Meet the other processes of the run, if a launcher has started some.

    Args:
        device: of the configuration.
        started: the other ranks as far as they are known.
        give_up: called from a thread with what happened when another rank is gone and this
            process hangs; the process ends after it.

    Raises:
        ConfigError: there are fewer GPUs than ranks on this machine.
        RankLostError: another rank is gone.
    """
    count = num_ranks()
    if count == 1:
        yield Ranks()
        return
    on_cpu = device == "cpu" or not torch.cuda.is_available()
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if not on_cpu and torch.cuda.device_count() < local:
        raise ConfigError(
            f"{local} processes are asked for, and there are {torch.cuda.device_count()} GPUs",
            remedy="Start one process per GPU, or all of them on the CPU by --set device=cpu",
        )

    def end(number: int, how: str) -> None:
        said = RankLostError(
            f"rank {number} of {count} {how}, and rank {rank()} hangs", remedy=REMEDY
        )
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{said}\n")
            sys.stderr.flush()
        give_up(str(said))
        os._exit(3)

    with Peers(end) as peers:
        peers.watch(started)
        state = _meet(on_cpu)
        try:
            ranks = Ranks(rank(), count, device=state.device, peers=peers)
            peers.watch(ranks.table())
            yield ranks
        finally:
            state.destroy_process_group()


def _meet(on_cpu: bool) -> PartialState:
    # Accelerate wants to know, or else takes as many as it sees fit.
    os.environ.setdefault("OMP_NUM_THREADS", str(torch.get_num_threads()))
    if meet_in := os.environ.get(MEET_IN):
        if not on_cpu:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group(
            "gloo" if on_cpu else "nccl",
            init_method=Path(meet_in).as_uri(),
            rank=rank(),
            world_size=num_ranks(),
        )
    # Of torchrun and accelerate, it finds and joins the group by the environment.
    return PartialState(cpu=on_cpu)
