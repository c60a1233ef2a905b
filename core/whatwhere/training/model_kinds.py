"""What the kind of model that a run starts from makes of the settings; torch-free."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from whatwhere.errors import ModelError
from whatwhere.models.catalogue import find_model
from whatwhere.models.frame_vlm.config import KIND as FRAME_VLM
from whatwhere.models.geometry_vlm.config import KIND as GEOMETRY_VLM
from whatwhere.models.spatial_vlm.config import KIND as SPATIAL_VLM
from whatwhere.models.video_3d_llm.config import KIND as VIDEO_3D_LLM

OF_FRAMES = (FRAME_VLM, GEOMETRY_VLM, VIDEO_3D_LLM)
"""Those whose language model reads the tokens of frames."""

_DEFAULTS: dict[str, Any] = {
    "lr": 2e-5,
    "weight_decay": 0.0,
    "rooms_per_step": 8,
    "micro_batches": 8,
    "anchor_weight": 0.0,
    "attribute_weight": 0.0,
}
"""Of what reads frames, where they are others: it was pretrained, and is a thousand times as
large."""

_NO_SCALE = ("appearance_noise", "the features of its frames have no common scale to measure it in")
_NO_HEADS = (
    ("anchor_weight", "it has no relation head whose anchors could be taught"),
    ("attribute_weight", "its looks are its backbone's own, and no head learns from them"),
)
_WORDS = "it says its box in words, and none of the candidates"
_USELESS: dict[str, tuple[tuple[str, str], ...]] = {
    FRAME_VLM: (_NO_SCALE, *_NO_HEADS),
    VIDEO_3D_LLM: (
        _NO_SCALE,
        *_NO_HEADS,
        ("train_tower", "what its tower saw is kept behind the projector"),
        ("questions", "it learns to choose here, and no answers"),
    ),
    GEOMETRY_VLM: (
        _NO_SCALE,
        *_NO_HEADS,
        ("train_tower", "what its tower saw is kept behind the projector"),
        ("questions", "it learns to say boxes here, and no other answers"),
        ("exchange_share", f"{_WORDS}, so that nothing says whose patches are whose"),
        ("opponent_weight", f"{_WORDS}: there is no rival that 2D could choose"),
        ("product_share", f"{_WORDS}: there are no shares that could be multiplied"),
        ("what_keeper_weight", f"{_WORDS}: its words hold no class that 2D could keep"),
        ("balance_shortcut", "its sentences are learned one by one, all alike"),
        ("hard_set", "its sentences are drawn from one data set"),
    ),
}
"""Settings that a kind cannot be trained with, and why."""

_FOR_FRAMES_ONLY: tuple[tuple[str, Any], ...] = (
    ("train_tower", False),
    ("train_projector", "auto"),
    ("train_language_model", True),
    ("gradient_checkpointing", False),
    ("lora_rank", 0),
    ("questions", ""),
)


def kind_of_base(base: object) -> str:
    """The kind of the model, by name or folder, that a run starts from; "" where none is known."""
    return str(_described(base).get("kind", ""))


def defaults_for(base: object) -> dict[str, Any]:
    """The settings that are others, unless they are given, when a run starts from this model."""
    described = _described(base)
    if described.get("kind") not in OF_FRAMES:
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
    kind = str(described.get("kind", ""))
    if kind in OF_FRAMES:
        return _refused_of_frames(kind, settings)
    if base and kind != SPATIAL_VLM:
        why = f"a {kind[:40]} can be asked, but not trained here"
        return Refused("base", why, "the name or folder of another model")
    for name, usual in _FOR_FRAMES_ONLY:
        if settings.get(name, usual) != usual:
            why = "it is of use for a model that reads frames only, and the run starts from none"
            return Refused(name, why, json.dumps(usual))
    return None


def _refused_of_frames(kind: str, settings: Mapping[str, Any]) -> Refused | None:
    for name, why in _USELESS[kind]:
        if settings.get(name):
            instead = {
                "train_tower": "false",
                "balance_shortcut": "false",
                "questions": '""',
                "hard_set": '""',
            }
            reason = f"a {kind} cannot be trained with it: {why}"
            return Refused(name, reason, instead.get(name, "0"))
    if kind != FRAME_VLM and settings.get("train_projector") == "yes":
        why = f"a {kind} cannot be trained with it: what its projector made is kept"
        return Refused("train_projector", why, '"auto"')
    if kind == GEOMETRY_VLM and settings.get("pseudo_label") == "within-class":
        why = f"a {kind} cannot be trained with it: {_WORDS}, so that there is no class to stay in"
        return Refused("pseudo_label", why, '"relative"')
    if kind == GEOMETRY_VLM and settings.get("propensity_cap", 1) > 1:
        why = f"a {kind} cannot be trained with it: {_WORDS}, which 2D does not give away as one"
        return Refused("propensity_cap", why, "1")
    if not any(_learns(settings)):
        return Refused("train_language_model", "nothing of the backbone would learn", "true")
    if settings.get("lora_rank") and not settings.get("train_language_model", True):
        why = "the language model is not to learn, as train_language_model says"
        return Refused("lora_rank", why)
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
