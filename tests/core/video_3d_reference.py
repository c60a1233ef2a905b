"""Video-3D-LLM's forward pass, written out from its description: the oracle of the converter.

From arXiv 2412.00493 and the repository LaVi-Lab/Video-3D-LLM, in our own words: plain tensor
operations on the tensors of a checkpoint, by their names there; nothing of the program is used.

Shapes: F frames, S x S pixels, p patches and t tokens per side, K boxes, N tokens, D width.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as f


def reference_scores(
    weights: dict[str, Tensor],
    config: dict,
    *,
    images_FSS3: Tensor,
    points_FSS3: Tensor,
    boxes_K6: Tensor,
    before_ids: list[int],
    after_ids: list[int],
    patch: int,
    tower_heads: int,
) -> Tensor:
    """(K + 1,) cosines of the boxes and of "no target"; the last of `after_ids` is <ground>."""
    features = _features(weights, images_FSS3, patch=patch, heads=tower_heads)
    objects = _objects(weights, config, features, points_FSS3, boxes_K6, patch=patch)
    states = _states(weights, config, features, points_FSS3, before_ids, after_ids, patch=patch)
    query = _head(weights, "ground_head_query", states[-1][None])
    keys = _head(
        weights,
        "ground_head_obj",
        torch.cat([objects, weights["ground_head_zero_target"][None]]),
    )
    return (f.normalize(keys, dim=-1) * f.normalize(query, dim=-1)).sum(-1)


def reference_next_word(
    weights: dict[str, Tensor],
    config: dict,
    *,
    images_FSS3: Tensor,
    points_FSS3: Tensor,
    before_ids: list[int],
    after_ids: list[int],
    patch: int,
    tower_heads: int,
) -> Tensor:
    """(V,) log-probabilities of the word after `after_ids`."""
    features = _features(weights, images_FSS3, patch=patch, heads=tower_heads)
    states = _states(weights, config, features, points_FSS3, before_ids, after_ids, patch=patch)
    return (weights["lm_head.weight"] @ states[-1]).log_softmax(-1)


def position_row(config: dict, point: list[float], width: int) -> list[float]:
    """The encoding of one point, number by number."""
    third = width // 3
    row: list[float] = []
    for axis in range(3):
        low, high = config["min_xyz_range"][axis], config["max_xyz_range"][axis]
        inside = min(max(point[axis], low), high)
        step = round((inside - low) / config["voxel_size"])
        for channel in range(third):
            angle = step / 10_000 ** (2 * (channel // 2) / third)
            row.append(math.sin(angle) if channel % 2 == 0 else math.cos(angle))
    return row + [0.0] * (width - len(row))


def _features(weights: dict[str, Tensor], images: Tensor, *, patch: int, heads: int) -> Tensor:
    """(F, p, p, D): SigLIP's states as they leave its last layer, projected."""
    at = "model.vision_tower.vision_tower.vision_model"
    pixels = (images.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5
    x = f.conv2d(
        pixels,
        weights[f"{at}.embeddings.patch_embedding.weight"],
        weights[f"{at}.embeddings.patch_embedding.bias"],
        stride=patch,
    )
    side = x.shape[-1]
    x = x.flatten(2).transpose(1, 2) + weights[f"{at}.embeddings.position_embedding.weight"]
    layer = 0
    while f"{at}.encoder.layers.{layer}.layer_norm1.weight" in weights:
        own = f"{at}.encoder.layers.{layer}"
        y = _layer_norm(weights, f"{own}.layer_norm1", x, 1e-6)
        parts = [_linear(weights, f"{own}.self_attn.{n}_proj", y) for n in ("q", "k", "v")]
        q, k, v = (t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in parts)
        weight = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
        mixed = (weight @ v).transpose(1, 2).flatten(2)
        x = x + _linear(weights, f"{own}.self_attn.out_proj", mixed)
        y = _layer_norm(weights, f"{own}.layer_norm2", x, 1e-6)
        y = f.gelu(_linear(weights, f"{own}.mlp.fc1", y), approximate="tanh")
        x = x + _linear(weights, f"{own}.mlp.fc2", y)
        layer += 1
    x = f.gelu(_linear(weights, "model.mm_projector.0", x))
    return _linear(weights, "model.mm_projector.2", x).unflatten(1, (side, side))


def _objects(
    weights: dict[str, Tensor],
    config: dict,
    features: Tensor,
    points: Tensor,
    boxes: Tensor,
    *,
    patch: int,
) -> Tensor:
    """(K, D): mean of the patches half inside a box, plus the encoding of its centre."""
    frames, side, _, width = features.shape
    rows = []
    for box in boxes:
        low, high = box[:3] - box[3:] / 2, box[:3] + box[3:] / 2
        chosen = []
        for frame in range(frames):
            for row in range(side):
                for column in range(side):
                    cell = points[
                        frame,
                        row * patch : (row + 1) * patch,
                        column * patch : (column + 1) * patch,
                    ]
                    inside = ((cell >= low) & (cell <= high)).all(-1).sum()
                    if inside >= int(patch * patch * 0.5):
                        chosen.append(features[frame, row, column])
        mean = torch.stack(chosen).mean(0) if chosen else torch.zeros(width)
        rows.append(mean + torch.tensor(position_row(config, box[:3].tolist(), width)))
    return torch.stack(rows)


def _states(
    weights: dict[str, Tensor],
    config: dict,
    features: Tensor,
    points: Tensor,
    before_ids: list[int],
    after_ids: list[int],
    *,
    patch: int,
) -> Tensor:
    """(N, D) after Qwen2: words, rows of tokens with a newline after each, words."""
    frames, side, _, width = features.shape
    tokens = math.ceil(side / 2)
    pooled = f.interpolate(features.permute(0, 3, 1, 2), size=(tokens, tokens), mode="bilinear")
    block = side * patch // tokens
    words = weights["model.embed_tokens.weight"]
    sequence = [words[index] for index in before_ids]
    for frame in range(frames):
        for row in range(tokens):
            for column in range(tokens):
                cell = points[
                    frame,
                    row * block : (row + 1) * block,
                    column * block : (column + 1) * block,
                ].reshape(-1, 3)
                place = position_row(config, cell.mean(0).tolist(), width)
                sequence.append(pooled[frame, :, row, column] + torch.tensor(place))
            sequence.append(weights["model.image_newline"])
    sequence += [words[index] for index in after_ids]
    return _qwen2(weights, config, torch.stack(sequence))


def _qwen2(weights: dict[str, Tensor], config: dict, x: Tensor) -> Tensor:
    heads, kept = config["num_attention_heads"], config["num_key_value_heads"]
    size = config["hidden_size"] // heads
    turns = config["rope_theta"] ** (-torch.arange(0, size, 2) / size)
    angles = torch.arange(len(x))[:, None] * turns
    cos, sin = angles.cos().repeat(1, 2), angles.sin().repeat(1, 2)

    def turned(t: Tensor) -> Tensor:  # (heads, N, size)
        half = size // 2
        return t * cos + torch.cat([-t[..., half:], t[..., :half]], -1) * sin

    later = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)
    for layer in range(config["num_hidden_layers"]):
        own = f"model.layers.{layer}"
        y = _rms_norm(weights, f"{own}.input_layernorm", x, config["rms_norm_eps"])
        q = _linear(weights, f"{own}.self_attn.q_proj", y).unflatten(-1, (heads, size))
        k = _linear(weights, f"{own}.self_attn.k_proj", y).unflatten(-1, (kept, size))
        v = _linear(weights, f"{own}.self_attn.v_proj", y).unflatten(-1, (kept, size))
        q, k = turned(q.transpose(0, 1)), turned(k.transpose(0, 1))
        k = k.repeat_interleave(heads // kept, 0)
        v = v.transpose(0, 1).repeat_interleave(heads // kept, 0)
        weight = (q @ k.transpose(-1, -2) / size**0.5).masked_fill(later, -math.inf).softmax(-1)
        mixed = (weight @ v).transpose(0, 1).flatten(1)
        x = x + _linear(weights, f"{own}.self_attn.o_proj", mixed)
        y = _rms_norm(weights, f"{own}.post_attention_layernorm", x, config["rms_norm_eps"])
        gate = f.silu(_linear(weights, f"{own}.mlp.gate_proj", y))
        gated = gate * _linear(weights, f"{own}.mlp.up_proj", y)
        x = x + _linear(weights, f"{own}.mlp.down_proj", gated)
    return _rms_norm(weights, "model.norm", x, config["rms_norm_eps"])


def _head(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    inner = f.relu(_linear(weights, f"{name}.0", x))
    return _linear(weights, f"{name}.3", _layer_norm(weights, f"{name}.2", inner, 1e-5))


def _linear(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    found = x @ weights[f"{name}.weight"].T
    return found + weights[f"{name}.bias"] if f"{name}.bias" in weights else found


def _layer_norm(weights: dict[str, Tensor], name: str, x: Tensor, eps: float) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    scaled = centred / (centred.pow(2).mean(-1, keepdim=True) + eps).sqrt()
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _rms_norm(weights: dict[str, Tensor], name: str, x: Tensor, eps: float) -> Tensor:
    return x / (x.pow(2).mean(-1, keepdim=True) + eps).sqrt() * weights[f"{name}.weight"]
