"""What training what reads frames takes, counted from the headers of its weights; torch-free.

Counted are the weights, their gradients and the optimiser's two means, what autograd keeps of each
layer for the way back, and the scenes in memory. Of what a network computes in passing nothing is
counted, so that the estimate is a little low.

Shapes: N tokens of a pass, D width, L layers.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from whatwhere.models.catalogue import find_model
from whatwhere.models.folder_checks import weight_files
from whatwhere.models.frame_vlm.config import KIND as FRAME_VLM
from whatwhere.models.geometry_vlm.config import KIND as GEOMETRY_VLM
from whatwhere.models.model_sizes import LanguageSizes, ModelSizes, read_sizes
from whatwhere.models.scene_footprint import TokenCounts, token_counts
from whatwhere.models.tensor_headers import StoredTensor, stored_tensors
from whatwhere.models.video_3d_llm.config import KIND as VIDEO_3D_LLM
from whatwhere.training.config import TrainConfig

_PROJECTOR = re.compile(r"\.(projector|multi_modal_projector|merger|deepstack_merger_list)\.")
_VISION = re.compile(r"\.(tower|visual|vision_tower|vision_model)\.")
_LAYER = re.compile(r"\.(?:layers?|blocks?)\.(\d+)\.")
_FLOAT, _HALF = 4, 2
_CANDIDATES = 48
_WORDS = 24
"""Of a scan as they usually are, and of a sentence about it."""
_SAID = 128
"""Words of a prompt, a sentence and its box."""
_MAPS = 7
"""Numbers per pixel that a geometry encoder is given."""
_MADE = 8
"""Copies of a scene's tokens that are made before the first layer."""


@dataclass(frozen=True, slots=True)
class FrameNeeds:
    """In bytes, but for the counts.

    Attributes:
        num_weights: of the whole model.
        num_learned: of what learns.
        weights: with gradients and the optimiser's means.
        activations: of the largest part of a step.
        scene: the features of one scene, in memory as on disk.
    """

    num_weights: int
    num_learned: int
    weights: int
    activations: int
    scene: int

    @property
    def checkpoint(self) -> int:
        """One checkpoint on disk."""
        return _FLOAT * (self.num_weights + 2 * self.num_learned)


def frame_needs(config: TrainConfig, *, on_gpu: bool) -> FrameNeeds:
    """Count what a run takes.

    Raises:
        ModelError: the model's folder is broken.
    """
    folder = find_model(config.base).folder
    sizes = read_sizes(folder)
    tensors: dict[str, StoredTensor] = {}
    for path in weight_files(folder):
        tensors |= stored_tensors(path)
    num_weights = sum(tensor.numel for tensor in tensors.values() if tensor.is_float)
    num_learned = sum(
        _learned(name, tensor, config, sizes) for name, tensor in tensors.items() if tensor.is_float
    )
    number = _HALF if on_gpu else _FLOAT
    scene, activations = _of_scenes(config, sizes, tensors, number)
    # On a GPU what is computed with is a copy in half precision.
    copies = number * num_weights if on_gpu else 0
    return FrameNeeds(
        num_weights,
        num_learned,
        _FLOAT * (num_weights + 3 * num_learned) + copies,
        activations,
        scene,
    )


def count_scenes(config: TrainConfig, twins: int) -> int:
    """Whose features are kept, of all splits."""
    if not config.data:
        return config.train_rooms + (1 + twins) * config.val_rooms + config.test_rooms
    scans = Path(config.data) / "scans"
    return len(os.listdir(scans)) if scans.is_dir() else 0


