"""The sizes of a `frame_vlm` model, as stored in its config.json."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self, get_args

KIND = "frame_vlm"

PositionKind = Literal["canonical", "sinusoidal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameVLMConfig:
    """Everything needed to build the network before its weights are read.

    Attributes:
        backbone: `{"tower": ..., "language_model": ...}` or `{"whole": ...}`, each a Hugging Face
            configuration with its `model_type`.
        image_size: (height, width) that frames are resized to, pixels.
        max_frames: frames of a scene the model looks at, spread evenly.
        pool: tokens of a frame are averaged in squares of this side before the language model.
        positions: "canonical" is learned from a zero start, "sinusoidal" is Video-3D-LLM's.
        position_octaves: frequencies of the canonical encoding, 2^0 ... 2^(n-1).
        temperature: divides the cosine that scores a candidate.
        ground_prompt: what is said to the model; `{text}` is the sentence.
        answer_prompt: the same for a question.
        end_token_ids: each ends an answer.
    """

    backbone: dict[str, Any]
    image_size: tuple[int, int]
    max_frames: int = 32
    pool: int = 1
    positions: PositionKind = "canonical"
    position_octaves: int = 10
    temperature: float = 0.07
    ground_prompt: str = "{text}"
    answer_prompt: str = "{text}"
    end_token_ids: tuple[int, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The content of config.json."""
        return {
            "kind": KIND,
            **asdict(self),
            "image_size": list(self.image_size),
            "end_token_ids": list(self.end_token_ids),
        }

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
        for key, is_right, what in _CHECKS:
            if key in arguments and not is_right(arguments[key]):
                raise ValueError(f"{key} is not {what}")
        for key in ("backbone", "image_size"):
            if key not in arguments:
                raise ValueError(f"{key} is missing")
        for key in ("image_size", "end_token_ids"):
            if key in arguments:
                arguments[key] = tuple(arguments[key])
        return cls(**arguments)


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0


def _is_prompt(value: object) -> bool:
    return isinstance(value, str) and value.count("{text}") == 1


_CHECKS = (
    ("backbone", lambda v: isinstance(v, dict), "an object"),
    ("extra", lambda v: isinstance(v, dict), "an object"),
    (
        "image_size",
        lambda v: isinstance(v, list) and len(v) == 2 and all(map(_is_count, v)),
        "a height and a width",
    ),
    ("max_frames", _is_count, "a whole number above 0"),
    ("pool", _is_count, "a whole number above 0"),
    ("position_octaves", _is_count, "a whole number above 0"),
    (
        "positions",
        lambda v: isinstance(v, str) and v in get_args(PositionKind),
        "canonical or sinusoidal",
    ),
    ("temperature", lambda v: type(v) in (int, float) and v > 0, "a number above 0"),
    ("ground_prompt", _is_prompt, "a text with {text} once"),
    ("answer_prompt", _is_prompt, "a text with {text} once"),
    (
        "end_token_ids",
        lambda v: isinstance(v, list) and all(type(i) is int and i >= 0 for i in v),
        "a list of token ids",
    ),
)
