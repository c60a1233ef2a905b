"""Writing and reading the folder of a `frame_vlm`: config.json, weights, tokenizer.json."""

import json
from pathlib import Path

import torch
from huggingface_hub.errors import StrictDataclassError

from whatwhere.errors import ModelError
from whatwhere.models.frame_vlm.config import KIND, FrameVLMConfig
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.frame_vlm.texts import Texts
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


def load_frame_grounder(folder: Path, *, device: str) -> FrameGrounder:
    """The model of a folder, on a device that exists.

    Raises:
        ModelError: config.json, the weights or the tokenizer cannot be used, or do not fit.
    """
    path = folder / "config.json"
    try:
        config = FrameVLMConfig.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"config.json cannot be used: {error}",
            remedy="Use a model folder written by this version of whatwhere",
            path=path,
        ) from error
    tensors = read_weights(folder)
    try:
        network = FrameVLM(config)
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
    return FrameGrounder(network, texts, name=folder.name, device=device)
