"""Writing and reading the folder of a `geometry_vlm`: config.json, weights, tokenizer.json."""

from pathlib import Path

import torch

from whatwhere.models.folder_parts import built, read_config, read_texts
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.geometry_vlm.config import GeometryVLMConfig
from whatwhere.models.geometry_vlm.grounder import GeometryGrounder
from whatwhere.models.geometry_vlm.network import GeometryVLM
from whatwhere.models.weights import fill, read_weights, tied_names, write_weights


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


def load_geometry_grounder(folder: Path, *, device: str) -> GeometryGrounder:
    """The model of a folder, on a device that exists.

    Raises:
        ModelError: config.json, the weights or the tokenizer cannot be used, or do not fit.
    """
    config = read_config(folder, GeometryVLMConfig)
    tensors = read_weights(folder)
    network = built(folder, lambda: GeometryVLM(config))
    fill(network, tensors, folder=folder)
    texts = read_texts(folder, num_rows=len(network.backbone.embedding))
    return GeometryGrounder(network, texts, name=folder.name, device=device)
