"""Every family of backbone, with random weights and small enough for a test."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from whatwhere.models.frame_vlm.config import FrameVLMConfig
from whatwhere.models.frame_vlm.folder import write_frame_model
from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.frame_vlm.texts import Texts

TEXT = "the chair nearest the door"
WIDTH = 32
VOCABULARY = 64

_VIT = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
SIGLIP = {"model_type": "siglip_vision_model", "vision_use_head": False, **_VIT}
CLIP_PIXELS = {
    "pixel_mean": [0.48145466, 0.4578275, 0.40821073],
    "pixel_std": [0.26862954, 0.26130258, 0.27577711],
}
TOWERS: dict[str, dict[str, Any]] = {
    "siglip": SIGLIP,
    "siglip2": {
        "model_type": "siglip2_vision_model",
        "vision_use_head": False,
        **{key: value for key, value in _VIT.items() if key != "image_size"},
        "num_patches": 16,
    },
    "dinov2": {"model_type": "dinov2", **_VIT, "mlp_ratio": 1},
    "dinov3": {"model_type": "dinov3_vit", **_VIT, "num_register_tokens": 2},
    "clip": {"model_type": "clip_vision_model", **_VIT, **CLIP_PIXELS},
}
_TEXT = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
}
QWEN2 = {"model_type": "qwen2", **_TEXT, "tie_word_embeddings": True}
LANGUAGE_MODELS: dict[str, dict[str, Any]] = {
    "qwen2": QWEN2,
    "qwen3": {"model_type": "qwen3", **_TEXT, "head_dim": 16},
    "llama": {"model_type": "llama", **_TEXT},
    "smollm3": {"model_type": "smollm3", **_TEXT},
}
_ROPE = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0}
_OTHER_IDS = {"image_token_id": 60, "video_token_id": 61}
WHOLE: dict[str, dict[str, Any]] = {
    "qwen2.5-vl": {
        "model_type": "qwen2_5_vl",
        "text_config": {**_TEXT, "rope_parameters": _ROPE},
        "vision_config": {
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": WIDTH,
            "patch_size": 4,
            "window_size": 16,
            "fullatt_block_indexes": [1],
        },
        **_OTHER_IDS,
    },
    "qwen3-vl": {
        "model_type": "qwen3_vl",
        "text_config": {**_TEXT, "head_dim": 16, "rope_parameters": _ROPE},
        "vision_config": {
            "depth": 3,
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": WIDTH,
            "patch_size": 4,
            "num_position_embeddings": 16,
            "deepstack_visual_indexes": [0, 1],
        },
        **_OTHER_IDS,
    },
    "llava-onevision": {
        "model_type": "llava_onevision",
        "text_config": QWEN2,
        "vision_config": SIGLIP,
        "image_token_index": 60,
        "video_token_index": 61,
    },
    "llava-next-video": {
        "model_type": "llava_next_video",
        "text_config": LANGUAGE_MODELS["llama"],
        "vision_config": {"model_type": "clip_vision_model", **_VIT},
        "image_token_index": 60,
        "video_token_index": 61,
    },
    "internvl": {
        "model_type": "internvl",
        "text_config": QWEN2,
        "vision_config": {
            "model_type": "internvl_vision",
            **{key: value for key, value in _VIT.items() if key not in ("image_size",)},
            "image_size": [32, 32],
            "patch_size": [8, 8],
        },
        "image_token_id": 60,
    },
}
BACKBONES: dict[str, dict[str, Any]] = {
    **{f"{name}+qwen2": {"tower": t, "language_model": QWEN2} for name, t in TOWERS.items()},
    **{
        f"siglip+{name}": {"tower": SIGLIP, "language_model": lm}
        for name, lm in LANGUAGE_MODELS.items()
    },
    **{name: {"whole": config} for name, config in WHOLE.items()},
}


def tiny_texts() -> Texts:
    words = [*TEXT.split(), "what", "is", "red", "table", "left", "of"]
    vocabulary = {word: i for i, word in enumerate(["<unk>", *dict.fromkeys(words)])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return Texts(tokenizer)


def tiny_network(backbone: dict[str, Any], **changes: Any) -> FrameVLM:
    """Random weights; what starts at zero gets values, as training gives them."""
    torch.manual_seed(0)
    network = FrameVLM(
        FrameVLMConfig(**{"backbone": backbone, "image_size": (32, 32), "max_frames": 2, **changes})
    )
    with torch.no_grad():
        for parameter in network.tokenizer.parameters():
            parameter.normal_(std=0.3)
    return network


def write_tiny(folder: Path, backbone: dict[str, Any], **changes: Any) -> Path:
    write_frame_model(folder, tiny_network(backbone, **changes), tiny_texts(), dtype=None)
    return folder
