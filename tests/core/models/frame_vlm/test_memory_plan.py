"""Plans of memory against what is really allocated, and what they offer when it is too little."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_models import LANGUAGE_MODELS, SIGLIP, TEXT, TOWERS, WHOLE, write_tiny

from whatwhere.bench.allocated import allocated_at_most
from whatwhere.models.free_memory import Memory, machine_memory
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryPlan
from whatwhere.models.planning import plan_for
from whatwhere.models.registry import load_grounder
from whatwhere.models.weights import FILE_NAME
from whatwhere.scenes.opening import open_scene

ROOM = Path(__file__).parents[4] / "assets" / "rooms" / "bedroom" / "room600016_00"
PARTS = ("weights", "encoding", "prefix cache", "working memory")
ON_CPU = LoadSettings(device="cpu")
ON_GPU = LoadSettings(device="cuda:0", dtype="float32")

_TOWER = {"hidden_size": 96, "intermediate_size": 384, "num_hidden_layers": 2, "image_size": 112}
_WORDS = {"hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 4}
_QWEN2 = {**LANGUAGE_MODELS["qwen2"], **_WORDS, "num_attention_heads": 4}
_SIZES = {"image_size": (112, 112), "max_frames": 12}
CASES = {
    "a small tower": (
        {"tower": {**SIGLIP, **_TOWER}, "language_model": _QWEN2},
        _SIZES,
    ),
    "mostly weights, pooled": (
        {
            "tower": {**TOWERS["dinov2"], **_TOWER, "mlp_ratio": 4},
            "language_model": {**_QWEN2, "hidden_size": 512, "vocab_size": 4000},
        },
        {**_SIZES, "pool": 2, "max_frames": 4},
    ),
    "keys and values of every head": (
        {
            "tower": {**SIGLIP, **_TOWER},
            "language_model": {
                **LANGUAGE_MODELS["llama"],
                **_WORDS,
                "num_attention_heads": 4,
                "num_key_value_heads": 4,
            },
        },
        _SIZES,
    ),
    "features injected deeper": (
        {"whole": {**WHOLE["qwen3-vl"]}},
        {"image_size": (96, 96), "max_frames": 12},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_plan_is_within_15_percent_of_what_is_allocated(case, tmp_path):
    backbone, sizes = CASES[case]
    folder = write_tiny(tmp_path / "model", backbone, **sizes)
    kept = {}

    def work():
        grounder = load_grounder(folder, device="cpu")
        encoding = grounder.encode(open_scene(ROOM))
        grounder.ground(encoding, TEXT)
        kept["num_candidates"] = len(encoding.proposals)

    work()  # what libraries set up at first is no model's
    measured = allocated_at_most(work, mapped=folder / FILE_NAME)
    # As on a GPU, where what is read of the frames lies elsewhere.
    plan = plan_for(folder, ON_GPU, num_candidates=kept["num_candidates"])
    assert sum(plan.parts.get(part, 0) for part in PARTS) == pytest.approx(measured, rel=0.15)


def test_loading_makes_no_second_copy(tmp_path):
    backbone, sizes = CASES["mostly weights, pooled"]
    folder = write_tiny(tmp_path / "model", backbone, **sizes)
    for dtype in ("float32", "bfloat16"):
        settings = replace(ON_CPU, dtype=dtype)

        def load(settings=settings):
            load_grounder(folder, settings=settings)

        weights = plan_for(folder, settings).parts["weights"]
        # A second copy would be twice as much; some numbers at a time are looked at once more.
        assert weights <= allocated_at_most(load, mapped=folder / FILE_NAME) <= 1.4 * weights


def test_a_plan_that_fits_has_no_hints_and_survives_json(folder):
    plan = plan_for(folder, ON_CPU, free=lambda _: Memory(10**12, 10**12))
    assert plan.fits
    assert plan.hints == ()
    assert plan.settings == LoadSettings(
        device="cpu", dtype="float32", max_frames=2, image_size=(32, 32)
    )
    assert MemoryPlan.from_json(plan.as_json()) == plan


def test_hints_are_changes_with_which_it_fits(tmp_path):
    backbone, sizes = CASES["a small tower"]
    folder = write_tiny(tmp_path / "model", backbone, **sizes)
    need = plan_for(folder, ON_CPU).need_bytes

    def free(_device):
        return Memory(need // 2, need)

    plan = plan_for(folder, ON_CPU, free=free)
    assert not plan.fits
    assert plan.hints
    assert any("max_frames" in hint.changes for hint in plan.hints)
    for hint in plan.hints:
        changed = plan_for(folder, plan.settings.changed(hint.changes), free=free)
        assert changed.fits
        assert changed.need_bytes == hint.need_bytes <= need // 2
    assert MemoryPlan.from_json(plan.as_json()).hints == plan.hints


def test_a_gpu_that_is_full_offers_the_cpu(folder):
    def free(device):
        return Memory(10**12, 10**12) if device == "cpu" else Memory(10**6, 10**9)

    plan = plan_for(folder, LoadSettings(device="cuda"), free=free)
    assert plan.settings.device == "cuda:0"
    assert plan.settings.dtype == "bfloat16"
    assert [dict(hint.changes) for hint in plan.hints] == [{"device": "cpu"}]
    assert plan.hints[0].sentence == "Fits with the CPU"
    assert "needs" in plan.sentence


def test_chosen_types_frames_and_sizes_are_what_is_loaded(folder, tmp_path):
    chosen = LoadSettings(device="cpu", dtype="bfloat16", max_frames=1)
    grounder = load_grounder(folder, settings=chosen)
    assert {p.dtype for p in grounder.network.backbone.parameters()} == {torch.bfloat16}
    assert {p.dtype for p in grounder.network.tokenizer.parameters()} == {torch.float32}
    encoding = grounder.encode(open_scene(ROOM))
    assert len(encoding.frames) == 1
    exact = load_grounder(folder, settings=replace(chosen, dtype="float32"))
    rough = grounder.ground(encoding, TEXT)["fused"].candidates
    fine = exact.ground(exact.encode(open_scene(ROOM)), TEXT)["fused"].candidates
    assert {c.proposal: c.score for c in rough} == pytest.approx(
        {c.proposal: c.score for c in fine}, abs=0.2
    )


def test_a_container_may_have_less_than_the_machine(tmp_path):
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("700000\n")
    (tmp_path / "memory.stat").write_text("anon 600000\ninactive_file 50000\nactive_file 10000\n")
    assert machine_memory(tmp_path) == Memory(360_000, 1_000_000)
    (tmp_path / "memory.max").write_text("max\n")
    assert machine_memory(tmp_path).total_bytes > 10**6
