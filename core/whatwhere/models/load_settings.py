"""How a model is loaded: where, how exact, how much of a scene it looks at. Torch-free."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self, get_args

from whatwhere.errors import NotSupportedError

Dtype = Literal["auto", "float32", "bfloat16", "float16"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettings:
    """What can be chosen when a model is loaded.

    Attributes:
        device: "auto" (a GPU when there is one), "cpu", "cuda", "cuda:1", ...
        dtype: of the backbone's weights and what it computes in; "auto" is bfloat16 on a GPU and
            float32 elsewhere.
        max_frames: frames of a scene the model looks at; None leaves it to the model.
        image_size: (height, width) that frames are resized to, pixels; None leaves it to the model.
        cache_bytes: what may be kept on disk of scenes that models looked at; 0 keeps nothing.
    """

    device: str = "auto"
    dtype: Dtype = "auto"
    max_frames: int | None = None
    image_size: tuple[int, int] | None = None
    cache_bytes: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it travels in a `load` request; the inverse of `from_json`."""
        size = None if self.image_size is None else list(self.image_size)
        return {**asdict(self), "image_size": size}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """From a request's params or a command's options; what they lack, or is None, is as usual.

        Raises:
            NotSupportedError: a value is none that a model can be loaded with.
        """
        dtype, frames = value.get("dtype") or "auto", value.get("max_frames")
        if dtype not in DTYPES:
            raise NotSupportedError(
                f'"{dtype}" is no type of number that weights can have here',
                remedy=f"Choose among {', '.join(DTYPES)}",
            )
        if frames is not None and not _is_count(frames):
            raise NotSupportedError(
                f"{frames!r} is no number of frames", remedy="Give a whole number above 0"
            )
        size = value.get("image_size")
        if size is not None:
            size = (size, size) if _is_count(size) else tuple(size) if _is_pair(size) else ()
            if len(size) != 2 or not all(map(_is_count, size)):
                raise NotSupportedError(
                    f"{value['image_size']!r} is no size of images",
                    remedy="Give its side, or a height and a width, in pixels",
                )
        return cls(
            device=str(value.get("device") or "auto"),
            dtype=dtype,
            max_frames=frames,
            image_size=size,
            cache_bytes=max(0, int(value.get("cache_bytes") or 0)),
        )

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """The same but for some fields, as a hint of a `MemoryPlan` holds them."""
        merged = {**self.as_json(), **changes}
        return replace(self, **{k: getattr(type(self).from_json(merged), k) for k in changes})


def bytes_per_number(dtype: str) -> int:
    """Of a type of number other than "auto"."""
    return _BYTES[dtype]


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2
