"""A checkpoint as Video-3D-LLM's training writes it, with random weights and tiny sizes."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor

TOWER = {
    "model_type": "siglip_vision_model",
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_attention_heads": 2,
    "num_hidden_layers": 3,  # as pretrained; the last one is never used and not saved
    "image_size": 32,
    "patch_size": 6,
}
LAYERS_SAVED = 2
PATCHES = 5
TOKENS = 3
VOCABULARY = 264
SPECIAL = ("<|im_start|>", "<|im_end|>", "<ground>", "<coord>")
CONFIG: dict[str, Any] = {
    "model_type": "llava_qwen",
    "architectures": ["LlavaQwenForCausalLM"],
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-6,
    "rope_theta": 1_000_000.0,
    "rope_scaling": None,
    "max_position_embeddings": 32768,
    "tie_word_embeddings": False,
    "vocab_size": 300,  # not the rows there are, as in released checkpoints
    "mm_vision_tower": "some/other-tower",
    "mm_projector_type": "mlp2x_gelu",
    "mm_hidden_size": 16,
    "mm_newline_position": "grid",
    "mm_spatial_pool_stride": 2,
    "mm_spatial_pool_mode": "bilinear",
    "world_position_embedding_type": "avg-discrete-sin3d",
    "object_feature_type": "patch14-pe",
    "ground_head_type": "infonce",
    "ground_head_temperature": 0.07,
    "ground_token_ids": [258],
    "voxel_size": 0.1,
    "min_xyz_range": [-15, -15, -5],
    "max_xyz_range": [15, 15, 5],
    "add_faster_video": False,
}


def tokenizer() -> Tokenizer:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    found = Tokenizer(models.BPE({piece: index for index, piece in enumerate(alphabet)}, []))
    found.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found.decoder = decoders.ByteLevel()
    found.add_special_tokens([AddedToken(name, special=True) for name in SPECIAL])
    return found


def weights() -> dict[str, Tensor]:
    """Every tensor by the name that it has there."""
    torch.manual_seed(0)
    found: dict[str, Tensor] = {}

    def linear(name: str, outputs: int, inputs: int, *, bias: bool = True) -> None:
        found[f"{name}.weight"] = torch.randn(outputs, inputs) / inputs**0.5
        if bias:
            found[f"{name}.bias"] = torch.randn(outputs) * 0.2

    def norm(name: str, width: int, *, bias: bool = True) -> None:
        found[f"{name}.weight"] = 1 + torch.randn(width) * 0.1
        if bias:
            found[f"{name}.bias"] = torch.randn(width) * 0.1

    tower, width, inner = "model.vision_tower.vision_tower.vision_model", 16, 24
    found[f"{tower}.embeddings.patch_embedding.weight"] = torch.randn(width, 3, 6, 6) * 0.1
    found[f"{tower}.embeddings.patch_embedding.bias"] = torch.randn(width) * 0.1
    found[f"{tower}.embeddings.position_embedding.weight"] = torch.randn(PATCHES**2, width) * 0.3
    for layer in range(LAYERS_SAVED):
        at = f"{tower}.encoder.layers.{layer}"
        norm(f"{at}.layer_norm1", width)
        norm(f"{at}.layer_norm2", width)
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            linear(f"{at}.self_attn.{part}", width, width)
        linear(f"{at}.mlp.fc1", inner, width)
        linear(f"{at}.mlp.fc2", width, inner)
    norm(f"{tower}.post_layernorm", width)
    hidden = CONFIG["hidden_size"]
    linear("model.mm_projector.0", hidden, width)
    linear("model.mm_projector.2", hidden, hidden)
    found["model.image_newline"] = torch.randn(hidden) * 0.5
    found["model.embed_tokens.weight"] = torch.randn(VOCABULARY, hidden) * 0.5
    for layer in range(CONFIG["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        linear(f"{at}.self_attn.q_proj", hidden, hidden)
        linear(f"{at}.self_attn.k_proj", hidden // 2, hidden)
        linear(f"{at}.self_attn.v_proj", hidden // 2, hidden)
        linear(f"{at}.self_attn.o_proj", hidden, hidden, bias=False)
        for part, outputs, inputs in (
            ("gate_proj", 48, hidden),
            ("up_proj", 48, hidden),
            ("down_proj", hidden, 48),
        ):
            linear(f"{at}.mlp.{part}", outputs, inputs, bias=False)
        norm(f"{at}.input_layernorm", hidden, bias=False)
        norm(f"{at}.post_attention_layernorm", hidden, bias=False)
    norm("model.norm", hidden, bias=False)
    linear("lm_head", VOCABULARY, hidden, bias=False)
    found["ground_head_zero_target"] = torch.randn(hidden)
    for head in ("ground_head_obj", "ground_head_query"):
        linear(f"{head}.0", hidden, hidden)
        norm(f"{head}.2", hidden)
        linear(f"{head}.3", hidden, hidden)
    return found


def write_checkpoint(folder: Path, *, num_shards: int = 1) -> Path:
    """The folder, and beside it `tower.json`, the configuration of its vision tower."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    (folder.parent / "tower.json").write_text(json.dumps({"vision_config": TOWER}))
    tokenizer().save(str(folder / "tokenizer.json"))
    tensors = weights()
    if num_shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return folder
    places: dict[str, str] = {}
    for shard in range(num_shards):
        name = f"model-{shard + 1:05d}-of-{num_shards:05d}.safetensors"
        names = sorted(tensors)[shard::num_shards]
        save_file({key: tensors[key] for key in names}, folder / name, metadata={"format": "pt"})
        places |= dict.fromkeys(names, name)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder
