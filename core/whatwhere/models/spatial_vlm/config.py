"""The sizes of a `spatial_vlm` model, as stored in its config.json."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from whatwhere.errors import ModelError

KIND = "spatial_vlm"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpatialVLMConfig:
    """Everything needed to build the network before its weights are read.

    Attributes:
        tower: Hugging Face vision configuration with its `model_type`.
        language_model: Hugging Face causal LM configuration with its `model_type`; its
            `hidden_size` is the width D of every token.
        image_size: (height, width) that frames are resized to, pixels.
        max_frames: frames of a scene the model looks at, spread evenly.
        num_relation_heads: heads of the relation head, each with one anchor.
        relation_width: width of the pairwise geometry features.
        position_octaves: frequencies of the position encoding, 2^0 ... 2^(n-1).
    """

    tower: dict[str, Any]
    language_model: dict[str, Any]
    image_size: tuple[int, int] = (128, 128)
    max_frames: int = 8
    num_relation_heads: int = 4
    relation_width: int = 48
    position_octaves: int = 5
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """D, the width of a token."""
        return int(self.language_model["hidden_size"])

    def as_json(self) -> dict[str, Any]:
        """The content of config.json."""
        return {"kind": KIND, **asdict(self), "image_size": list(self.image_size)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The inverse of `as_json`.

        Raises:
            ModelError: another kind of model, or fields this version does not know.
        """
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(value) - known - {"kind"})
        if value.get("kind") != KIND or unknown or not {"tower", "language_model"} <= set(value):
            fault = f"unknown fields {', '.join(unknown)}" if unknown else "not a spatial_vlm model"
            raise ModelError(
                f"config.json cannot be used: {fault}",
                remedy="Use a model folder written by this version of whatwhere",
            )
        arguments = {key: value[key] for key in value if key in known}
        if "image_size" in arguments:
            height, width = arguments["image_size"]
            arguments["image_size"] = (int(height), int(width))
        return cls(**arguments)