def _learned(name: str, tensor: StoredTensor, config: TrainConfig, sizes: ModelSizes) -> int:
    """Numbers that learn in one tensor, or in its place."""
    if name.startswith("geometry.tower."):
        return 0
    if not name.startswith("backbone."):
        return tensor.numel
    if _PROJECTOR.search(name):
        return tensor.numel if _projector_learns(config, sizes) else 0
    if _VISION.search(name):
        return tensor.numel if config.train_tower else 0
    if config.lora_rank:
        in_layer = _LAYER.search(name) and len(tensor.shape) == 2
        return config.lora_rank * sum(tensor.shape) if in_layer else 0
    return tensor.numel if config.train_language_model else 0


def _projector_learns(config: TrainConfig, sizes: ModelSizes) -> bool:
    if sizes.kind != FRAME_VLM:
        return False
    if config.train_projector == "auto":
        return config.train_tower or "whole" not in sizes.config.get("backbone", {})
    return config.train_projector == "yes"


def _of_scenes(
    config: TrainConfig, sizes: ModelSizes, tensors: Mapping[str, StoredTensor], number: int
) -> tuple[int, int]:
    """Features of one scene, and activations of one part of a step."""
    height, width = sizes.config.get("image_size", (0, 0))
    counts = token_counts(
        sizes,
        num_frames=config.max_frames,
        image_size=(int(height), int(width)),
        num_candidates=_CANDIDATES,
    )
    language, tower = sizes.language, sizes.tower
    if counts is None or language is None or tower is None:
        return 0, 0
    if sizes.kind == GEOMETRY_VLM:
        return _of_words(config, sizes, counts, language, number)
    is_whole = "whole" in sizes.config.get("backbone", {}) or sizes.kind == VIDEO_3D_LLM
    kept = counts.read if sizes.kind == VIDEO_3D_LLM else counts.kept
    channels = language.width * sizes.levels if is_whole else tower.width
    pixels = config.max_frames * int(height) * int(width) * 3
    shares = _CANDIDATES * kept * _HALF
    looks_anew = config.train_tower or (is_whole and config.train_projector == "yes")
    scene = shares + (pixels if looks_anew else kept * channels * number)
    passes = 1 + (config.drop_appearance > 0) + (config.drop_geometry > 0 or config.has_second_pass)
    passes += config.has_second_pass and config.ablated_share > 0
    passes += config.exchange_share > 0
    sentences = config.sentences_per_room * (2 if config.has_second_pass else 1)
    num_tokens = counts.read + -(-sentences // passes) * _WORDS
    room = passes * _of_pass(num_tokens, language, number, config)
    if looks_anew:
        layers = len({m[0] for n in tensors if _VISION.search(n) and (m := _LAYER.search(n))})
        room += counts.kept * layers * number * (12 * tower.width + 4 * tower.mlp)
    rooms = -(-config.rooms_per_step // config.micro_batches)
    return scene, rooms * (room + scene)


def _of_words(
    config: TrainConfig,
    sizes: ModelSizes,
    counts: TokenCounts,
    language: LanguageSizes,
    number: int,
) -> tuple[int, int]:
    """The same of a model that says its box: one sentence at a time, maybe in two passes."""
    height, width = sizes.config.get("image_size", (0, 0))
    maps = config.max_frames * int(height) * int(width) * _MAPS
    scene = _FLOAT * (maps + counts.kept * language.width * sizes.levels)
    passes = 1 + config.has_second_pass
    return scene, scene + passes * _of_pass(counts.read + _SAID, language, number, config)


def _of_pass(num_tokens: int, language: LanguageSizes, number: int, config: TrainConfig) -> int:
    """What autograd keeps of the language model's way over a scene."""
    width, mlp = language.width, language.mlp
    keys_values = language.keys_values // language.num_layers
    in_layer = number * (2 * width + 2 * (language.query + keys_values) + language.query + 4 * mlp)
    in_layer += _FLOAT * 4 * width
    layers = language.num_layers
    kept = in_layer * layers
    if config.gradient_checkpointing:
        kept = in_layer + _FLOAT * width * layers
    return num_tokens * (kept + _MADE * _FLOAT * width) + _FLOAT * num_tokens**2
