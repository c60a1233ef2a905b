"""Devices that torch can use here."""

import torch

from whatwhere.errors import NotSupportedError


def resolve_device(device: str) -> str:
    """The torch device for "auto" or a device name.

    Raises:
        NotSupportedError: the device does not exist on this machine.
    """
    if device == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=device)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise NotSupportedError(
            f'the device "{device}" cannot be used here ({reason})', remedy='Use "cpu" or "auto"'
        ) from error
    return device


def resolve_dtype(dtype: str, device: str) -> torch.dtype:
    """The torch type for "auto" or a name: half the memory on a GPU, exact on the CPU."""
    if dtype == "auto":
        return torch.bfloat16 if torch.device(device).type == "cuda" else torch.float32
    found: torch.dtype = getattr(torch, dtype)
    return found
