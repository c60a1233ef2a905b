"""What a training run is made of. Torch-free, so that the window can build its form from it.

A configuration is one flat TOML file; the shipped ones are `assets/presets/*.toml`.
"""

import itertools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from whatwhere.assets import asset
from whatwhere.errors import ConfigError, MissingFileError
from whatwhere.training.model_kinds import defaults_for, refused

_TINY_TOWER: dict[str, Any] = {
    "model_type": "convnext",
    "hidden_sizes": [48, 128],
    "depths": [1, 3],
    "num_stages": 2,
    "patch_size": 4,
    "layer_scale_init_value": 1.0,
    "out_features": ["stage2"],
}
_TINY_LANGUAGE_MODEL: dict[str, Any] = {
    "model_type": "qwen2",
    "hidden_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "intermediate_size": 384,
    "vocab_size": 1,
    "tie_word_embeddings": True,
}


class TrainConfig(BaseModel):
    """A complete, reproducible training configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="name of the run and of the model it makes")
    base: str = Field("", description="model to start from, by name or folder; empty: from scratch")
    seed: int = Field(0, description="of weights, data order and augmentation")
    threads: int = Field(
        0, ge=0, description="CPU threads of the network; 0: all cores but one. It changes rounding"
    )
    device: Literal["auto", "cpu"] = Field(
        "auto", description="auto takes a GPU where there is one"
    )

    data: str = Field("", description="data set folder (scans and sentences); empty: demo rooms")
    train_rooms: int = Field(900, ge=1, description="demo rooms to train on")
    val_rooms: int = Field(48, ge=1, description="scenes of the probe set, watched while training")
    test_rooms: int = Field(0, ge=0, description="demo rooms for the figures on the card")
    data_seed: int = Field(0, ge=0, description="of the demo rooms")
    shortcut: float = Field(
        0.95, ge=0, le=1, description="share of targets that the shortcut gives away; 0: no cue"
    )
    family: Literal["colour", "prominence", "cooccurrence"] = Field(
        "colour", description="what the shortcut of the demo rooms lies in"
    )

    hard_set: str = Field(
        "", description="folder of annotated failures to train on besides (a hard set); empty: none"
    )
    hard_share: float = Field(
        0.25, ge=0, le=1, description="share of the steps that are of the hard set"
    )
    hard_twins: float = Field(
        0.0,
        ge=0,
        le=1,
        description="share of these steps in twins: look-alikes have exchanged looks, targets stay",
    )

    tower: dict[str, Any] = Field(
        default_factory=lambda: dict(_TINY_TOWER), description="Hugging Face vision configuration"
    )
    language_model: dict[str, Any] = Field(
        default_factory=lambda: dict(_TINY_LANGUAGE_MODEL),
        description="Hugging Face causal LM configuration",
    )
    max_frames: int = Field(24, ge=1, description="frames the model looks at in use")
    train_language_model: bool = Field(
        True, description="whether the language model of a frame_vlm learns"
    )
    train_tower: bool = Field(
        False, description="whether its vision tower learns, too; frames are then seen every step"
    )
    train_projector: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="whether what joins them learns; auto: where frames need not be seen anew",
    )
    lora_rank: int = Field(
        0,
        ge=0,
        description="of the matrices that learn in the language model's place (LoRA); 0: none",
    )
    lora_alpha: int = Field(32, ge=1, description="their product is scaled by this over lora_rank")
    lora_dropout: float = Field(
        0.0, ge=0, lt=1, description="share of what they see that is dropped while they learn"
    )
    gradient_checkpointing: bool = Field(
        False, description="compute activations twice, where memory is short"
    )

    tower_epochs: int = Field(3, ge=0, description="passes over the rooms that teach the tower")
    tower_rooms_per_step: int = Field(3, ge=1, description="rooms in one step of the tower")
    tower_lr: float = Field(3e-3, gt=0, description="learning rate of the tower")

    steps: int = Field(500, ge=1, description="steps of the grounder")
    rooms_per_step: int = Field(16, ge=1, description="rooms in one step of the grounder")
    sentences_per_room: int = Field(8, ge=1, description="sentences of each room in one step")
    micro_batches: int = Field(
        1, ge=1, description="parts a step is computed in, where memory is short"
    )
    lr: float = Field(1e-3, gt=0, description="learning rate of the grounder, at its highest")
    weight_decay: float = Field(0.05, ge=0, description="pull of all weights towards zero")
    warmup_steps: int = Field(60, ge=0, description="steps in which the learning rate rises")
    drop_geometry: float = Field(0.15, ge=0, le=1, description="share of sentences seen 2D-only")
    drop_appearance: float = Field(0.15, ge=0, le=1, description="share seen 3D-only")
    box_noise_m: float = Field(0.03, ge=0, description="jitter of box centres, metres")
    appearance_noise: float = Field(
        0.0, ge=0, description="noise on appearance features, in their standard deviations"
    )
    exchange_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="share of sentences about places that see look-alikes with exchanged looks",
    )
    balance_shortcut: bool = Field(
        False, description="weigh aligned and conflicting targets alike, where the data set says"
    )

    alignment: Literal["target", "soft"] = Field(
        "target", description='what fused is aligned with: the target, or ("soft") every box by IoU'
    )
    anchor_weight: float = Field(1.0, ge=0, description="weight of the anchor supervision")
    attribute_weight: float = Field(0.5, ge=0, description="weight of class and colour supervision")
    pseudo_label: Literal["none", "absolute", "relative", "within-class"] = Field(
        "none", description="which reading of the Pseudo-Label Loss"
    )
    pseudo_label_weight: float = Field(
        1.0, ge=0, description="weight of the Pseudo-Label Loss beside the Alignment Loss"
    )
    margin: float = Field(0.3, ge=0, description="of the Pseudo-Label hinge, nats")
    what_keeper_weight: float = Field(
        0.0, ge=0, description="weight of keeping the class known in 2D"
    )
    opponent_weight: float = Field(
        0.0, ge=0, description="weight of the hinge against what 2D wrongly chooses"
    )
    opponent_margin: float = Field(1.0, ge=0, description="of that hinge, nats")
    product_share: float = Field(
        0.0, ge=0, le=1, description="share of the Alignment Loss taken on the product with 2D"
    )
    expert_in_class: bool = Field(
        False, description="product and opponent hear of 2D only which member of the class it means"
    )
    propensity_cap: float = Field(
        1.0,
        ge=1,
        description="how much more a sentence that 2D does not give away may weigh; 1: alike",
    )
    questions: str = Field(
        "", description="file of questions with answers about the same scans, as ScanQA's; or none"
    )
    questions_per_step: int = Field(8, ge=1, description="of them in one step")
    answer_weight: float = Field(1.0, ge=0, description="weight of the answers' cross-entropy")
    answer_pseudo_label_weight: float = Field(
        1.0, ge=0, description="weight of the Pseudo-Label hinge on answers about places"
    )
    ablated_share: float = Field(
        0.5, ge=0, le=1, description="share of 2D passes with shuffled positions instead of none"
    )
    second_pass_every: int = Field(1, ge=1, description="steps between two 2D passes")
    ramp_from: float = Field(
        0.1, ge=0, le=1, description="share of the run after which the losses on 2D set in"
    )
    ramp_to: float = Field(0.2, ge=0, le=1, description="share after which they have full weight")

    checkpoint_every: int = Field(500, ge=1, description="steps between checkpoints")
    evaluate_every: int = Field(500, ge=1, description="steps between looks at the probe set")

    @field_validator("base", "data")
    @classmethod
    def _absolute(cls, value: str) -> str:
        """A folder stays the same folder wherever the run is resumed from."""
        return str(Path(value).resolve()) if value and Path(value).is_dir() else value

    @field_validator("questions")
    @classmethod
    def _absolute_file(cls, value: str) -> str:
        """So does a file; one that is not there is told of when it is to be read."""
        return str(Path(value).resolve()) if value else value

    def with_exchanged_looks(self) -> "TrainConfig":
        """The same, but every sentence about places sees look-alikes with exchanged looks."""
        return self.model_copy(update={"exchange_share": 1.0})

    @property
    def has_second_pass(self) -> bool:
        """Whether any loss looks at a 2D-only pass of the sentences that fused answers."""
        looks = self.opponent_weight > 0 or self.product_share > 0 or self.propensity_cap > 1
        return self.pseudo_label != "none" or looks


def read_config(name_or_path: str, overrides: Mapping[str, str] | None = None) -> TrainConfig:
    """A preset by name or a TOML file, with `key=value` overrides on top.

    Raises:
        ConfigError: no such preset or file, broken TOML, unknown keys or values out of range.
    """
    path = _find(name_or_path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"the configuration cannot be read ({error})", remedy="Mend the file", path=path
        ) from error
    for key, text in (overrides or {}).items():
        values[key] = _parsed(text)
    values = {**defaults_for(values.get("base")), **values}
    try:
        config = TrainConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        is_unknown = first["type"] == "extra_forbidden"
        fault = "there is no such setting" if is_unknown else first["msg"].lower()
        settings = f"The settings are {', '.join(TrainConfig.model_fields)}"
        raise ConfigError(
            f'setting "{where}": {fault}',
            remedy=settings if is_unknown else "Give a value in range",
            path=None if where in (overrides or {}) else path,
        ) from error
    if found := refused(config.model_dump()):
        raise ConfigError(
            f'setting "{found.setting}": {found.why}',
            remedy=f"Set it to {found.instead}, or take a preset or a model that goes with it",
        )
    return config


def write_config(config: TrainConfig, path: Path) -> None:
    """Write TOML that `read_config` reads back to an equal configuration."""
    lines = [f"{key} = {_toml(value)}" for key, value in config.model_dump().items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def preset_names() -> list[str]:
    """The shipped presets."""
    return sorted(path.stem for path in asset("presets").glob("*.toml"))


def preset_note(name: str) -> str:
    """What a shipped preset is: the comment that its file opens with.

    Raises:
        ConfigError: no such preset.
    """
    lines = _find(name).read_text(encoding="utf-8").splitlines()
    comment = itertools.takewhile(lambda line: line.startswith("#"), lines)
    return " ".join(line.removeprefix("#").strip() for line in comment)


def _find(name_or_path: str) -> Path:
    path = Path(name_or_path)
    if path.is_file():
        return path
    try:
        return asset("presets", f"{name_or_path}.toml")
    except MissingFileError as error:
        raise ConfigError(
            f'there is no preset or file "{name_or_path}"',
            remedy=f"The presets are {', '.join(preset_names())}",
        ) from error


def _parsed(text: str) -> Any:
    """An override's value: TOML when it is, else a plain string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return repr(value)
