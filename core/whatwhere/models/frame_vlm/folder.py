"""Writing and reading the folder of a `frame_vlm`: config.json, weights, tokenizer.json."""

import json
from dataclasses import replace
from pathlib import Path

import torch
from huggingface_hub.errors import StrictDataclassError

from whatwhere.errors import ModelError
from whatwhere.models.devices import resolve_dtype
from whatwhere.models.frame_vlm.config import KIND, FrameVLMConfig
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.kept_features import KeptFeatures
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.unfilled import unfilled
from whatwhere.models.weights import fill_from, tied_names, write_weights

_BUILD_ERRORS = (
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What transformers and torch raise for a configuration that makes no sense."""


def write_frame_model(
    folder: Path, network: FrameVLM, texts: Texts, *, dtype: torch.dtype | None = torch.bfloat16
) -> None:
    """Everything `load_grounder` needs; a tensor that two parts share is written once."""
    folder.mkdir(parents=True, exist_ok=True)
    described = json.dumps(network.config.as_json(), indent=2) + "\n"
    (folder / "config.json").write_text(described, encoding="utf-8")
    texts.write(folder / "tokenizer.json")
    tensors, tied = network.state_dict(), tied_names(network)
    write_weights(folder, {n: t for n, t in tensors.items() if n not in tied}, dtype=dtype)


def is_frame_model(folder: Path) -> bool:
    """Whether the folder's config.json says so; what else is wrong with it is told on loading."""
    try:
        value = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(value, dict) and value.get("kind") == KIND


def load_frame_grounder(
    folder: Path,
    *,
    device: str,
    settings: LoadSettings | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> FrameGrounder:
    """The model of a folder, on a device that exists.

    Args:
        folder: of the model.
        device: of torch; that of the settings is not looked at.
        settings: type of the weights, frames and their size; None leaves all to the model.
        progress: told how much was read.
        is_cancelled: polled between tensors.

    Raises:
        ModelError: config.json, the weights or the tokenizer cannot be used, or do not fit.
        Cancelled: `is_cancelled` returned True.
    """
    chosen = settings or LoadSettings()
    path = folder / "config.json"
    try:
        config = FrameVLMConfig.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"config.json cannot be used: {error}",
            remedy="Use a model folder written by this version of whatwhere",
            path=path,
        ) from error
    config = replace(
        config,
        max_frames=chosen.max_frames or config.max_frames,
        image_size=chosen.image_size or config.image_size,
    )
    try:
        with unfilled(device):
            network = FrameVLM(config, backbone_dtype=resolve_dtype(chosen.dtype, device))
    except (*_BUILD_ERRORS, StrictDataclassError) as error:
        raise ModelError(
            f"config.json describes no network that can be built ({error})",
            remedy="Leave the size of the images to the model"
            if chosen.image_size
            else "Use the config.json that was saved with the weights",
            path=path,
        ) from error
    fill_from(network, folder, progress=progress, is_cancelled=is_cancelled)
    texts = Texts.read(folder / "tokenizer.json")
    rows = len(network.backbone.embedding)
    if texts.size > rows:
        raise ModelError(
            f"the tokenizer has {texts.size} tokens and the language model only {rows}",
            remedy="Use the tokenizer.json that was saved with the model",
            path=folder / "tokenizer.json",
        )
    kept = KeptFeatures(folder, max_bytes=chosen.cache_bytes)
    return FrameGrounder(network, texts, name=folder.name, device=device, kept=kept)
