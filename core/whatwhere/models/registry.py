"""Models by name or folder."""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from huggingface_hub.errors import StrictDataclassError

from whatwhere.errors import ModelError, NotSupportedError
from whatwhere.models.catalogue import find_model
from whatwhere.models.declared_kind import declared_kind
from whatwhere.models.external import ExternalGrounder
from whatwhere.models.frame_vlm.folder import is_frame_model, load_frame_grounder
from whatwhere.models.geometry_vlm.config import KIND as GEOMETRY_VLM
from whatwhere.models.geometry_vlm.folder import load_geometry_grounder
from whatwhere.models.grounder import Grounder
from whatwhere.models.predictor import SpatialGrounder
from whatwhere.models.spatial_vlm.config import SpatialVLMConfig
from whatwhere.models.spatial_vlm.model import SpatialVLM
from whatwhere.models.stored import StoredGrounder
from whatwhere.models.video_3d_llm.config import KIND as VIDEO_3D_LLM
from whatwhere.models.video_3d_llm.folder import load_video_3d_grounder
from whatwhere.models.weights import fill, read_weights
from whatwhere.models.words import Words

DEFAULT = "default"
"""The model that ships with the program."""

_LOADERS: dict[str, Callable[..., Grounder]] = {
    GEOMETRY_VLM: load_geometry_grounder,
    VIDEO_3D_LLM: load_video_3d_grounder,
}
"""How the folder of each further kind is loaded: `(folder, device=...)`."""

_BUILD_ERRORS = (AttributeError, KeyError, RuntimeError, TypeError, ValueError)
"""What transformers raises for a configuration that makes no sense."""


def load_grounder(name: str | Path = DEFAULT, *, device: str = "auto") -> Grounder:
    """Load a model that ships with the program, or a model folder.

    Args:
        name: "default" or another name that `whatwhere models list` lists, or the path of a
            folder with config.json, model.safetensors and tokenizer.json.
        device: "auto" (a GPU when there is one), "cpu", "cuda", "cuda:1", ...

    Raises:
        ModelError: no such model, or a folder that cannot be loaded safely.
        NotSupportedError: the device does not exist here.
        WorkerDiedError: an external model ended before it was ready.
    """
    entry = find_model(name)
    if entry.kind == "external":
        return ExternalGrounder(entry)
    if entry.kind == "predictions":
        return StoredGrounder(entry)
    folder = model_folder(name)
    if is_frame_model(folder):
        return load_frame_grounder(folder, device=resolve_device(device))
    if (load := _LOADERS.get(declared_kind(folder))) is not None:
        return load(folder, device=resolve_device(device))
    return load_spatial_grounder(name, device=device)


def load_spatial_grounder(name: str | Path, *, device: str = "auto") -> SpatialGrounder:
    """As `load_grounder`, typed for callers that train or measure the network itself.

    Raises:
        NotSupportedError: the model is of another kind.
    """
    folder = model_folder(name)
    kind = declared_kind(folder)
    if is_frame_model(folder) or kind in _LOADERS:
        raise NotSupportedError(
            f'"{name}" is a {kind}, which can be asked but not trained or benchmarked here',
            remedy="Name a spatial_vlm, such as default",
        )
    config = _read_config(folder / "config.json")
    tensors = read_weights(folder)
    network = _build(config, folder)
    fill(network, tensors, folder=folder)
    words = Words.read(folder / "tokenizer.json")
    if words.hash != config.extra.get("vocabulary_hash", words.hash):
        raise ModelError(
            "the tokenizer is not the one this model was trained with",
            remedy="Copy the whole model folder again",
            path=folder / "tokenizer.json",
        )
    return SpatialGrounder(
        network, words, name=find_model(name).name, device=resolve_device(device)
    )


def model_folder(name: str | Path) -> Path:
    """The folder of a model's name or of a path.

    Raises:
        ModelError: there is no such model, or it is none that has weights here.
    """
    entry = find_model(name)
    if entry.kind in ("external", "predictions"):
        raise ModelError(
            f'"{entry.name}" has no weights here: it is of the kind {entry.kind}',
            remedy="Name a model folder",
        )
    if not entry.folder.is_dir():
        raise ModelError(
            f'the folder of "{entry.name}" is gone',
            remedy=f"Bring it back, or `whatwhere models remove {entry.name}`",
            path=entry.folder,
        )
    return entry.folder


def resolve_device(device: str) -> str:
    """The torch device for "auto" or a device name.

    Raises:
        NotSupportedError: the device does not exist on this machine.
    """
    if device == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise NotSupportedError(
            f'the device "{device}" cannot be used here ({reason})', remedy='Use "cpu" or "auto"'
        ) from error
    return device


def _build(config: SpatialVLMConfig, folder: Path) -> SpatialVLM:
    try:
        return SpatialVLM(config)
    except (*_BUILD_ERRORS, StrictDataclassError) as error:
        raise ModelError(
            f"config.json describes no network that can be built ({error})",
            remedy="Use the config.json that was saved with the weights",
            path=folder / "config.json",
        ) from error


def _read_config(path: Path) -> SpatialVLMConfig:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            "the folder has no config.json, so it is not a model",
            remedy="Point at a model folder",
            path=path.parent,
        ) from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(
            f"config.json cannot be read ({error})", remedy="Copy the file again", path=path
        ) from error
    try:
        return SpatialVLMConfig.from_json(value)
    except ValueError as error:
        raise ModelError(
            f"config.json cannot be used: {error}",
            remedy="Use a model folder written by this version of whatwhere",
            path=path,
        ) from error
