"""What a model folder must be before it is taken: safe to read, and whole. Nothing is loaded.

Weights are safetensors alone, code of the folder's own is refused, and every shard is measured
against its header, so that a copy that was cut short is noticed before a GPU is filled with it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from whatwhere.errors import Cancelled, ModelError
from whatwhere.models.adapter_link import folder_chain
from whatwhere.models.tensor_headers import refused_pickle, tensor_names

PICKLE_SUFFIXES = (".bin", ".ckpt", ".pkl", ".pickle", ".pt", ".pth")
_INDEX = ".safetensors.index.json"
_MAX_JSON_BYTES = 64 * 10**6
_CHUNK = 2**22

IsCancelled = Callable[[], bool]
OnProgress = Callable[[int, int, str], None]
"""Called with (done, total, what is being done)."""


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
            raise refused_pickle(path)
    shards = {path.name: tensor_names(path) for path in sorted(folder.glob("*.safetensors"))}
    if not shards:
        raise ModelError(
            "the folder has no weights in safetensors",
            remedy="Convert them with the safetensors library where you trust them",
            path=folder,
        )
    for index in sorted(folder.glob(f"*{_INDEX}")):
        _check_index(index, shards)
    folder_chain(folder)
    if not isinstance(config, dict):
        raise ModelError("it is no JSON object", remedy="Copy the file again", path=folder)


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The safetensors that hold a model's weights: one file, or those that its index names.

    Of a folder that holds adapters alone, those of the model that they belong to.

    Raises:
        ModelError: there are none, or only pickles, or the index names files that are not beside
            it.
    """
    folder = folder_chain(folder)[-1]
    single = folder / "model.safetensors"
    index = folder / f"model{_INDEX}"
    if single.is_file():
        return (single,)
    if not index.is_file():
        for path in sorted(folder.glob("*")):
            if path.suffix in PICKLE_SUFFIXES:
                raise refused_pickle(path)
        raise ModelError(
            "the folder has no model.safetensors",
            remedy="Point at a model folder, or train one with `whatwhere train`",
            path=folder,
        )
    shards = {path.name: tensor_names(path) for path in sorted(folder.glob("*.safetensors"))}
    named = _check_index(index, shards)
    return tuple(folder / name for name in sorted(named))


def file_hashes(
    folder: Path,
    *,
    is_cancelled: IsCancelled = lambda: False,
    progress: OnProgress = lambda *_: None,
    names: Iterable[str] | None = None,
) -> dict[str, str]:
    """The SHA-256 of every file of a model folder, by name.

    Args:
        folder: of the model.
        is_cancelled: polled between pieces of a file.
        progress: told the bytes that are done, and those of all files.
        names: of the files; None takes all that lie in the folder itself.

    Raises:
        Cancelled: `is_cancelled` returned True.
        OSError: a file cannot be read.
    """
    if names is None:
        names = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name[0] != ".")
    found, names = {}, list(names)
    done, total = 0, sum((folder / name).stat().st_size for name in names)
    for name in names:
        digest = hashlib.sha256()
        with (folder / name).open("rb") as file:
            while some := file.read(_CHUNK):
                if is_cancelled():
                    raise Cancelled("Hashing the model")
                digest.update(some)
                done += len(some)
                progress(done, total, f"hashing {name}")
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


def _check_index(path: Path, shards: dict[str, frozenset[str]]) -> frozenset[str]:
    """The shards that an index names."""
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
    return frozenset(weight_map.values())


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
