"""Reading and writing weights: safetensors and nothing else.

A pickle runs code when it is opened, so one is refused by name whatever its file is called.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from whatwhere.errors import ModelError

FILE_NAME = "model.safetensors"
_PICKLE_SUFFIXES = (".bin", ".ckpt", ".pkl", ".pickle", ".pt", ".pth")


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a model folder, as float32 on the CPU.

    Raises:
        ModelError: no weights, weights as a pickle, a broken file, or numbers that are not finite.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        pickles = sorted(p.name for p in folder.glob("*") if p.suffix in _PICKLE_SUFFIXES)
        if pickles:
            raise _pickle(folder / pickles[0])
        raise ModelError(
            f"the folder has no {FILE_NAME}",
            remedy="Point at a model folder, or train one with `whatwhere train`",
            path=folder,
        )
    try:
        with path.open("rb") as file:
            head = file.read(9)
        # Safetensors begin with a length, which may look like a pickle's first byte, and a brace.
        if head[8:] != b"{" and head.startswith((b"\x80", b"PK")):
            raise _pickle(path)
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise _damaged(path, str(error)) from error
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise _damaged(path, f"{name} is not finite")
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}


def write_weights(
    folder: Path, tensors: Mapping[str, Tensor], *, dtype: torch.dtype | None = None
) -> None:
    """Write a model folder's weights, cast to `dtype` when one is given."""
    cast = {
        name: (t.to(dtype) if dtype is not None and t.is_floating_point() else t).contiguous()
        for name, t in tensors.items()
    }
    save_file(cast, folder / FILE_NAME, metadata={"format": "pt"})
    (folder / FILE_NAME).chmod(0o644)  # the library writes it for its owner only


def fill(network: nn.Module, tensors: Mapping[str, Tensor], *, folder: Path) -> None:
    """Put tensors into a network built from the same configuration.

    Of parameters that are one and the same (`tied_names`) the first is enough.

    Raises:
        ModelError: names or shapes differ.
    """
    expected, tied = network.state_dict(), tied_names(network)
    expected = {name: tensor for name, tensor in expected.items() if name not in tied}
    odd = sorted(expected.keys() ^ tensors.keys()) or sorted(
        name for name, tensor in expected.items() if tensor.shape != tensors[name].shape
    )
    if odd:
        raise ModelError(
            f"the weights do not fit config.json (first difference: {odd[0]})",
            remedy="Keep config.json and weights of one model together",
            path=folder / FILE_NAME,
        )
    network.load_state_dict(dict(tensors), strict=not tied)


def tied_names(network: nn.Module) -> set[str]:
    """Names of parameters that have another name before, as an LM's head and its embedding."""
    named = network.named_parameters(remove_duplicate=False)
    return {name for name, _ in named} - {name for name, _ in network.named_parameters()}


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"the weights are damaged ({why})", remedy="Copy the file again", path=path)


def _pickle(path: Path) -> ModelError:
    return ModelError(
        "this is a pickle, which can run any code when it is opened, so it is refused",
        remedy=f"Convert it to {FILE_NAME} with the safetensors library where you trust it",
        path=path,
    )
