"""A plan of the memory that a model would need, before anything of it is loaded. Torch-free.

Counts what is alive at once while frames are read, go through the vision tower, become a prefix
of the language model per modality, and while a sentence is asked. Held against measured peaks by
`whatwhere bench memory`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from whatwhere.models.catalogue import Entry, find_model
from whatwhere.models.free_memory import FreeMemory, default_device, memory_of
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryHint, MemoryPlan
from whatwhere.models.model_sizes import ModelSizes, read_sizes
from whatwhere.models.scene_footprint import Footprint, footprint

_FRAMES_TRIED = (96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 2, 1)
_CUDA_BYTES = 500 * 10**6
"""What a process takes of a GPU before its first tensor, and libraries as workspace."""


def plan_for(
    name: str | Path,
    settings: LoadSettings | None = None,
    *,
    num_candidates: int = 64,
    num_modalities: int = 3,
    free: FreeMemory = memory_of,
) -> MemoryPlan:
    """What a model needs with these settings, against what is free now.

    Args:
        name: of the model, or its folder.
        settings: None takes what the model is loaded with when nothing is chosen.
        num_candidates: that a sentence chooses among.
        num_modalities: that a sentence is asked in; each keeps a prefix.
        free: what a device has; tests give their own.

    Raises:
        ModelError: there is no such model, or its folder is broken.
    """
    entry = find_model(name)
    if entry.kind in ("external", "predictions"):
        return _elsewhere(entry)
    sizes = read_sizes(entry.folder)
    planner = _Planner(entry.name, sizes, num_candidates, num_modalities, free)
    return planner.with_hints(_chosen(settings or LoadSettings(), sizes))


@dataclass(frozen=True, slots=True)
class _Planner:
    name: str
    sizes: ModelSizes
    num_candidates: int
    num_modalities: int
    free: FreeMemory

    def plan(self, settings: LoadSettings) -> MemoryPlan:
        """Without hints."""
        on_gpu = settings.device != "cpu"
        parts = footprint(
            self.sizes,
            settings,
            num_candidates=self.num_candidates,
            num_modalities=self.num_modalities,
        )
        device, host = self.free(settings.device), self.free("cpu")
        return MemoryPlan(
            model=self.name,
            settings=settings,
            parts=_named(parts, on_gpu=on_gpu),
            free_bytes=None if device is None else device.free_bytes,
            total_bytes=None if device is None else device.total_bytes,
            host_need_bytes=parts.host if on_gpu else 0,
            host_free_bytes=host.free_bytes if on_gpu and host is not None else 0,
            notes=parts.notes,
        )

    def with_hints(self, settings: LoadSettings) -> MemoryPlan:
        plan = self.plan(settings)
        if plan.fits:
            return plan
        hints, frames_given = [], False
        for label, changes in self._changes(settings):
            if frames_given and "max_frames" in changes:
                continue  # the most frames that fit are enough
            changed = self.plan(settings.changed(changes))
            if changed.fits:
                hints.append(MemoryHint(label, changes, changed.need_bytes))
                frames_given = frames_given or "max_frames" in changes
        return replace(plan, hints=tuple(hints))

    def _changes(self, settings: LoadSettings) -> Iterator[tuple[str, dict[str, Any]]]:
        """The least change first."""
        now = settings.max_frames or 0
        halves = settings.dtype == "float32" and self.sizes.backbone > 0
        fewer = [count for count in _FRAMES_TRIED if count < now]
        if halves:
            yield "bfloat16", {"dtype": "bfloat16"}
        for count in fewer:
            yield _frames(count), {"max_frames": count}
        if halves:
            for count in fewer:
                label = f"bfloat16 and {_frames(count)}"
                yield label, {"dtype": "bfloat16", "max_frames": count}
        if settings.device != "cpu":
            yield "the CPU", {"device": "cpu"}
        elif default_device() != "cpu":
            yield "the GPU", {"device": default_device()}


def _chosen(settings: LoadSettings, sizes: ModelSizes) -> LoadSettings:
    """With nothing left open."""
    device = default_device() if settings.device == "auto" else settings.device
    device = "cuda:0" if device == "cuda" else device
    dtype = settings.dtype
    if sizes.backbone == 0:
        dtype = "float32"
    elif dtype == "auto":
        dtype = "bfloat16" if device.startswith("cuda") else "float32"
    size = settings.image_size or _size(sizes.config)
    frames = settings.max_frames or _count(sizes.config.get("max_frames"))
    return replace(settings, device=device, dtype=dtype, max_frames=frames, image_size=size)


def _named(parts: Footprint, *, on_gpu: bool) -> Mapping[str, int]:
    found = {
        "weights": parts.weights,
        "frames": 0 if on_gpu else parts.frames,
        "encoding": parts.encoding,
        "prefix cache": parts.prefixes,
        "working memory": parts.working,
        "CUDA": _CUDA_BYTES if on_gpu else 0,
    }
    largest = sorted(found, key=lambda name: -found[name])
    return {name: found[name] for name in largest if found[name]}


def _elsewhere(entry: Entry) -> MemoryPlan:
    if entry.kind == "external":
        note = "It is a program of its own; what it needs where it runs is not known here."
    else:
        note = "Its answers are kept in a file; next to nothing is loaded."
    settings = LoadSettings(device="")
    return MemoryPlan(model=entry.name, settings=settings, parts={}, free_bytes=None, notes=(note,))


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"


def _size(config: Mapping[str, Any]) -> tuple[int, int] | None:
    size = config.get("image_size")
    if isinstance(size, list) and len(size) == 2 and all(map(_count, size)):
        return int(size[0]), int(size[1])
    return None


def _count(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None
