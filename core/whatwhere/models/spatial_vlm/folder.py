"""Reading the folder of a `spatial_vlm`."""

import json
from dataclasses import replace
from pathlib import Path

from huggingface_hub.errors import StrictDataclassError

from whatwhere.errors import ModelError, NotSupportedError
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.kept_features import KeptFeatures
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.predictor import SpatialGrounder
from whatwhere.models.spatial_vlm.config import SpatialVLMConfig
from whatwhere.models.spatial_vlm.model import SpatialVLM
from whatwhere.models.unfilled import unfilled
from whatwhere.models.weights import fill_from
from whatwhere.models.words import Words

_BUILD_ERRORS = (AttributeError, KeyError, RuntimeError, TypeError, ValueError)
"""What transformers raises for a configuration that makes no sense."""


def load_spatial_folder(
    folder: Path,
    *,
    name: str,
    device: str,
    settings: LoadSettings | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> SpatialGrounder:
    """The model of a folder, on a device that exists.

    Args:
        folder: of the model.
        name: that it is shown under.
        device: of torch; that of the settings is not looked at.
        settings: frames and their size; None leaves them to the model.
        progress: told how much was read.
        is_cancelled: polled between tensors.

    Raises:
        ModelError: config.json, the weights or the tokenizer cannot be used, or do not fit.
        NotSupportedError: another type of number was asked for.
        Cancelled: `is_cancelled` returned True.
    """
    chosen = settings or LoadSettings()
    if chosen.dtype not in ("auto", "float32"):
        raise NotSupportedError(
            f"{name} is a spatial_vlm, which computes in float32 only",
            remedy="Leave the type of its numbers to it; it is small",
        )
    config = _read_config(folder / "config.json")
    config = replace(
        config,
        max_frames=chosen.max_frames or config.max_frames,
        image_size=chosen.image_size or config.image_size,
    )
    with unfilled(device):
        network = _build(config, folder)
    fill_from(network, folder, progress=progress, is_cancelled=is_cancelled)
    words = Words.read(folder / "tokenizer.json")
    if words.hash != config.extra.get("vocabulary_hash", words.hash):
        raise ModelError(
            "the tokenizer is not the one this model was trained with",
            remedy="Copy the whole model folder again",
            path=folder / "tokenizer.json",
        )
    kept = KeptFeatures(folder, max_bytes=chosen.cache_bytes)
    return SpatialGrounder(network, words, name=name, device=device, kept=kept)


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
