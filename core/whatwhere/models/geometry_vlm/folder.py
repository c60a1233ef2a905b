"""Writing and reading the folder of a `geometry_vlm`: config.json, weights, tokenizer.json."""

from pathlib import Path

import torch
from huggingface_hub.errors import StrictDataclassError
from pydantic import ValidationError

from whatwhere.errors import ModelError
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.geometry_vlm.config import GeometryVLMConfig
from whatwhere.models.geometry_vlm.grounder import GeometryGrounder
from whatwhere.models.geometry_vlm.network import GeometryVLM
from whatwhere.models.weights import fill, read_weights, tied_names, write_weights

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
    path = folder / "config.json"
    try:
        config = GeometryVLMConfig.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(
            f"config.json cannot be used: {_first(error)}",
            remedy="Use a model folder written by this version of whatwhere",
            path=path,
        ) from error
    tensors = read_weights(folder)
    try:
        network = GeometryVLM(config)
    except (*_BUILD_ERRORS, StrictDataclassError) as error:
        raise ModelError(
            f"config.json describes no network that can be built ({error})",
            remedy="Use the config.json that was saved with the weights",
            path=path,
        ) from error
    fill(network, tensors, folder=folder)
    texts = Texts.read(folder / "tokenizer.json")
    rows = len(network.backbone.embedding)
    if texts.size > rows:
        raise ModelError(
            f"the tokenizer has {texts.size} tokens and the language model only {rows}",
            remedy="Use the tokenizer.json that was saved with the model",
            path=folder / "tokenizer.json",
        )
    return GeometryGrounder(network, texts, name=folder.name, device=device)


def _first(error: OSError | ValidationError) -> str:
    """What is wrong with the first field that is wrong."""
    if isinstance(error, OSError):
        return str(error)
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]
