"""What the kind of model that a run starts from makes of the settings; torch-free."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from whatwhere.errors import ModelError
from whatwhere.models.catalogue import find_model
from whatwhere.models.frame_vlm.config import KIND as FRAME_VLM
from whatwhere.models.spatial_vlm.config import KIND as SPATIAL_VLM

_DEFAULTS: dict[str, Any] = {
    "lr": 2e-5,
    "weight_decay": 0.0,
    "rooms_per_step": 8,
    "micro_batches": 8,
    "anchor_weight": 0.0,
    "attribute_weight": 0.0,
}
"""Of a `frame_vlm`, where they are others: it was pretrained, and is a thousand times as large."""

_NOT_FOR_FRAMES: tuple[tuple[str, str], ...] = (
    ("appearance_noise", "the features of its frames have no common scale to measure noise in"),
    ("anchor_weight", "it has no relation head whose anchors could be taught"),
    ("attribute_weight", "its looks are its backbone's own, and no head learns from them"),
)
_FOR_FRAMES_ONLY: tuple[tuple[str, Any], ...] = (
    ("train_tower", False),
    ("train_projector", "auto"),
    ("train_language_model", True),
    ("gradient_checkpointing", False),
    ("lora_rank", 0),
    ("questions", ""),
)


def is_of_frames(base: object) -> bool:
    """Whether a run that starts from this model, by name or folder, trains a `frame_vlm`."""
    return _described(base).get("kind") == FRAME_VLM


def defaults_for(base: object) -> dict[str, Any]:
    """The settings that are others, unless they are given, when a run starts from this model."""
    described = _described(base)
    if described.get("kind") != FRAME_VLM:
        return {}
    frames = described.get("max_frames")
    return {**_DEFAULTS, **({"max_frames": frames} if type(frames) is int else {})}


class Refused(NamedTuple):
    """A setting that a kind of model cannot be trained with: why, and what to set instead."""

    setting: str
    why: str
    instead: str = "0"


def refused(settings: Mapping[str, Any]) -> Refused | None:
    """The first setting that the kind of model cannot be trained with."""
    base = settings.get("base", "")
    described = _described(base)
    if base and not described:
        return None  # a model that is gone is told of when it is to be loaded
    if described.get("kind") == FRAME_VLM:
        for name, why in _NOT_FOR_FRAMES:
            if settings.get(name):
                return Refused(name, f"a frame_vlm cannot be trained with it: {why}")
        if not any(_learns(settings)):
            return Refused("train_language_model", "nothing of the backbone would learn", "true")
        if settings.get("lora_rank") and not settings.get("train_language_model", True):
            why = "the language model is not to learn, as train_language_model says"
            return Refused("lora_rank", why)
        return None
    if base and described.get("kind") != SPATIAL_VLM:
        why = f"a {str(described.get('kind'))[:40]} can be asked, but not trained here"
        return Refused("base", why, "the name or folder of another model")
    for name, usual in _FOR_FRAMES_ONLY:
        if settings.get(name, usual) != usual:
            why = "it is of use for a frame_vlm only, and the run starts from none"
            return Refused(name, why, json.dumps(usual))
    return None


def _learns(settings: Mapping[str, Any]) -> tuple[bool, ...]:
    return (
        bool(settings.get("train_language_model", True)),
        bool(settings.get("train_tower", False)),
        settings.get("train_projector", "auto") != "no",
    )


def _described(base: object) -> dict[str, Any]:
    """The config.json of a model; {} where there is none, which is told when it is loaded."""
    try:
        path = find_model(str(base)).folder / "config.json" if base else None
        value = json.loads(path.read_text(encoding="utf-8")) if path else None
    except (ModelError, OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
