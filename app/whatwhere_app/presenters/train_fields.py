"""Which settings the form shows where, what they are called, and how each is edited."""

import json
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from whatwhere.training.config import TrainConfig
from whatwhere_app.train_values import FieldKind, Group

PRESETS: tuple[tuple[str, str], ...] = (
    ("w2r2-plus", "ours"),
    ("w2r2-within-class", "a reading of W2R2"),
    ("w2r2-relative", "a reading of W2R2"),
    ("w2r2-absolute", "a reading of W2R2"),
    ("debias-product", "goes beyond W2R2"),
    ("debias-opponent", "goes beyond W2R2"),
    ("plain", "the baseline"),
    ("default", "the shipped model's own"),
)
"""Presets in the order they are offered, with what each is."""

TITLES: dict[str, str] = {
    "name": "Name",
    "base": "Model",
    "data": "Scenes",
    "family": "Shortcut lies in",
    "shortcut": "Shortcut share",
    "train_rooms": "Rooms",
    "val_rooms": "Probe scenes",
    "hard_set": "Hard set",
    "hard_share": "Its share of steps",
    "hard_twins": "Of these in twins",
    "steps": "Steps",
    "seed": "Seed",
    "lr": "Learning rate",
    "checkpoint_every": "Checkpoint every",
    "evaluate_every": "Probe every",
    "alignment": "Alignment",
    "exchange_share": "Exchanged looks",
    "product_share": "Product share",
    "pseudo_label": "Pseudo-Label",
    "pseudo_label_weight": "Its weight",
    "margin": "Its margin, nats",
    "what_keeper_weight": "What-keeper weight",
    "opponent_weight": "Opponent weight",
    "opponent_margin": "Its margin, nats",
}
"""The settings that matter; any other is shown by its own name, in the folded part."""

SHOWN: tuple[tuple[Group, tuple[str, ...]], ...] = (
    ("Start from", ("base", "name")),
    (
        "Data",
        ("data", "family", "shortcut", "train_rooms", "val_rooms")
        + ("hard_set", "hard_share", "hard_twins"),
    ),
    ("Length", ("steps", "seed", "lr", "checkpoint_every", "evaluate_every")),
    ("Losses", ("alignment",)),
)
"""What every preset shows; its own losses come on top."""

_LOSSES: dict[str, tuple[str, ...]] = {
    "exchange_share": ("exchange_share",),
    "product_share": ("product_share",),
    "pseudo_label": ("pseudo_label", "pseudo_label_weight", "margin"),
    "what_keeper_weight": ("what_keeper_weight",),
    "opponent_weight": ("opponent_weight", "opponent_margin"),
}
"""A loss's own settings, by the one that says whether it is in use."""

_NESTED = frozenset({"tower", "language_model"})
"""Tables: a form has no good editor for them; a TOML file has."""

_OPTION_TEXTS = {
    "target": "the target",
    "soft": "every box by its IoU",
    "cooccurrence": "co-occurrence",
}


def groups_for(preset: TrainConfig) -> dict[Group, tuple[str, ...]]:
    """The settings by part of the form: those of the preset's losses are in view."""
    groups: dict[Group, tuple[str, ...]] = dict(SHOWN)
    for switch, names in _LOSSES.items():
        if getattr(preset, switch) not in (0, "none"):
            groups["Losses"] += names
    shown = {name for names in groups.values() for name in names}
    rest = [name for name in TrainConfig.model_fields if name not in shown | _NESTED]
    groups["Everything else"] = tuple(rest)
    return groups


def kind_of(name: str) -> FieldKind:
    """How a setting is edited."""
    if name in ("base", "data", "hard_set"):
        return "path"
    annotation = TrainConfig.model_fields[name].annotation
    if annotation is bool:
        return "switch"
    if typing.get_origin(annotation) is Literal:
        return "choice"
    return "text" if annotation is str else "number"


def options_of(name: str) -> tuple[tuple[str, str], ...]:
    """What a setting may be, where that is a list."""
    annotation = TrainConfig.model_fields[name].annotation
    if typing.get_origin(annotation) is not Literal:
        return ()
    return tuple((value, _OPTION_TEXTS.get(value, value)) for value in typing.get_args(annotation))


def hint_of(name: str) -> str:
    """What a setting does, as a sentence."""
    text = TrainConfig.model_fields[name].description or name
    return f"{text[0].upper()}{text[1:]}."


def as_text(value: Any) -> str:
    """A value as an editor shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def as_override(name: str, text: str) -> str:
    """What an editor says, as `read_config` takes it."""
    is_text = TrainConfig.model_fields[name].annotation is str or kind_of(name) == "choice"
    return json.dumps(text) if is_text else text.strip()


def command_line(preset: str, changes: Mapping[str, str]) -> Sequence[str]:
    """The arguments of a command that starts the same run."""
    parts = ["whatwhere", "train", preset]
    if changes.get("base"):
        parts += ["--from", changes["base"]]
    for name, text in changes.items():
        if name != "base":
            parts += ["--set", f"{name}={as_override(name, text)}"]
    return parts
