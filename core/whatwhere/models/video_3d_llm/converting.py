"""A Video-3D-LLM checkpoint to a model folder: names change, numbers do not."""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from whatwhere.errors import ModelError
from whatwhere.models.folder_checks import check_folder, file_hashes, licence_of, one_hash
from whatwhere.models.folder_parts import built
from whatwhere.models.video_3d_llm.config import Video3DLLMConfig
from whatwhere.models.video_3d_llm.names import NameMap, mapped, num_tower_layers
from whatwhere.models.video_3d_llm.network import Video3DLLM
from whatwhere.models.video_3d_llm.source import source_config
from whatwhere.models.weights import tied_names

Told = Callable[[str], None]
"""Hears what is being done."""

_INDEX = "model.safetensors.index.json"
_EMBEDDING = "model.embed_tokens.weight"
_MAX_LISTED = 12
_Shapes = dict[str, tuple[int, ...]]


def convert(
    folder: Path, out: Path, *, tower: Path | None = None, told: Told = lambda _: None
) -> None:
    """Write `out`, a folder that `load_grounder` takes; all of it, or nothing.

    Args:
        folder: a checkpoint in safetensors with config.json and tokenizer.json.
        out: does not exist yet.
        tower: the tower's own config.json, for another than SigLIP so400m at 384 pixels.
        told: hears what is being done.

    Raises:
        ModelError: the checkpoint is a pickle, broken, or of another kind, tensors are missing,
            unknown or of another shape (all are named), or `out` is there already.
    """
    _refuse_pickles(folder)
    check_folder(folder)
    if out.exists():
        raise ModelError("it is there already", remedy="Name a folder that is not", path=out)
    shards = _shards(folder)
    shapes = {name: shape for shard in shards.values() for name, shape in shard.items()}
    if _EMBEDDING not in shapes:
        raise _odd("lacks", [_EMBEDDING], folder)
    config = source_config(
        folder,
        num_tower_layers=num_tower_layers(shapes),
        vocabulary=shapes[_EMBEDDING][0],
        tower=tower,
    )
    names = _checked_names(config, shapes, folder)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    temporary.mkdir(parents=True)
    try:
        for name in sorted(shards):
            told(f"converting {name}")
            _write_shard(folder / name, temporary / name, names.here)
        if len(shards) > 1 or "model.safetensors" not in shards:
            _write_index(temporary / _INDEX, shards, names.here)
        described = config.model_dump_json(indent=2) + "\n"
        (temporary / "config.json").write_text(described, encoding="utf-8")
        shutil.copyfile(folder / "tokenizer.json", temporary / "tokenizer.json")
        told("hashing the checkpoint")
        (temporary / "card.md").write_text(_card(folder, shards), encoding="utf-8")
        temporary.rename(out)
    except OSError as error:
        raise ModelError(
            f"it cannot be written ({error.strerror or error})",
            remedy="Check the space on its disk and its permissions, or name another folder",
            path=out,
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _checked_names(config: Video3DLLMConfig, shapes: _Shapes, folder: Path) -> NameMap:
    """How tensors are called here, once all are known, there and of the right shape."""
    with torch.device("meta"):
        network = built(folder, lambda: Video3DLLM(config))
    tied = tied_names(network)
    expected = {n: tuple(t.shape) for n, t in network.state_dict().items() if n not in tied}
    if tied:  # a checkpoint may hold the second name of one tensor as well
        shapes = {name: shape for name, shape in shapes.items() if name != "lm_head.weight"}
    names = mapped(shapes, expected)
    if names.unknown:
        raise _odd("holds what is not known here:", names.unknown, folder)
    if names.missing:
        raise _odd("lacks", names.missing, folder)
    wrong = [
        f"{there} {shapes[there]} instead of {expected[here]}"
        for there, here in sorted(names.here.items())
        if shapes[there] != expected[here]
    ]
    if wrong:
        raise _odd("does not fit its config.json:", wrong, folder)
    return names


def _shards(folder: Path) -> dict[str, _Shapes]:
    """Names and shapes of the tensors of each file."""
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, framework="pt") as file:
                found[path.name] = {
                    name: tuple(file.get_slice(name).get_shape())
                    for name in file.keys()  # noqa: SIM118
                }
        except SafetensorError as error:
            raise ModelError(
                f"the weights are damaged: {error}", remedy="Copy the file again", path=path
            ) from error
    return found


def _write_shard(source: Path, target: Path, here: Mapping[str, str]) -> None:
    with safe_open(source, framework="pt") as file:
        tensors = {here[name]: file.get_tensor(name) for name in file.keys() if name in here}  # noqa: SIM118
    save_file(tensors, target, metadata={"format": "pt"})
    target.chmod(0o644)  # the library writes it for its owner only


def _write_index(path: Path, shards: Mapping[str, _Shapes], here: Mapping[str, str]) -> None:
    places = {
        here[name]: shard for shard, shapes in shards.items() for name in shapes if name in here
    }
    document = {"metadata": {}, "weight_map": dict(sorted(places.items()))}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _refuse_pickles(folder: Path) -> None:
    for path in sorted(folder.glob("*.bin")) if folder.is_dir() else ():
        raise ModelError(
            "this is a pickle, which can run any code when it is opened, so it is refused",
            remedy="Where you trust it, load the checkpoint in its own environment, write it "
            "again with model.save_pretrained(FOLDER, safe_serialization=True), and take the "
            ".bin files away",
            path=path,
        )


def _odd(what: str, names: Sequence[str], folder: Path) -> ModelError:
    shown = ", ".join(names[:_MAX_LISTED])
    more = f" and {len(names) - _MAX_LISTED:,} more" if len(names) > _MAX_LISTED else ""
    return ModelError(
        f"the checkpoint {what} {shown}{more}",
        remedy="Convert a whole checkpoint of Video-3D-LLM, with its own config.json",
        path=folder,
    )


def _card(folder: Path, shards: Mapping[str, _Shapes]) -> str:
    digest = one_hash(file_hashes(folder, names=sorted(shards)))
    licence = licence_of(folder)
    head = f"---\nlicense: {licence}\n---\n\n" if licence else ""
    return (
        f"{head}# Video-3D-LLM, converted\n\n"
        f"Written by WhatWhere {version('whatwhere')} from the checkpoint `{folder.name}`; names "
        "of tensors were changed, numbers were not.\n\n"
        f"- Weights it came from, SHA-256 over all files: {digest}\n"
        f"- Licence: {licence or 'not said in the checkpoint; ask its authors'}\n"
        "- Paper: Video-3D LLM, arXiv 2412.00493; repository LaVi-Lab/Video-3D-LLM\n"
        "- Frames are spread evenly, as its `uniform` sampling does; pixels without a depth count "
        "as the camera's place, as in training.\n"
        "- 2D-only and 3D-only switch off a summand of what it was trained with; it has never "
        "been trained so.\n"
    )
