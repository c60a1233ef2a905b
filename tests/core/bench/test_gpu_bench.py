"""The GPU's bench runs whole on the CPU with small networks, and says why where it cannot."""

import json

import pytest
import torch

from whatwhere.bench.gpu.bench import run
from whatwhere.bench.gpu.cases import cases
from whatwhere.bench.registry import run_bench
from whatwhere.errors import NotSupportedError


def test_small_networks_give_every_figure_and_the_raw_output_is_kept(tmp_path):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        figures = run(device="cpu", small=True, report=tmp_path)
    finally:
        torch.set_num_threads(threads)
    for count in (2, 4):
        for name in ("files to a grounding", "prefix of a modality", "next sentence", "peak"):
            assert figures[f"small: {count} frames, {name}"].value > 0
    assert figures["small: LoRA step, W2R2 / plain"].unit == "x"
    assert figures["small: LoRA, W2R2, sentences per hour"].value > 0
    (kept,) = tmp_path.glob("gpu-*.json")
    raw = json.loads(kept.read_text())
    assert raw["device"] == {"name": "cpu"}
    assert len(raw["cases"]["small"]["4 frames"]["sentence"]) == 3
    assert set(raw["figures"]) == set(figures)


def test_goals_of_real_sizes_are_held_against_what_is_measured():
    real = cases(small=False)
    assert [case.num_frames for case in real] == [(32, 90), (32,), (32,)]
    assert real[0].goals.cold_ms == 250
    assert real[1].goals.sentence_ms == 20
    assert real[2].trains


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so():
    with pytest.raises(NotSupportedError, match=r"needs a CUDA device.*--device cpu --small"):
        run_bench("gpu")
