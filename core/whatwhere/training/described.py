"""The folder of a model that was trained: its configuration with a note, its words, its weights."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from pydantic import BaseModel
from torch import nn

from whatwhere.models.frame_vlm.config import FrameVLMConfig
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.geometry_vlm.config import GeometryVLMConfig
from whatwhere.models.video_3d_llm.config import Video3DLLMConfig
from whatwhere.models.weights import tied_names, write_weights

Config = FrameVLMConfig | GeometryVLMConfig | Video3DLLMConfig


def noted(config: Config, trained_on: Mapping[str, str]) -> Config:
    """The same with what a model was trained on."""
    extra = {**config.extra, "trained_on": dict(trained_on)}
    if isinstance(config, FrameVLMConfig):
        return replace(config, extra=extra)
    return config.model_copy(update={"extra": extra})


def folder_texts(config: Config, texts: Texts) -> dict[str, str]:
    """File name -> content of what a model folder holds beside its weights."""
    if isinstance(config, BaseModel):
        described = config.model_dump_json(indent=2)
    else:
        described = json.dumps(config.as_json(), indent=2)
    return {"config.json": described + "\n", "tokenizer.json": texts.as_json()}


def write_trained(folder: Path, network: nn.Module, files: Mapping[str, str]) -> None:
    """Everything `load_grounder` needs; a tensor that two parts share is written once."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    tensors, tied = network.state_dict(), tied_names(network)
    kept = {name: tensor for name, tensor in tensors.items() if name not in tied}
    write_weights(folder, kept, dtype=torch.bfloat16)
