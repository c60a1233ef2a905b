"""Adding the adapters of a folder to weights that were read; what else learned takes their place.

Shapes: O outputs, I inputs, r rank.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from whatwhere.errors import ModelError
from whatwhere.models.adapter_link import WEIGHTS, read_link

_DOWN, _UP = ".lora_A.", ".lora_B."
_TRANSPOSED = "Conv1D"


def add_adapters(network: nn.Module, folder: Path) -> None:
    """Merge the adapters of a folder into a network that holds what they were trained on.

    Raises:
        ModelError: they are damaged, not finite, or do not fit the network.
    """
    path, scale = folder / WEIGHTS, read_link(folder).scale
    try:
        learned = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"the adapters are damaged ({error})", remedy="Copy the file again", path=path
        ) from error
    expected = network.state_dict()
    try:
        for name, value in learned.items():
            if _UP in name:
                module, _, rest = name.partition(_UP)
                down_rI = learned[f"{module}{_DOWN}{rest}"].float()
                delta_OI = scale * (value.float() @ down_rI)
                if type(network.get_submodule(module)).__name__ == _TRANSPOSED:
                    delta_OI = delta_OI.T
                weight = expected[f"{module}.weight"]
                _put(weight, weight.float() + delta_OI.to(weight.device), path, name)
            elif _DOWN not in name:
                _put(expected[name], value, path, name)
    except (AttributeError, KeyError, RuntimeError) as error:
        raise _unfitting(path, str(error)) from error


def _put(place: Tensor, value: Tensor, path: Path, name: str) -> None:
    if place.shape != value.shape:
        raise _unfitting(path, name)
    if not bool(torch.isfinite(value).all()):
        raise ModelError(
            f"{name} holds numbers that are not finite",
            remedy="Take an earlier checkpoint",
            path=path,
        )
    with torch.no_grad():
        place.copy_(value)


def _unfitting(path: Path, what: str) -> ModelError:
    return ModelError(
        f"the adapters do not fit config.json ({what[:120]})",
        remedy="Keep config.json and adapters of one checkpoint together",
        path=path,
    )
