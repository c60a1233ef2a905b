"""What is free now, in the machine and on its GPUs. Torch-free, unless torch is loaded already."""

import contextlib
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one device.

    Attributes:
        free_bytes: that can be had now.
        total_bytes: in all.
    """

    free_bytes: int
    total_bytes: int


FreeMemory = Callable[[str], Memory | None]
"""Of a device, "cpu" or "cuda:0"; None where it cannot be told."""


def memory_of(device: str) -> Memory | None:
    """What a device has; None where it cannot be told, as of a GPU that is none of NVIDIA's."""
    if device == "cpu":
        return machine_memory()
    kind, _, index = device.partition(":")
    if kind == "cuda" and (index or "0").isdecimal():
        return _gpu_memory(int(index or 0))
    return None


def machine_memory(cgroup: Path = _CGROUP) -> Memory:
    """Of the machine, or what a container may have of it where that is less."""
    found = psutil.virtual_memory()
    free, total = int(found.available), int(found.total)
    with contextlib.suppress(OSError, ValueError):
        limit = int((cgroup / "memory.max").read_text())  # "max" where there is none
        used = int((cgroup / "memory.current").read_text())
        pages = dict(
            line.split() for line in (cgroup / "memory.stat").read_text().splitlines() if line
        )
        given_back = int(pages.get("inactive_file", 0)) + int(pages.get("active_file", 0))
        free, total = min(free, max(limit - used + given_back, 0)), min(total, limit)
    return Memory(free, total)


def default_device() -> str:
    """What "auto" is here: the first GPU that torch could use, else the CPU."""
    torch = sys.modules.get("torch")
    if torch is not None:
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    return "cuda:0" if _torch_knows_cuda() and _gpu_memory(0) is not None else "cpu"


def _torch_knows_cuda() -> bool:
    """Whether the installed torch is built for CUDA, from its version file."""
    spec = find_spec("torch")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        with contextlib.suppress(OSError):
            said = (Path(folder) / "version.py").read_text(encoding="utf-8")
            return re.search(r"^cuda\b[^=]*=\s*['\"]", said, re.MULTILINE) is not None
    return False


def _gpu_memory(index: int) -> Memory | None:
    torch = sys.modules.get("torch")
    if torch is not None:
        if index >= torch.cuda.device_count():
            return None
        free, total = torch.cuda.mem_get_info(index)
        return Memory(int(free), int(total))
    try:
        import pynvml  # type: ignore[import-untyped]

        pynvml.nvmlInit()
    except Exception:  # noqa: BLE001 - no driver, no library, an old one: it cannot be told
        return None
    try:
        info = pynvml.nvmlDeviceGetMemoryInfo(_handle(pynvml, index))
        return Memory(int(info.free), int(info.total))
    except (pynvml.NVMLError, IndexError, ValueError):
        return None
    finally:
        pynvml.nvmlShutdown()


def _handle(pynvml: Any, index: int) -> Any:
    """Of the GPU that torch calls by this number: CUDA_VISIBLE_DEVICES numbers them anew."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return pynvml.nvmlDeviceGetHandleByIndex(index)
    name = [part.strip() for part in visible.split(",") if part.strip()][index]
    if name.isdecimal():
        return pynvml.nvmlDeviceGetHandleByIndex(int(name))
    return pynvml.nvmlDeviceGetHandleByUUID(name)
