"""What a model folder must be before it is taken: safe to read, and whole. Nothing is loaded.

Weights are safetensors alone, code of the folder's own is refused, and every shard is measured
against its header, so that a copy that was cut short is noticed before a GPU is filled with it.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from whatwhere.errors import Cancelled, ModelError

PICKLE_SUFFIXES = (".bin", ".ckpt", ".pkl", ".pickle", ".pt", ".pth")
_INDEX = ".safetensors.index.json"
_MAX_HEADER_BYTES = 100 * 10**6
_MAX_JSON_BYTES = 64 * 10**6
_CHUNK = 2**22

IsCancelled = Callable[[], bool]


def check_folder(folder: Path) -> None:
    """Whether a model folder can be taken.

    Raises:
        ModelError: it cannot; the sentence names the file and what to do.
    """
    if not folder.is_dir():
        raise ModelError(
            "there is no such folder", remedy="Check the path of the model", path=folder
        )
    config = _json(folder / "config.json", missing="the folder has no config.json")
    _refuse_code(folder)
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICKLE_SUFFIXES:
            raise _pickle(path)
    shards = {path.name: tensor_names(path) for path in sorted(folder.glob("*.safetensors"))}
    if not shards:
        raise ModelError(
            "the folder has no weights in safetensors",
            remedy="Convert them with the safetensors library where you trust them",
            path=folder,
        )
    for index in sorted(folder.glob(f"*{_INDEX}")):
        _check_index(index, shards)
    if not isinstance(config, dict):
        raise ModelError("it is no JSON object", remedy="Copy the file again", path=folder)


def tensor_names(path: Path) -> frozenset[str]:
    """The tensors of one safetensors file whose size is what its header says.

    Raises:
        ModelError: it is a pickle, cut short, or no such file.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(8)
            if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
                raise _pickle(path)
            if head[:4] == b"PK\x03\x04":
                raise _pickle(path)
            if len(head) < 8:
                raise _damaged(path, "it ends within its header")
            (length,) = struct.unpack("<Q", head)
            if length > min(_MAX_HEADER_BYTES, size - 8):
                raise _damaged(path, "it ends within its header")
            header = json.loads(file.read(length))
    except OSError as error:
        raise ModelError(
            f"it cannot be read ({error.strerror})", remedy="Copy the file again", path=path
        ) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its header is not valid JSON") from error
    try:
        tensors = {name: item for name, item in header.items() if name != "__metadata__"}
        end = max((int(item["data_offsets"][1]) for item in tensors.values()), default=0)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise _damaged(path, "its header does not say where its tensors lie") from error
    if size != 8 + length + end:
        less = "less" if size < 8 + length + end else "more"
        raise _damaged(path, f"it has {size:,} bytes, {less} than the {8 + length + end:,} it says")
    return frozenset(tensors)


def file_hashes(
    folder: Path, *, is_cancelled: IsCancelled = lambda: False, names: Iterable[str] | None = None
) -> dict[str, str]:
    """The SHA-256 of every file of a model folder, by name.

    Args:
        folder: of the model.
        is_cancelled: polled between pieces of a file.
        names: of the files; None takes all that lie in the folder itself.

    Raises:
        Cancelled: `is_cancelled` returned True.
        OSError: a file cannot be read.
    """
    if names is None:
        names = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name[0] != ".")
    found = {}
    for name in names:
        digest = hashlib.sha256()
        with (folder / name).open("rb") as file:
            while some := file.read(_CHUNK):
                if is_cancelled():
                    raise Cancelled("Hashing the model")
                digest.update(some)
        found[name] = digest.hexdigest()
    return found


def one_hash(sha256: dict[str, str]) -> str:
    """One fingerprint of a whole model from those of its files."""
    listed = "\n".join(f"{digest} {name}" for name, digest in sorted(sha256.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def licence_of(folder: Path) -> str:
    """What the front matter of a model's card says; "" where it says nothing."""
    for name in ("README.md", "card.md"):
        try:
            with (folder / name).open(encoding="utf-8", errors="replace") as file:
                lines = file.read(20_000).splitlines()
        except OSError:
            continue
        if not lines or lines[0].strip() != "---":
            continue
        for line in lines[1:]:
            if line.strip() == "---":
                break
            key, _, value = line.partition(":")
            if key.strip() in ("license", "licence") and value.strip():
                return value.strip().strip("\"'")
    return ""


def _refuse_code(folder: Path) -> None:
    """A configuration that asks for code of the folder's own is not taken."""
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith(_INDEX) or path.name == "tokenizer.json":
            continue
        if _asks_for_code(_json(path)):
            raise ModelError(
                "it asks for code of its own (auto_map), which is never run",
                remedy="Use a model whose architecture is part of transformers",
                path=path,
            )


def _asks_for_code(value: object, depth: int = 0) -> bool:
    if isinstance(value, dict):
        if value.get("auto_map") or value.get("trust_remote_code") is True:
            return True
        return depth < 8 and any(_asks_for_code(item, depth + 1) for item in value.values())
    return False


def _check_index(path: Path, shards: dict[str, frozenset[str]]) -> None:
    document = _json(path)
    weight_map = document.get("weight_map") if isinstance(document, dict) else None
    if not isinstance(weight_map, dict):
        raise ModelError("it has no weight_map", remedy="Copy the file again", path=path)
    for tensor, name in weight_map.items():
        if not isinstance(name, str) or name != Path(name).name or name in ("", ".", ".."):
            raise ModelError(
                f"it points outside the folder ({str(name)[:80]!r})",
                remedy="Do not use this model: a shard lies beside its index",
                path=path,
            )
        if name not in shards:
            raise ModelError(
                f"its shard {name} is missing", remedy="Copy the whole folder again", path=path
            )
        if tensor not in shards[name]:
            raise ModelError(
                f"its shard {name} does not hold {str(tensor)[:80]}",
                remedy="Copy the whole folder again",
                path=path,
            )


def _json(path: Path, *, missing: str = "it is not there") -> Any:
    try:
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise ModelError(
                f"it is larger than {_MAX_JSON_BYTES:,} bytes",
                remedy="Copy the file again",
                path=path,
            )
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelError(missing, remedy="Point at a model folder", path=path) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"it cannot be read ({str(error)[:200]})", remedy="Copy the file again", path=path
        ) from error


def _pickle(path: Path) -> ModelError:
    return ModelError(
        "this is a pickle, which can run any code when it is opened, so the folder is refused",
        remedy="Convert it with the safetensors library where you trust it, then take it away",
        path=path,
    )


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"the weights are damaged: {why}", remedy="Copy the file again", path=path)
