"""Writing and reading the folder of a `geometry_vlm`: config.json, weights, tokenizer.json."""

from pathlib import Path

import torch

from whatwhere.models.devices import resolve_dtype
from whatwhere.models.folder_parts import built, read_config, read_texts
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.geometry_vlm.config import GeometryVLMConfig
from whatwhere.models.geometry_vlm.grounder import GeometryGrounder
from whatwhere.models.geometry_vlm.network import GeometryVLM
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.kept_features import KeptFeatures
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.unfilled import unfilled
from whatwhere.models.weights import fill_from, tied_names, write_weights


def write_geometry_model(
    folder: Path,
    network: GeometryVLM,
    texts: Texts,
    *,
    dtype: torch.dtype | None = torch.bfloat16,
) -> None:
    """Everything `load_grounder` needs; a tensor that two parts share is written once."""
    folder.mkdir(parents=True, exist_ok=True)
    described = network.config.model_dump_json(indent=2) + "\n"
    (folder / "config.json").write_text(described, encoding="utf-8")
    texts.write(folder / "tokenizer.json")
    tensors, tied = network.state_dict(), tied_names(network)
    write_weights(folder, {n: t for n, t in tensors.items() if n not in tied}, dtype=dtype)


def load_geometry_grounder(
    folder: Path,
    *,
    device: str,
    settings: LoadSettings | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> GeometryGrounder:
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
    config = read_config(folder, GeometryVLMConfig)
    config = config.model_copy(
        update={
            "max_frames": chosen.max_frames or config.max_frames,
            "image_size": chosen.image_size or config.image_size,
        }
    )
    dtype = resolve_dtype(chosen.dtype, device)
    with unfilled(device):
        network = built(folder, lambda: GeometryVLM(config, backbone_dtype=dtype))
    fill_from(network, folder, progress=progress, is_cancelled=is_cancelled)
    texts = read_texts(folder, num_rows=len(network.backbone.embedding))
    kept = KeptFeatures(folder, max_bytes=chosen.cache_bytes)
    return GeometryGrounder(network, texts, name=folder.name, device=device, kept=kept)
