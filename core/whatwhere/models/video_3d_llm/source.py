"""From the files of a Video-3D-LLM checkpoint to our configuration, or a sentence why not."""

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from whatwhere.errors import ModelError
from whatwhere.models.tokenizer_file import read_tokenizer
from whatwhere.models.video_3d_llm.config import Video3DLLMConfig

GROUND = "<ground>"
_END = "<|im_end|>"
_TOWER_NAME = "siglip-so400m-patch14-384"
_TOWER: dict[str, Any] = {
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_attention_heads": 16,
    "image_size": 384,
    "patch_size": 14,
}
_NEEDED: dict[str, object] = {
    "ground_head_type": "infonce",
    "world_position_embedding_type": "avg-discrete-sin3d",
    "object_feature_type": "patch14-pe",
    "mm_projector_type": "mlp2x_gelu",
    "mm_newline_position": "grid",
    "mm_spatial_pool_mode": "bilinear",
    "mm_spatial_pool_stride": 2,
    "add_faster_video": False,
}
_TOWER_KEYS = (
    "hidden_size",
    "intermediate_size",
    "num_attention_heads",
    "image_size",
    "patch_size",
    "num_channels",
    "hidden_act",
    "layer_norm_eps",
)
_LANGUAGE_KEYS = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "hidden_act",
    "max_position_embeddings",
    "rms_norm_eps",
    "tie_word_embeddings",
)


def source_config(
    folder: Path, *, num_tower_layers: int, vocabulary: int, tower: Path | None = None
) -> Video3DLLMConfig:
    """Our configuration for a checkpoint.

    Args:
        folder: with config.json and tokenizer.json.
        num_tower_layers: that its weights hold.
        vocabulary: rows of its embedding.
        tower: the tower's own config.json, for another than SigLIP so400m at 384 pixels.

    Raises:
        ModelError: it is of another kind, or a variant that is not reproduced here.
    """
    path = folder / "config.json"
    there = _object(path)
    if there.get("model_type") != "llava_qwen":
        raise ModelError(
            f"it is a {there.get('model_type', 'model of no type')}, not a llava_qwen",
            remedy="Name the folder of a Video-3D-LLM checkpoint",
            path=path,
        )
    for key, value in _NEEDED.items():
        if there.get(key, _default(key)) != value:
            raise ModelError(
                f"its {key} is {there.get(key)!r}, and only {value!r} is reproduced here",
                remedy="Convert a checkpoint of the released kind",
                path=path,
            )
    tower_config = _tower(there, tower, path)
    tokenizer = read_tokenizer(_tokenizer_path(folder))
    try:
        return Video3DLLMConfig.model_validate(
            {
                "tower": {**tower_config, "num_hidden_layers": num_tower_layers},
                "language_model": _language_model(there, vocabulary),
                "image_size": (tower_config["image_size"],) * 2,
                "voxel_size_m": float(there["voxel_size"]),
                "lower_m": tuple(map(float, there["min_xyz_range"])),
                "upper_m": tuple(map(float, there["max_xyz_range"])),
                "temperature": float(there.get("ground_head_temperature", 0.07)),
                "ground_token_id": _ground_token(there, tokenizer, folder),
                "end_token_ids": _ends(tokenizer),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"its configuration lacks something or holds what no model has ({error!r:.200})",
            remedy="Use the config.json that was saved with the weights",
            path=path,
        ) from error


def _default(key: str) -> object:
    """What the original takes where a checkpoint says nothing."""
    return {"add_faster_video": False, "mm_spatial_pool_mode": "bilinear"}.get(key)


def _tower(there: dict[str, Any], given: Path | None, path: Path) -> dict[str, Any]:
    if given is None:
        name = str(there.get("mm_vision_tower", ""))
        if not name.rstrip("/").endswith(_TOWER_NAME):
            raise ModelError(
                f'its vision tower is "{name}", whose sizes are not known here',
                remedy="Name the tower's own config.json with --tower",
                path=path,
            )
        found = _TOWER
    else:
        value = _object(given)
        found = value.get("vision_config", value)
    known = {key: found[key] for key in _TOWER_KEYS if key in found}
    return {"model_type": "siglip_vision_model", "vision_use_head": False, **known}


def _language_model(there: dict[str, Any], vocabulary: int) -> dict[str, Any]:
    theta = there.get("rope_theta") or (there.get("rope_parameters") or {})["rope_theta"]
    return {
        "model_type": "qwen2",
        **{key: there[key] for key in _LANGUAGE_KEYS if key in there},
        "vocab_size": vocabulary,
        "rope_parameters": {"rope_type": "default", "rope_theta": float(theta)},
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": None,
    }


def _ground_token(there: dict[str, Any], tokenizer: Tokenizer, folder: Path) -> int:
    (expected,) = there["ground_token_ids"]
    if tokenizer.token_to_id(GROUND) != expected:
        raise ModelError(
            f"the tokenizer's {GROUND} is {tokenizer.token_to_id(GROUND)}, the model's {expected}",
            remedy="Use the tokenizer that was saved with the weights",
            path=folder / "tokenizer.json",
        )
    return int(expected)


def _ends(tokenizer: Tokenizer) -> tuple[int, ...]:
    end = tokenizer.token_to_id(_END)
    return () if end is None else (int(end),)


def _tokenizer_path(folder: Path) -> Path:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise ModelError(
            "the folder has no tokenizer.json",
            remedy="Make one in Python: AutoTokenizer.from_pretrained(FOLDER)"
            ".save_pretrained(FOLDER), with transformers",
            path=folder,
        )
    return path


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"it cannot be read ({str(error)[:200]})", remedy="Copy the file again", path=path
        ) from error
    if not isinstance(value, dict):
        raise ModelError("it is no JSON object", remedy="Copy the file again", path=path)
    return value
