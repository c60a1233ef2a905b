"""Rooms of which one thing is dealt out anew, so that it tells nothing any more.

Shapes: G rooms, K candidates.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from whatwhere.models.spatial_vlm.model import SceneTensors


def with_dealt_places(rooms: SceneTensors, generator: np.random.Generator) -> SceneTensors:
    """The rooms with their candidates' centres dealt out among all of them; `shuffled`."""
    order = torch.stack([_permutation(mask, generator) for mask in rooms.mask_GK])
    dealt = rooms.centers_m_GK3.gather(1, order[..., None].expand(-1, -1, 3))
    return replace(rooms, centers_m_GK3=dealt)


def with_dealt_looks(
    rooms: SceneTensors, class_ids_GK: Tensor, generator: np.random.Generator
) -> SceneTensors:
    """The rooms with the appearance of look-alikes dealt out among them.

    Args:
        rooms: G of them.
        class_ids_GK: look-alikes have the same; -1 has none.
        generator: who gets what is drawn from it.
    """
    groups_GK = torch.where(rooms.seen_GK, class_ids_GK, -1)
    order = torch.stack([_permutation_in_groups(row, generator) for row in groups_GK])
    index = order[..., None].expand(-1, -1, rooms.appearance_GKC.shape[-1])
    return replace(rooms, appearance_GKC=rooms.appearance_GKC.gather(1, index))


def _permutation(mask_K: Tensor, generator: np.random.Generator) -> Tensor:
    """Candidates that exist change places among themselves; padding stays."""
    order = np.arange(len(mask_K))
    real = np.flatnonzero(mask_K.numpy())
    order[real] = generator.permutation(real)
    return torch.from_numpy(order)


def _permutation_in_groups(groups_K: Tensor, generator: np.random.Generator) -> Tensor:
    """Members of a group change places among themselves; those of group -1 stay."""
    groups, order = groups_K.numpy(), np.arange(len(groups_K))
    for group in np.unique(groups[groups >= 0]):
        members = np.flatnonzero(groups == group)
        order[members] = generator.permutation(members)
    return torch.from_numpy(order)
