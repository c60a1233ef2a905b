"""The sizes of a model's network, from its config.json and the headers of its weights. Torch-free.

Names and shapes of tensors say more than a configuration, whose missing fields stand for defaults
that only the library knows.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whatwhere.errors import ModelError
from whatwhere.models.folder_checks import weight_files
from whatwhere.models.tensor_headers import StoredTensor, stored_tensors

_TOWER = re.compile(r"(^|\.)(tower|visual|vision_tower|vision_model|image_encoder)\.")
_LAYER = re.compile(r"\.(layers?|blocks?|h)\.(\d+)\.")
_KEYS_VALUES = re.compile(r"\.(k_proj|v_proj|key|value)\.weight$")
_QUERY = re.compile(r"\.(q_proj|query)\.weight$")
_JOINT = re.compile(r"\.(qkv|qkv_proj)\.weight$")
_PATCHES = re.compile(r"patch_embed[a-z]*(\.proj(ection)?)?\.weight$")
_DEEP = re.compile(r"\.deepstack_merger_list\.(\d+)\.")
_STAGE = re.compile(r"\.stages\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class TowerSizes:
    """Of a vision tower.

    Attributes:
        patch: side in pixels of what becomes one token.
        width: channels of a token.
        mlp: channels inside a block's feed-forward part.
        is_gated: whether that part has a gate.
        stages: channels of each stage where tokens become fewer from stage to stage, else ().
    """

    patch: int
    width: int
    mlp: int
    is_gated: bool
    stages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LanguageSizes:
    """Of a causal language model.

    Attributes:
        width: of a hidden state.
        query: of all heads' queries of one layer together.
        keys_values: of all layers' keys and values together; what one token leaves in a cache.
        num_layers: that have keys and values.
        mlp: inside a layer's feed-forward part.
    """

    width: int
    query: int
    keys_values: int
    num_layers: int
    mlp: int


@dataclass(frozen=True, slots=True)
class ModelSizes:
    """What a plan is made from.

    Attributes:
        config: the content of config.json.
        backbone: numbers that are cast to the chosen type.
        own: numbers that stay float32.
        other_bytes: of tensors that are no floats.
        tower: None where the weights show none.
        language: None likewise.
        levels: what a frame's token gives to the language model: 1 and what is injected deeper.
    """

    config: Mapping[str, Any]
    backbone: int
    own: int
    other_bytes: int
    tower: TowerSizes | None
    language: LanguageSizes | None
    levels: int = 1

    @property
    def kind(self) -> str:
        """Of our own folders; "" of others."""
        return str(self.config.get("kind", ""))


def read_sizes(folder: Path) -> ModelSizes:
    """Look into a model folder; no weight is read.

    Raises:
        ModelError: config.json or the weights are missing, damaged or refused.
    """
    config = _config(folder / "config.json")
    tensors: dict[str, StoredTensor] = {}
    for path in weight_files(folder):
        tensors |= stored_tensors(path)
    return sizes_of(config, tensors)


def sizes_of(config: Mapping[str, Any], tensors: Mapping[str, StoredTensor]) -> ModelSizes:
    """The same of a network whose configuration and tensors are known.

    Args:
        config: the content of config.json.
        tensors: by name; those that are another's under a second name left out.
    """
    is_cast = config.get("kind") != "spatial_vlm"
    floats = {name: tensor for name, tensor in tensors.items() if tensor.is_float}
    backbone = sum(
        tensor.numel
        for name, tensor in floats.items()
        if is_cast and (name.startswith("backbone.") or not config.get("kind"))
    )
    deep = {found.group(1) for name in floats if (found := _DEEP.search(name))}
    return ModelSizes(
        config=config,
        backbone=backbone,
        own=sum(tensor.numel for tensor in floats.values()) - backbone,
        other_bytes=sum(8 * t.numel for t in tensors.values() if not t.is_float),
        tower=_tower({name: t for name, t in floats.items() if _TOWER.search(name)}),
        language=_language({name: t for name, t in floats.items() if not _TOWER.search(name)}),
        levels=1 + len(deep),
    )


def _tower(tensors: Mapping[str, StoredTensor]) -> TowerSizes | None:
    patches = next((t for name, t in tensors.items() if _PATCHES.search(name)), None)
    if patches is None:
        return None
    width = patches.shape[0]
    # A linear layer takes the pixels of a patch in a row.
    side = patches.shape[-1] if len(patches.shape) > 2 else round((patches.shape[1] / 3) ** 0.5)
    stages: dict[int, int] = {}
    for name, tensor in tensors.items():
        found = _STAGE.search(name)
        if found and len(tensor.shape) == 2:
            stages[int(found.group(1))] = min(tensor.shape)
    within = [t for name, t in tensors.items() if _LAYER.search(name) and len(t.shape) == 2]
    mlp = max((t.shape[0] for t in within if t.shape[1] == width), default=4 * width)
    is_gated = any("gate_proj" in name for name in tensors)
    return TowerSizes(side, width, mlp, is_gated, tuple(stages[i] for i in sorted(stages)))


def _language(tensors: Mapping[str, StoredTensor]) -> LanguageSizes | None:
    keys_values, query, layers = 0, 0, set()
    for name, tensor in tensors.items():
        found = _LAYER.search(name)
        if found is None or len(tensor.shape) != 2:
            continue
        if _KEYS_VALUES.search(name):
            keys_values += tensor.shape[0]
        elif _JOINT.search(name):  # how it is shared out is not in the shape: as if evenly
            keys_values += tensor.shape[0] * 2 // 3
        elif _QUERY.search(name):
            query = max(query, tensor.shape[0])
            continue
        else:
            continue
        layers.add(found.group(0))
    if not layers:
        return None
    inner = [t for name, t in tensors.items() if _LAYER.search(name) and len(t.shape) == 2]
    width = next(
        t.shape[1]
        for name, t in tensors.items()
        if _KEYS_VALUES.search(name) or _JOINT.search(name)
    )
    mlp = max(t.shape[0] for t in inner if t.shape[1] == width)
    return LanguageSizes(width, query or width, keys_values, len(layers), mlp)


def _config(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            "the folder has no config.json, so it is not a model",
            remedy="Point at a model folder",
            path=path.parent,
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"config.json cannot be read ({error})", remedy="Copy the file again", path=path
        ) from error
    if not isinstance(value, dict):
        raise ModelError("it is no JSON object", remedy="Copy the file again", path=path)
    return value
