"""Several processes make the steps that one makes."""

import json
import os
import queue
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from whatwhere.errors import ConfigError
from whatwhere.training.distributed import Ranks
from whatwhere.training.peers import Peer, Peers, this_host
from whatwhere.training.rank_processes import num_ranks, rank, started_ranks

PROGRAM = Path(__file__).with_name("rank_steps.py")
PRESETS = ("w2r2-within-class", "debias-product")


def test_two_ranks_make_the_steps_of_one(tmp_path):
    for name in "12":
        (tmp_path / name).mkdir()
    command = [sys.executable, str(PROGRAM), "2", str(tmp_path / "2")]
    two = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    program = runpy.run_path(str(PROGRAM))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for preset in PRESETS:
        program["take_steps"](preset, tmp_path / "1", Ranks())
    torch.set_num_threads(threads)
    _, said = two.communicate()
    assert two.returncode == 0, said
    for preset in PRESETS:
        one, two = (json.loads((tmp_path / n / f"{preset}.json").read_text()) for n in "12")
        assert len(one) == 10
        for before, after in zip(one, two, strict=True):
            assert after == pytest.approx(before, abs=1e-7)
        assert one[0]["loss/total"] != pytest.approx(one[-1]["loss/total"], abs=1e-2)
        alone, together = (load_file(tmp_path / n / f"{preset}.safetensors") for n in "12")
        for name, value in alone.items():
            torch.testing.assert_close(together[name], value, rtol=0, atol=1e-7, msg=name)


def test_a_process_that_hangs_is_told_which_rank_was_killed():
    child = subprocess.Popen(["sleep", "600"])
    told = queue.Queue()
    with Peers(lambda *gone: told.put(gone), grace_s=0.0) as peers:
        peers.watch([Peer(0, this_host(), os.getpid()), Peer(1, this_host(), child.pid)])
        assert not peers.gone()
        child.kill()
        assert told.get(timeout=120) == (1, "was killed (SIGKILL)")
        assert peers.gone() == {1: "was killed (SIGKILL)"}
    child.wait()


def test_a_rank_that_failed_says_why_and_those_that_followed_it_do_not():
    class Gone(Peers):
        def gone(self):
            return {1: "ended (3)", 2: "ended (1)"}

    ranks = Ranks(peers=Gone(print))
    ranks.count = 4
    ranks.last_words = {1: "", 2: "the GPU is out of memory."}.__getitem__
    assert str(ranks.lost("closed")).startswith("rank 2 of 4 failed: the GPU is out of memory. ")
    ranks.last_words = lambda number: ""
    assert str(ranks.lost("closed")).startswith("rank 1 of 4 ended (3). Resume the run")


def test_a_process_is_alone_unless_a_launcher_says_all_of_it():
    assert num_ranks({"RANK": "1", "WORLD_SIZE": "2"}) == 1
    told = {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2"}
    assert (num_ranks(told), rank(told)) == (2, 1)
    assert rank({**told, "WORLD_SIZE": "1"}) == 0


def test_a_rank_of_another_launcher_starts_no_others(monkeypatch):
    for name in ("RANK", "LOCAL_RANK"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="--processes"), started_ranks(2, ["true"]):
        pass
