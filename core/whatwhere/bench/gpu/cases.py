"""What is measured: networks built from configurations, with random weights."""

from dataclasses import dataclass, field
from typing import Any

from whatwhere.models.frame_vlm.config import FrameVLMConfig

_GIGABYTES = 10**9


@dataclass(frozen=True, slots=True)
class Goals:
    """What a figure is meant to stay under; None where nothing is meant.

    Attributes:
        cold_ms: from frames in memory to a grounding.
        prefix_ms: reading the scene in one modality.
        sentence_ms: the next one.
        peak_bytes: on the device.
        epoch_h: of ScanRefer's 36,665 sentences.
    """

    cold_ms: float | None = None
    prefix_ms: float | None = None
    sentence_ms: float | None = None
    peak_bytes: float | None = None
    epoch_h: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One network and how it is asked.

    Attributes:
        name: as the figures begin.
        config: of the network.
        num_frames: counts of frames, each measured cold; goals are for the last.
        trains: whether steps of training are measured, too.
        goals: on an H200 in bfloat16.
    """

    name: str
    config: FrameVLMConfig
    num_frames: tuple[int, ...]
    trains: bool = False
    goals: Goals = field(default_factory=Goals)


def cases(*, small: bool) -> tuple[Case, ...]:
    """The named cases, or the same in small."""
    return _SMALL if small else _REAL


def _tower(
    size: int, patch: int, *, width: int, layers: int, mlp: int, heads: int
) -> dict[str, Any]:
    return {
        "model_type": "siglip_vision_model",
        "vision_use_head": False,
        "image_size": size,
        "patch_size": patch,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "intermediate_size": mlp,
        "num_attention_heads": heads,
    }


def _words(
    *, width: int, layers: int, mlp: int, heads: tuple[int, int], vocabulary: int
) -> dict[str, Any]:
    return {
        "model_type": "qwen2",
        "vocab_size": vocabulary,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "intermediate_size": mlp,
        "num_attention_heads": heads[0],
        "num_key_value_heads": heads[1],
        "tie_word_embeddings": True,
    }


_VIT_L = _tower(448, 14, width=1024, layers=24, mlp=4096, heads=16)
_SO400M = _tower(378, 14, width=1152, layers=27, mlp=4304, heads=16)
_HALF = _words(width=896, layers=24, mlp=4864, heads=(14, 2), vocabulary=151_936)
_EIGHT = _words(width=3584, layers=28, mlp=18_944, heads=(28, 4), vocabulary=152_064)

_REAL = (
    Case(
        "300 M tower at 448 px + 0.5 B",
        FrameVLMConfig(
            backbone={"tower": _VIT_L, "language_model": _HALF},
            image_size=(448, 448),
            max_frames=90,
            pool=4,
        ),
        (32, 90),
        goals=Goals(cold_ms=250, peak_bytes=8 * _GIGABYTES),
    ),
    Case(
        "8 B, 32 frames x 196 tokens",
        FrameVLMConfig(
            backbone={"tower": _SO400M, "language_model": _EIGHT},
            image_size=(378, 378),
            max_frames=32,
            pool=2,
        ),
        (32,),
        goals=Goals(prefix_ms=400, sentence_ms=20, peak_bytes=20 * _GIGABYTES),
    ),
    Case(
        "0.5 B, LoRA, 32 frames x 196 tokens",
        FrameVLMConfig(
            backbone={"tower": _SO400M, "language_model": _HALF},
            image_size=(378, 378),
            max_frames=32,
            pool=2,
        ),
        (32,),
        trains=True,
        goals=Goals(epoch_h=1),
    ),
)

_SMALL = (
    Case(
        "small",
        FrameVLMConfig(
            backbone={
                "tower": _tower(56, 14, width=32, layers=1, mlp=64, heads=2),
                "language_model": _words(width=32, layers=2, mlp=64, heads=(2, 1), vocabulary=64),
            },
            image_size=(56, 56),
            max_frames=4,
            pool=2,
        ),
        (2, 4),
        trains=True,
    ),
)
