"""A run that trains adapters: its checkpoints are small, its model is an ordinary one."""

import json

import pytest
import torch
from safetensors.torch import load_file

from whatwhere.errors import ConfigError
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
    assert not (checkpoint / "config.json").exists()
    assert any("lora_A" in name for name in kept)
    assert not any("base_layer" in name or "embed_tokens" in name for name in kept)

    base = load_file(f"{json.loads(changes['base'])}/model.safetensors")
    assert set(base) == set(whole), "peft has left no trace"
    moved = {n for n, value in base.items() if not torch.equal(value.float(), whole[n].float())}
    assert any(".layers.1.mlp.down_proj.weight" in name for name in moved)
    assert not any("embed_tokens" in name or "norm" in name for name in moved if "layers" in name)
    assert load_grounder(tmp_path / "whole" / "model", device="cpu").capabilities.modalities


def test_adapters_of_a_model_without_a_language_model_to_adapt_are_refused(config_of):
    with pytest.raises(ConfigError, match="lora_rank"):
        read_config("plain", {"base": "default", "lora_rank": "4"})
    with pytest.raises(ConfigError, match="lora_rank"):
        config_of("siglip+qwen2", lora_rank="4", train_language_model="false", train_tower="true")
