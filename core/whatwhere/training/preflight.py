"""What a run will need against what this machine has free, before it is started; torch-free.

The needs are estimates. Of a `spatial_vlm`: what runs of the shipped model's size were measured to
take on the CPU (`peak_rss_bytes` of their state), scaled by what scales (weights, sentences in a
step, rooms, checkpoints). Of what reads frames: counted, see `frame_needs`. What a GPU needs was
not measured.
"""

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil  # type: ignore[import-untyped]
import pynvml  # type: ignore[import-untyped]

from whatwhere.assets import asset
from whatwhere.errors import MissingFileError, ModelError
from whatwhere.training.config import TrainConfig
from whatwhere.training.frame_needs import count_scenes, frame_needs
from whatwhere.training.model_kinds import OF_FRAMES, kind_of_base

_PROGRAM_BYTES = 480 * 2**20
"""torch, transformers and a model of a few megabytes."""
_READER_BYTES = 90 * 2**20
"""One process that reads or makes rooms."""
_ROOMS_PER_READER = 8
"""A reader is given so many at once, so few rooms need few readers."""
_CUDA_BYTES = 600 * 2**20
"""What CUDA takes before anything is computed."""
_ROOM_BYTES = 450 * 2**10
"""Pictures and masks of one room in memory, while a tower is trained."""
_SAMPLE_BYTES = 60 * 2**10
"""What the grounder keeps of one room in memory."""
_ROOM_DISK_BYTES = 220 * 2**10
"""One demo room of eight frames on disk, with its features; its twins come on top."""
_TWINS = 2
_FLOATS_PER_UNIT = 22
"""Activations of one token in one layer that are kept for the way back, per hidden unit."""
_TOKENS = 64
_COPIES = 4
"""Weights, gradients, and the optimiser's two means."""
_SAVED_COPIES = 2.4
"""In a checkpoint; the tower, which no longer learns, has no means."""
_MODEL_COPIES = 0.5
"""Of the finished model, in half precision."""
_DECIDES_MEMORY = (
    "base",
    "device",
    "data",
    "train_rooms",
    "tower",
    "language_model",
    "rooms_per_step",
    "sentences_per_room",
    "micro_batches",
    "exchange_share",
    "max_frames",
    "train_language_model",
    "train_tower",
    "train_projector",
    "gradient_checkpointing",
    "lora_rank",
)
_MAX_HEADER_BYTES = 2**26

Resource = Literal["memory", "GPU memory", "disk"]


