"""What goes wrong in a host for a reason that its owner can act on, as a sentence."""

import gc
import sys
from collections.abc import Callable
from typing import Any

from whatwhere.errors import MemoryFullError, RequestError
from whatwhere.jobs.connection import Request


def needed(request: Request, name: str) -> Any:
    """A parameter that a request cannot do without.

    Raises:
        RequestError: it is not there.
    """
    value = request.params.get(name)
    if value is None:
        raise RequestError(
            f'the request "{request.method}" lacks "{name}"',
            remedy=f'Send "{name}" among its params',
        )
    return value


def says_when_full(handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """The same handler, but memory that runs out becomes a sentence, and what it held is let go.

    Raises:
        MemoryFullError: of the graphics card, or of the machine.
    """

    def answer(request: Request) -> Any:
        try:
            return handler(request)
        except Exception as error:
            if not _is_memory(error):
                raise
            fault = _sentence(error)
        # Out here the traceback, which holds the tensors, is gone.
        _let_go()
        raise fault

    return answer


def _is_memory(error: Exception) -> bool:
    """PyTorch's own class, the plain `RuntimeError` of older paths, or Python's."""
    is_torch = isinstance(error, RuntimeError) and "out of memory" in str(error).lower()
    allocator = isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    return isinstance(error, MemoryError) or is_torch or allocator


def _sentence(error: Exception) -> MemoryFullError:
    said = str(error)
    if "CUDA" in said or "cuda" in said:
        return MemoryFullError(
            "the graphics card's memory is full",
            remedy="Close other programs that use it, let the model look at fewer frames "
            "(max_frames in its config.json), or run it on the CPU (CUDA_VISIBLE_DEVICES='')",
        )
    return MemoryFullError(
        "the machine's memory is full",
        remedy="Close other programs, let the model look at fewer frames (max_frames in its "
        "config.json), or ask among fewer boxes",
    )


def _let_go() -> None:
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
