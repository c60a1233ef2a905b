"""Every token of one frame as a candidate without a place: what `2d-frame` scores.

Shapes: P = h * w tokens after pooling, L levels, W words, D width.
"""

import torch
from torch import Tensor

from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.frame_vlm.tokens import SceneTokens
from whatwhere.models.spatial_vlm.modality import SENSES


def patch_scores(network: FrameVLM, frame_PLD: Tensor, token_ids_W: Tensor) -> Tensor:
    """(h, w) scores before any softmax.

    The language model reads this frame and no other, then its tokens once more as candidates; of
    geometry there are only zeros, which the modality replaces by its "absent" vectors.

    Args:
        network: the same weights as for every modality.
        frame_PLD: features of the frame on the grid of the language model.
        token_ids_W: the sentence; the network itself appends `<ground>`.
    """
    num_patches = len(frame_PLD)
    nowhere_P3 = frame_PLD.new_zeros(num_patches, 3)
    tokens = SceneTokens(
        frames_FPLD=frame_PLD[None],
        points_m_FP3=nowhere_P3[None],
        measured_FP=torch.zeros(1, num_patches, dtype=torch.bool, device=frame_PLD.device),
        looks_KD=frame_PLD[:, 0],
        seen_K=torch.ones(num_patches, dtype=torch.bool, device=frame_PLD.device),
        centers_m_K3=nowhere_P3,
        sizes_m_K3=nowhere_P3,
        room_half_m_3=frame_PLD.new_zeros(3),
    )
    prefix = network.prefix(tokens, SENSES["2d"])
    length_R = torch.tensor([len(token_ids_W)], device=token_ids_W.device)
    ground_RD = network.ground_states(prefix, token_ids_W[None], length_R)
    scores: Tensor = network.ground_head(prefix.states_KD.float(), ground_RD)
    return scores[0].reshape(network.pooled_grid)
