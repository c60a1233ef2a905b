"""First stage: teach the vision tower what things are, from candidates and patches.

It stands in for the pretraining that a real tower brings along. Three plain cross-entropies:
class and colour of each candidate from its pooled features, and the class of each patch.

Shapes: F frames, K candidates, C channels, h x w patches, N classes.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from whatwhere.models.vision import VisionTower
from whatwhere.training.rooms import Room
from whatwhere.training.schedule import one_cycle

_REPORT_EVERY = 10
_MIN_PATCHES = 0.5
"""A candidate seen on less than this many patches teaches nothing about its class."""


@dataclass(frozen=True, slots=True)
class TowerSchedule:
    """How long and how fast the tower learns."""

    epochs: int
    rooms_per_step: int
    lr: float
    seed: int


class _Heads(nn.Module):
    def __init__(self, channels: int, num_classes: int, num_colours: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.classes = nn.Linear(channels, num_classes)
        self.colours = nn.Linear(channels, num_colours)
        self.patches = nn.Linear(channels, num_classes + 1)  # the last one is "no object"


def train_tower(
    tower: VisionTower,
    rooms: Sequence[Room],
    *,
    classes: Sequence[str],
    colours: Sequence[str],
    schedule: TowerSchedule,
    report: Callable[[int, int, dict[str, float]], None],
) -> None:
    """Train the tower in place; `report(step, steps, losses)` is called now and then."""
    if schedule.epochs == 0:
        return
    torch.manual_seed(schedule.seed)
    heads = _Heads(tower.num_channels, len(classes), len(colours))
    class_ids = [torch.tensor([classes.index(c) for c in room.classes]) for room in rooms]
    colour_ids = [
        torch.tensor([colours.index(c) if c in colours else -1 for c in room.colours])
        for room in rooms
    ]
    parameters = [*tower.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=schedule.lr, weight_decay=0.05)
    per_epoch = math.ceil(len(rooms) / schedule.rooms_per_step)
    steps = schedule.epochs * per_epoch
    generator = np.random.default_rng(schedule.seed)
    tower.train()
    step = 0
    for _ in range(schedule.epochs):
        order = generator.permutation(len(rooms))
        for start in range(0, len(order), schedule.rooms_per_step):
            chosen = order[start : start + schedule.rooms_per_step].tolist()
            for group in optimizer.param_groups:
                group["lr"] = schedule.lr * one_cycle(step, steps)
            losses = _losses(
                tower, heads, [rooms[i] for i in chosen], chosen, class_ids, colour_ids
            )
            optimizer.zero_grad(set_to_none=True)
            torch.stack(list(losses.values())).sum().backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            step += 1
            if step % _REPORT_EVERY == 0 or step == steps:
                report(step, steps, {name: loss.item() for name, loss in losses.items()})
    tower.eval()


def _losses(
    tower: VisionTower,
    heads: _Heads,
    rooms: Sequence[Room],
    indices: Sequence[int],
    class_ids: Sequence[Tensor],
    colour_ids: Sequence[Tensor],
) -> dict[str, Tensor]:
    images = torch.from_numpy(np.concatenate([room.views.images for room in rooms]))
    features_FCHW = tower(images)
    dense_FHWC = heads.norm(features_FCHW.permute(0, 2, 3, 1))
    pooled, class_targets, colour_targets, patch_targets = [], [], [], []
    first = 0
    for room, index in zip(rooms, indices, strict=True):
        shares = torch.from_numpy(room.shares.astype(np.float32))
        features = features_FCHW[first : first + shares.shape[1]]
        first += shares.shape[1]
        total = shares.sum((1, 2, 3))
        pool = torch.einsum("kfhw,fchw->kc", shares, features) / total.clamp(min=1e-6)[:, None]
        seen = total >= _MIN_PATCHES
        pooled.append(pool[seen])
        class_targets.append(class_ids[index][seen])
        colour_targets.append(colour_ids[index][seen])
        patch_targets.append(_patch_targets(shares, class_ids[index], heads.classes.out_features))
    pooled_NC = heads.norm(torch.cat(pooled))
    patch_logits = heads.patches(dense_FHWC).log_softmax(-1)
    return {
        "class": functional.cross_entropy(heads.classes(pooled_NC), torch.cat(class_targets)),
        "colour": functional.cross_entropy(
            heads.colours(pooled_NC), torch.cat(colour_targets), ignore_index=-1
        ),
        "patch": -(patch_logits * torch.cat(patch_targets)).sum(-1).mean(),
    }


def _patch_targets(shares_KFHW: Tensor, class_ids: Tensor, num_classes: int) -> Tensor:
    """(F, h, w, N + 1) soft targets; boxes may overlap, so shares are scaled to sum to 1."""
    onehot = functional.one_hot(class_ids, num_classes).to(shares_KFHW.dtype)
    per_class = torch.einsum("kfhw,kn->fhwn", shares_KFHW, onehot)
    covered = per_class.sum(-1, keepdim=True)
    return torch.cat([per_class / covered.clamp(min=1), (1 - covered).clamp(min=0)], dim=-1)
