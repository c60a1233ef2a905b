"""The sizes of a `spatial_vlm` model, as stored in its config.json."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

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
    def from_json(cls, value: Any) -> Self:
        """The inverse of `as_json`.

        Raises:
            ValueError: another kind of model, fields that this version does not know, or values
                that no model has; the message says which.
        """
        if not isinstance(value, dict) or value.get("kind") != KIND:
            raise ValueError(f"it does not describe a {KIND} model")
        arguments = {key: item for key, item in value.items() if key != "kind"}
        unknown = sorted(set(arguments) - {item.name for item in fields(cls)})
        if unknown:
            raise ValueError(f"unknown fields {', '.join(unknown)}")
        for key in ("tower", "language_model", "extra"):
            if not isinstance(arguments.get(key, {} if key == "extra" else None), dict):
                raise ValueError(f"{key} is not an object")
        size = arguments.get("image_size", [1, 1])
        if not (isinstance(size, list) and len(size) == 2 and all(map(_is_count, size))):
            raise ValueError("image_size is not a height and a width")
        if not _is_count(arguments.get("max_frames", 1)):
            raise ValueError("max_frames is not a whole number above 0")
        if "image_size" in arguments:
            arguments["image_size"] = tuple(size)
        return cls(**arguments)


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0
