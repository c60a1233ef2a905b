"""What the header of a safetensors file says of its tensors; no weight is read. Torch-free."""

import json
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from whatwhere.errors import ModelError

_MAX_HEADER_BYTES = 100 * 10**6
_WIDTHS = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "BF16": 2, "F16": 2}
_WIDTHS |= {"I16": 2, "U16": 2, "BOOL": 1, "I8": 1, "U8": 1, "F8_E4M3": 1, "F8_E5M2": 1}
"""Bytes of a number."""


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor of a safetensors file, as its header describes it.

    Attributes:
        dtype: "F32", "BF16", "I64", ... as the format names them.
        shape: of the tensor.
    """

    dtype: str
    shape: tuple[int, ...]

    @property
    def numel(self) -> int:
        """Numbers in it."""
        return prod(self.shape)

    @property
    def is_float(self) -> bool:
        """Whether it is cast to another type on loading."""
        return self.dtype in ("F64", "F32", "F16", "BF16")


def stored_tensors(path: Path) -> dict[str, StoredTensor]:
    """The tensors of one safetensors file whose size is what its header says; no weight is read.

    Raises:
        ModelError: it is a pickle, cut short, or no such file.
    """
    header, length, size = _header(path)
    try:
        items = {name: item for name, item in header.items() if name != "__metadata__"}
        tensors = {
            name: StoredTensor(str(item["dtype"]), tuple(int(n) for n in item["shape"]))
            for name, item in items.items()
        }
        spans = {name: [int(n) for n in item["data_offsets"]] for name, item in items.items()}
        end = max((last for _, last in spans.values()), default=0)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise _damaged(path, "its header does not say where its tensors lie") from error
    if size != 8 + length + end:
        less = "less" if size < 8 + length + end else "more"
        raise _damaged(path, f"it has {size:,} bytes, {less} than the {8 + length + end:,} it says")
    for name, tensor in tensors.items():
        first, last = spans[name]
        width = _WIDTHS.get(tensor.dtype)
        if width is not None and last - first != tensor.numel * width:
            raise _damaged(path, f"its header gives {name[:80]} another size than its numbers have")
    return tensors


def _header(path: Path) -> tuple[Any, int, int]:
    """The JSON header, its length and that of the whole file, bytes."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(9)
            # Safetensors begin with a length, which may look like a pickle's first bytes, and a
            # brace.
            if head[8:] != b"{" and head.startswith((b"\x80", b"PK")):
                raise refused_pickle(path)
            if len(head) < 9:
                raise _damaged(path, "it ends within its header")
            (length,) = struct.unpack("<Q", head[:8])
            if length > min(_MAX_HEADER_BYTES, size - 8):
                raise _damaged(path, "it ends within its header")
            file.seek(8)
            return json.loads(file.read(length)), length, size
    except OSError as error:
        raise ModelError(
            f"it cannot be read ({error.strerror})", remedy="Copy the file again", path=path
        ) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its header is not valid JSON") from error


def tensor_names(path: Path) -> frozenset[str]:
    """The names of `stored_tensors`.

    Raises:
        ModelError: as there.
    """
    return frozenset(stored_tensors(path))


def refused_pickle(path: Path) -> ModelError:
    """Why a pickle is not taken."""
    return ModelError(
        "this is a pickle, which can run any code when it is opened, so the folder is refused",
        remedy="Convert it with the safetensors library where you trust it, then take it away",
        path=path,
    )


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"the weights are damaged: {why}", remedy="Copy the file again", path=path)
