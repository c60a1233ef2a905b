"""Networks whose weights are about to be read: built where they will stay, with no initial values.

Drawing random numbers for eight billion weights takes minutes. Buffers, which no file holds, get
their values as usual.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_DRAWN: frozenset[Callable[..., Any]] = frozenset({Tensor.uniform_, Tensor.normal_})


class _NothingDrawn(TorchFunctionMode):
    """Fills with zeros where random numbers would be drawn."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func in _DRAWN:
            # Not left as it is: what draws until all numbers lie in a range would never end.
            return args[0].zero_()
        return func(*args, **(kwargs or {}))


@contextmanager
def unfilled(device: torch.device | str) -> Iterator[None]:
    """Networks built in this block lie on the device, and their weights are without meaning.

    Every weight must be filled afterwards (`weights.fill_from` sees to it).
    """
    with torch.device(device), _NothingDrawn():
        yield


@contextmanager
def numbers_as(dtype: torch.dtype | None) -> Iterator[None]:
    """Weights made in this block are of a type; None leaves it as it is."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype or before)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
