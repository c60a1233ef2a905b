"""What goes wrong in a host for a reason that its owner can act on, as a sentence."""

import contextlib
import ctypes
import gc
import re
import sys
from collections.abc import Callable
from typing import Any

from whatwhere.errors import MemoryFullError, RequestError
from whatwhere.jobs.connection import Request
from whatwhere.models.memory_plan import MemoryHint, MemoryPlan, gigabytes


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


def no_room(plan: MemoryPlan) -> MemoryFullError:
    """A model that is not loaded, because its plan does not fit; with what would."""
    return MemoryFullError(plan.sentence, remedy=_remedy(plan.hints))


def says_when_full(
    handler: Callable[[Request], Any],
    *,
    plan: Callable[[], MemoryPlan | None] = lambda: None,
) -> Callable[[Request], Any]:
    """The same handler, but memory that runs out becomes a sentence, and what it held is let go.

    Args:
        handler: of a request.
        plan: of the model that is loaded, for the numbers in the sentence.

    Raises:
        MemoryFullError: of the graphics card, or of the machine.
    """

    def answer(request: Request) -> Any:
        try:
            return handler(request)
        except Exception as error:
            if not _is_memory(error):
                raise
            said = str(error)
        # Out here the traceback, which holds the tensors, is gone.
        give_memory_back()
        raise _sentence(said, request.method, plan())

    return answer


def give_memory_back() -> None:
    """What nobody holds any more, to the system and the graphics card."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)  # glibc keeps freed tensors, otherwise


def _is_memory(error: Exception) -> bool:
    """PyTorch's own class, the plain `RuntimeError` of older paths, or Python's."""
    said = str(error).lower()
    is_torch = type(error).__name__ == "OutOfMemoryError" or "out of memory" in said
    is_torch = is_torch and isinstance(error, RuntimeError)
    allocator = isinstance(error, RuntimeError) and "can't allocate memory" in said
    return isinstance(error, MemoryError) or is_torch or allocator


def _sentence(said: str, doing: str, plan: MemoryPlan | None) -> MemoryFullError:
    on_card = "cuda" in said.lower()
    where = "the graphics card's memory" if on_card else "the machine's memory"
    wished = re.search(r"allocate ([\d.]+ ?[KMGT]i?B|\d+ bytes)", said)
    free = re.search(r"of which ([\d.]+ ?[KMGT]i?B) is free", said)
    numbers = [f"{wished.group(1)} more were needed" if wished else ""]
    numbers.append(f"{free.group(1)} were free" if free else "")
    if plan is not None and plan.parts:
        numbers.append(f"{plan.model} was planned with {gigabytes(plan.need_bytes)}")
    told = ", ".join(part for part in numbers if part)
    fault = f"{where} is full" + (f" ({told})" if told else "")
    verb = _DOING.get(doing)
    return MemoryFullError(
        f"{verb}: {fault}" if verb else fault,
        remedy=_remedy(()) if on_card else _MACHINE_REMEDY,
    )


_DOING = {"load": "loading the model", "encode": "looking at the scene", "mix": "asking"}
_DOING |= {"ground": "asking", "answer": "asking"}
_MACHINE_REMEDY = "Close other programs, load the model with fewer frames, or ask among fewer boxes"


def _remedy(hints: tuple[MemoryHint, ...]) -> str:
    if hints:
        labels = [hint.label for hint in hints]
        listed = " or ".join([", ".join(labels[:-1]), labels[-1]] if labels[1:] else labels)
        return f"It fits with {listed}: load it so, or close other programs"
    return "Close other programs that use it, or load the model with fewer frames or on the CPU"
