"""Several processes make the steps that one makes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from whatwhere.errors import ConfigError
from whatwhere.training.rank_processes import num_ranks, rank, started_ranks

PROGRAM = Path(__file__).with_name("rank_steps.py")
PRESETS = ("w2r2-within-class", "debias-product")


def test_two_ranks_make_the_steps_of_one(tmp_path):
    running = []
    for count in (1, 2):
        folder = tmp_path / str(count)
        folder.mkdir()
        command = [sys.executable, str(PROGRAM), str(count), str(folder)]
        running.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
    for process in running:
        _, said = process.communicate()
        assert process.returncode == 0, said
    for preset in PRESETS:
        one, two = (json.loads((tmp_path / n / f"{preset}.json").read_text()) for n in "12")
        assert len(one) == 10
        for before, after in zip(one, two, strict=True):
            assert after == pytest.approx(before, abs=1e-7)
        assert one[0]["loss/total"] != pytest.approx(one[-1]["loss/total"], abs=1e-2)
        alone, together = (load_file(tmp_path / n / f"{preset}.safetensors") for n in "12")
        for name, value in alone.items():
            torch.testing.assert_close(together[name], value, rtol=0, atol=1e-7, msg=name)


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
