"""Every patch of one frame as a candidate without a place: what `2d-frame` scores.

Shapes: C channels, h x w patches, P = h * w, W words, D width.
"""

import torch
from torch import Tensor

from whatwhere.models.spatial_vlm.model import SpatialVLM


def patch_scores(network: SpatialVLM, features_Chw: Tensor, token_ids_W: Tensor) -> Tensor:
    """(h, w) scores before any softmax.

    Every term of geometry is the learned "absent" vector, and the relation head, whose share is 0
    without geometry, is not asked at all.

    Args:
        network: the same weights as for every modality.
        features_Chw: of one frame, from the network's tower.
        token_ids_W: words, the last one being `<ground>`.
    """
    num_rows, num_columns = features_Chw.shape[1:]
    appearance_PC = _appearance(features_Chw)
    proposals = network.proposals
    patches_PD = proposals.what(appearance_PC) + proposals.absent_where
    scene_1SD = torch.cat([patches_PD, proposals.absent_room[None]])[None]
    words_1WD = network.language_model.embed(token_ids_W[None])
    num_tokens = scene_1SD.shape[1] + words_1WD.shape[1]
    mask = torch.ones(1, num_tokens, dtype=torch.bool, device=scene_1SD.device)
    states = network.language_model(scene_1SD, words_1WD, mask)
    scores: Tensor = network.ground_head(states[:, : num_rows * num_columns], states[:, -1])
    return scores.reshape(num_rows, num_columns).float()


def _appearance(features_Chw: Tensor) -> Tensor:
    """(P, C + 2): a patch covers its own share of the one frame there is, and is in all of them."""
    looks_PC = features_Chw.flatten(1).T
    num_patches = len(looks_PC)
    area = looks_PC.new_full((num_patches, 1), num_patches**-0.5)
    return torch.cat([looks_PC, area, torch.ones_like(area)], dim=1)