@dataclass(frozen=True, slots=True)
class Need:
    """One resource, in bytes: what the run takes at its peak, and what is free now."""

    resource: Resource
    needed_bytes: int
    free_bytes: int

    @property
    def is_short(self) -> bool:
        """Whether there is too little of it."""
        return self.needed_bytes > self.free_bytes

    def __str__(self) -> str:
        needed, free = gigabytes(self.needed_bytes), gigabytes(self.free_bytes)
        name = f"{self.resource[0].upper()}{self.resource[1:]}"
        return f"{name}: about {needed} needed, {free} free"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found.

    Attributes:
        needs: by resource.
        device: where it will be computed, as a sentence without a full stop.
    """

    needs: tuple[Need, ...]
    device: str

    @property
    def is_short(self) -> bool:
        """Whether anything is too scarce."""
        return any(need.is_short for need in self.needs)


def preflight(config: TrainConfig, folder: Path) -> Preflight:
    """Look at the machine.

    Args:
        config: of the run.
        folder: where its files will lie; it need not be there yet.
    """
    cores = os.cpu_count() or 1
    threads = config.threads or max(1, cores - 1)
    gpu = _gpu() if config.device == "auto" else None
    memory, gpu_memory, disk = _frame_bytes(config, gpu) or _spatial_bytes(config, gpu)
    needs = [Need("memory", memory, int(psutil.virtual_memory().available))]
    if gpu is not None:
        needs.append(Need("GPU memory", gpu_memory, gpu[1]))
    needs.append(Need("disk", disk, int(psutil.disk_usage(str(_existing(folder))).free)))
    if gpu is not None:
        return Preflight(tuple(needs), f"Trains on {gpu[0]}")
    why = "No GPU: trains" if config.device == "auto" else "Trains"
    return Preflight(tuple(needs), f"{why} on {threads} of {cores} cores")


def _frame_bytes(config: TrainConfig, gpu: object) -> tuple[int, int, int] | None:
    """Memory, GPU memory and disk of a run whose model reads frames; None for other runs."""
    if kind_of_base(config.base) not in OF_FRAMES:
        return None
    try:
        needs = frame_needs(config, on_gpu=gpu is not None)
    except ModelError:
        return None  # told when it is loaded
    on_device = needs.weights + needs.activations
    readers = (os.cpu_count() or 1) * _READER_BYTES
    held = 2 * config.rooms_per_step * needs.scene
    # Whole once while it is read, and once more while a checkpoint is written.
    memory = _PROGRAM_BYTES + readers + held + needs.checkpoint
    memory += 0 if gpu is not None else on_device
    num_scenes = count_scenes(config, _TWINS)
    disk = _num_checkpoints(config) * needs.checkpoint + 2 * needs.num_weights
    disk += num_scenes * needs.scene
    if not config.data:
        disk += num_scenes * _ROOM_DISK_BYTES
    return memory, on_device + _CUDA_BYTES, disk


def _spatial_bytes(config: TrainConfig, gpu: object) -> tuple[int, int, int]:
    """Memory, GPU memory and disk of a run that trains a `spatial_vlm`."""
    num_weights = count_weights(config)
    cores = os.cpu_count() or 1
    activations = _activation_bytes(config)
    weights = _COPIES * 4 * num_weights
    on_gpu = weights + activations + _CUDA_BYTES
    readers = min(cores, -(-config.train_rooms // _ROOMS_PER_READER)) * _READER_BYTES
    makers = cores * _READER_BYTES if config.test_rooms and not config.data else 0
    rooms = config.train_rooms * (_SAMPLE_BYTES + (0 if config.base else _ROOM_BYTES))
    # Rooms to report on are made at the end, when all that the steps took is still held.
    in_memory = _PROGRAM_BYTES + rooms + max(readers, 0 if gpu else weights + activations) + makers
    disk = int(num_weights * 4 * (_SAVED_COPIES * _num_checkpoints(config) + _MODEL_COPIES))
    if not config.data:
        made = config.train_rooms + (1 + _TWINS) * config.val_rooms + config.test_rooms
        disk += made * _ROOM_DISK_BYTES
    return in_memory, on_gpu, disk


def are_alike(one: TrainConfig, other: TrainConfig) -> bool:
    """Whether two runs take the same memory, as far as the estimate knows."""
    return one.has_second_pass == other.has_second_pass and all(
        getattr(one, name) == getattr(other, name) for name in _DECIDES_MEMORY
    )


def count_weights(config: TrainConfig) -> int:
    """How many numbers the network learns: of the model it starts from, else by its sizes."""
    if config.base:
        found = _weights_in(_model_file(config.base))
        if found:
            return found
    return _language_weights(config.language_model) + _tower_weights(config.tower)


def _num_checkpoints(config: TrainConfig) -> int:
    return -(-config.steps // config.checkpoint_every)


def _activation_bytes(config: TrainConfig) -> int:
    layers, hidden = _shape(config)
    # A step draws no room twice.
    rooms = min(config.rooms_per_step, config.train_rooms)
    sentences = -(-rooms * config.sentences_per_room // config.micro_batches)
    passes = 2 if config.has_second_pass else 1
    return 4 * _FLOATS_PER_UNIT * _TOKENS * layers * hidden * sentences * passes


def _shape(config: TrainConfig) -> tuple[int, int]:
    """Layers of the language model, and their width."""
    model: Mapping[str, Any] = config.language_model
    if config.base:
        try:
            text = (_model_file(config.base).parent / "config.json").read_text(encoding="utf-8")
            model = json.loads(text)["language_model"]
        except (OSError, ValueError, KeyError, TypeError):
            model = config.language_model
    return _number(model, "num_hidden_layers", 4), _number(model, "hidden_size", 128)


def _language_weights(model: Mapping[str, Any]) -> int:
    hidden = _number(model, "hidden_size", 128)
    inner = _number(model, "intermediate_size", 3 * hidden)
    return _number(model, "num_hidden_layers", 4) * (4 * hidden * hidden + 3 * hidden * inner)


def _tower_weights(tower: Mapping[str, Any]) -> int:
    sizes, depths = tower.get("hidden_sizes", []), tower.get("depths", [])
    if not isinstance(sizes, list) or not isinstance(depths, list):
        return 0
    return sum(
        depth * (8 * size * size + 49 * size)
        for size, depth in zip(sizes, depths, strict=False)
        if isinstance(size, int) and isinstance(depth, int)
    )


def _number(values: Mapping[str, Any], name: str, otherwise: int) -> int:
    value = values.get(name, otherwise)
    return value if isinstance(value, int) else otherwise


def _model_file(base: str) -> Path:
    if Path(base).is_dir():
        return Path(base) / "model.safetensors"
    try:
        return asset("models", base, "model.safetensors")
    except MissingFileError:
        return Path(base) / "model.safetensors"


def _weights_in(path: Path) -> int:
    """Elements of all tensors of a safetensors file, by its header; 0 where it cannot be read."""
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(size, _MAX_HEADER_BYTES)))
        shapes = [entry["shape"] for name, entry in header.items() if name != "__metadata__"]
        return sum(_product(shape) for shape in shapes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        return 0


def _product(shape: list[int]) -> int:
    count = 1
    for size in shape:
        count *= int(size)
    return count


def _gpu() -> tuple[str, int] | None:
    """Name and free bytes of the first NVIDIA GPU, or None."""
    try:
        pynvml.nvmlInit()
        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(0)
            name = pynvml.nvmlDeviceGetName(handle)
            free = int(pynvml.nvmlDeviceGetMemoryInfo(handle).free)
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return None
    return (name.decode() if isinstance(name, bytes) else str(name)), free


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def gigabytes(count: int) -> str:
    """A number of bytes for people: "950 MB", "8.1 GB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
