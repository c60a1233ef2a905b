"""A run that trains adapters: its checkpoints are small, its model is an ordinary one."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from whatwhere.errors import ConfigError, ModelError
from whatwhere.models.adapter_link import LINK, link_text
from whatwhere.models.adding import verify
from whatwhere.models.catalogue import find_model
from whatwhere.models.folder_checks import check_folder
from whatwhere.models.model_sizes import read_sizes
from whatwhere.models.registry import load_grounder
from whatwhere.training.config import read_config
from whatwhere.training.launch import train

CHANGES = {
    "lora_rank": "2",
    "lora_alpha": "8",
    "lora_dropout": "0.2",
    "steps": "4",
    "checkpoint_every": "2",
    "evaluate_every": "4",
    "val_rooms": "1",
}


@pytest.fixture
def settings(config_of):
    """As `train` takes them."""
    config = config_of("siglip+qwen2", **CHANGES)
    return config.name, {
        key: json.dumps(value)
        for key, value in config.model_dump().items()
        if not isinstance(value, dict)
    }


def test_a_resumed_run_of_adapters_is_the_uninterrupted_one_to_the_bit(settings, tmp_path):
    preset, changes = settings
    train(preset, run=tmp_path / "whole", overrides=changes, report=lambda line: None)

    def stop(line: str) -> None:
        if line.startswith("probe 0/"):
            (tmp_path / "cut" / "control").mkdir()
            (tmp_path / "cut" / "control" / "pause").touch()
        if line.startswith("paused"):
            (tmp_path / "cut" / "control" / "stop").touch()

    with pytest.raises(SystemExit):
        train(preset, run=tmp_path / "cut", overrides=changes, report=stop)
    train(preset, run=tmp_path / "cut", overrides=changes, report=lambda _: None, resume=True)
    whole, cut = (
        load_file(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "cut")
    )
    assert set(whole) == set(cut)
    assert all(torch.equal(whole[name], cut[name]) for name in whole)

    checkpoint = tmp_path / "whole" / "checkpoints" / "step-000002"
    kept = load_file(checkpoint / "adapters.safetensors")
    assert not (checkpoint / "model.safetensors").exists()
    assert any("lora_A" in name for name in kept)
    assert not any("base_layer" in name or "embed_tokens" in name for name in kept)

    base = load_file(f"{json.loads(changes['base'])}/model.safetensors")
    assert set(base) == set(whole), "peft has left no trace"
    moved = {n for n, value in base.items() if not torch.equal(value.float(), whole[n].float())}
    assert any(".layers.1.mlp.down_proj.weight" in name for name in moved)
    assert not any("embed_tokens" in name or "norm" in name for name in moved if "layers" in name)
    assert load_grounder(tmp_path / "whole" / "model", device="cpu").capabilities.modalities

    last = tmp_path / "whole" / "checkpoints" / "step-000004"
    loaded = load_grounder(last, device="cpu").network.state_dict()
    for name, value in whole.items():
        assert torch.equal(loaded[name].to(value.dtype), value), name
    _moved_and_changed(last, Path(json.loads(changes["base"])), tmp_path)


def _moved_and_changed(checkpoint, base, tmp_path):
    """What is said of a checkpoint whose base is elsewhere, gone, or another."""
    entry = find_model(checkpoint)
    assert any(str(base) in line for line in verify(entry))
    assert read_sizes(checkpoint).backbone == read_sizes(base).backbone
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(base, elsewhere)
    os.utime(elsewhere / "model.safetensors", ns=(1, 1))
    link = json.loads((checkpoint / LINK).read_text())
    (checkpoint / LINK).write_text(json.dumps({**link, "base": str(elsewhere)}))
    assert load_grounder(checkpoint, device="cpu"), "the same bytes at another place"
    bent = bytearray((elsewhere / "model.safetensors").read_bytes())
    bent[-1] ^= 1
    (elsewhere / "model.safetensors").write_bytes(bent)
    for use in (load_grounder, check_folder):
        with pytest.raises(ModelError, match="has changed"):
            use(checkpoint)
    shutil.rmtree(elsewhere)
    with pytest.raises(ModelError, match="not there any more"):
        load_grounder(checkpoint)
    (checkpoint / LINK).write_text(json.dumps({**link, "files": {"../weights": {}}}))
    with pytest.raises(ModelError, match="does not say"):
        load_grounder(checkpoint)


def test_a_folder_whose_adapters_fit_nothing_is_refused(tmp_path, model):
    base = model("siglip+qwen2")
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(base / name, tmp_path / name)
    (tmp_path / LINK).write_text(link_text(base, rank=2, alpha=8))
    with pytest.raises(ModelError, match="damaged"):
        load_grounder(tmp_path, device="cpu")
    for odd in ({"nowhere.lora_B.default.weight": torch.zeros(2, 2)}, {"ground": torch.zeros(3)}):
        save_file(odd, tmp_path / "adapters.safetensors")
        with pytest.raises(ModelError, match="do not fit"):
            load_grounder(tmp_path, device="cpu")
    save_file({"ground": torch.full((32,), float("nan"))}, tmp_path / "adapters.safetensors")
    with pytest.raises(ModelError, match="not finite"):
        load_grounder(tmp_path, device="cpu")


def test_adapters_of_a_model_without_a_language_model_to_adapt_are_refused(config_of):
    with pytest.raises(ConfigError, match="lora_rank"):
        read_config("plain", {"base": "default", "lora_rank": "4"})
    with pytest.raises(ConfigError, match="lora_rank"):
        config_of("siglip+qwen2", lora_rank="4", train_language_model="false", train_tower="true")
