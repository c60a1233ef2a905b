"""A model folder that holds adapters alone, and says which model they were trained on. Torch-free.

Beside its config.json and tokenizer.json lie adapters.safetensors, with all that learned, and
adapters.json: the folder of the model, the SHA-256 of its weights, rank and scale. Loaded, the
adapters are added to those weights.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from whatwhere.errors import ModelError

LINK = "adapters.json"
WEIGHTS = "adapters.safetensors"
_MOST_LINKS = 8
_CHUNK = 2**22
_REMEDY = "Train again from the model that is there now, or take the finished model of the run"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: int
    mtime_ns: int


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    base: str
    files: dict[str, _File]
    rank: PositiveInt
    alpha: PositiveInt


@dataclass(frozen=True, slots=True)
class AdapterLink:
    """Which model adapters were trained on.

    Attributes:
        base: its folder.
        scale: of the product of the two matrices.
    """

    base: Path
    scale: float


def is_adapted(folder: Path) -> bool:
    """Whether a folder holds adapters to another folder's weights."""
    return (folder / LINK).is_file()


def link_text(base: Path, *, rank: int, alpha: int) -> str:
    """The content of adapters.json; reads the whole of the base's weights.

    Args:
        base: folder of the model that adapters are trained on.
        rank: of the adapters.
        alpha: their product is scaled by alpha / rank.

    Raises:
        ModelError: the folder has no weights.
        OSError: they cannot be read.
    """
    files: dict[str, Any] = {}
    for path in _weights_of(base):
        state = path.stat()
        files[path.name] = {
            "sha256": _sha256(path),
            "size": state.st_size,
            "mtime_ns": state.st_mtime_ns,
        }
    document = {"base": str(base.resolve()), "files": files, "rank": rank, "alpha": alpha}
    return json.dumps(document, indent=1) + "\n"


def read_link(folder: Path, *, thorough: bool = False) -> AdapterLink:
    """Which model the adapters of a folder belong to, once that is known to be still the same.

    A file of the same size and time is taken for the same; another one is hashed.

    Args:
        folder: with the adapters.
        thorough: hash every file.

    Raises:
        ModelError: adapters.json is broken, or the model is gone or another one.
    """
    path = folder / LINK
    try:
        document = _Document.model_validate_json(path.read_bytes())
        outside = [name for name in document.files if Path(name).name != name]
        if outside or not document.files:
            raise ValueError("it names no files of a folder")
    except (OSError, ValueError, ValidationError) as error:
        raise ModelError(
            "it does not say which model its adapters belong to",
            remedy="Copy the file again",
            path=path,
        ) from error
    base = Path(document.base)
    for name, known in document.files.items():
        try:
            state = (base / name).stat()
            stamp = state.st_size, state.st_mtime_ns
            unchanged = stamp == (known.size, known.mtime_ns) and not thorough
            is_same = unchanged or (
                state.st_size == known.size and _sha256(base / name) == known.sha256
            )
        except OSError as error:
            raise ModelError(
                f"the model that the adapters were trained on is not there any more ({base})",
                remedy=f"Bring it back, or write its new place into {LINK} as base",
                path=path,
            ) from error
        if not is_same:
            raise ModelError(
                f"the model that the adapters were trained on has changed ({base / name})",
                remedy=_REMEDY,
                path=path,
            )
    return AdapterLink(base, document.alpha / document.rank)


def folder_chain(folder: Path) -> tuple[Path, ...]:
    """The folder, the one that its adapters belong to, and so on to one with weights of its own.

    Raises:
        ModelError: as `read_link`, or it does not end.
    """
    found = [folder]
    while is_adapted(found[-1]):
        if len(found) > _MOST_LINKS:
            raise ModelError(
                "its adapters belong to adapters without end",
                remedy="Take the finished model of a run",
                path=folder / LINK,
            )
        found.append(read_link(found[-1]).base)
    return tuple(found)


def _weights_of(base: Path) -> tuple[Path, ...]:
    if is_adapted(base):
        return base / LINK, base / WEIGHTS
    found = sorted(base.glob("model*.safetensors"))
    if not found:
        raise ModelError(
            "the folder has no weights that adapters could belong to",
            remedy="Start from a model folder",
            path=base,
        )
    return tuple(found)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while some := file.read(_CHUNK):
            digest.update(some)
    return digest.hexdigest()
