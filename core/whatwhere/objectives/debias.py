"""Known ways to train against a biased branch; they go beyond what W2R2 says.

The biased branch is the model's own 2D-only pass, always detached: it is looked at, not taught.

Shapes: R sentences, K candidates.
"""

import torch
from torch import Tensor

from whatwhere.objectives.in_class import log_probs_in_class, picked


def opponent(
    log_probs_fused_RK: Tensor, log_probs_2d_RK: Tensor, target_R: Tensor, *, margin: float
) -> Tensor:
    """relu(m + log p_fused(y2) - log p_fused(target)), y2 being what 2D chooses.

    Zero where 2D chooses the target. The 2D choice serves as a negative pseudo-label.

    Args:
        log_probs_fused_RK: of the fused pass.
        log_probs_2d_RK: of the 2D-only pass, or of its `in_class_expert`.
        target_R: index of the target.
        margin: nats.

    Returns:
        (R,) nats.
    """
    chosen_2d_R = log_probs_2d_RK.detach().argmax(-1)
    lead = picked(log_probs_fused_RK, chosen_2d_R) - picked(log_probs_fused_RK, target_R)
    return torch.relu(margin + lead) * (chosen_2d_R != target_R)


def product(log_probs_fused_RK: Tensor, log_probs_2d_RK: Tensor, target_R: Tensor) -> Tensor:
    """Cross-entropy of the product of both branches, so that fused learns what 2D cannot say.

    Source: product of experts, Clark et al. 2019 (arXiv 1909.03683). Only the training loss is a
    product; the fused branch answers alone.

    Args:
        log_probs_fused_RK: of the fused pass.
        log_probs_2d_RK: of the 2D-only pass, or of its `in_class_expert`.
        target_R: index of the target.

    Returns:
        (R,) nats.
    """
    joint = (log_probs_fused_RK + log_probs_2d_RK.detach()).log_softmax(-1)
    return -picked(joint, target_R)


def in_class_expert(log_probs_2d_RK: Tensor, class_RK: Tensor) -> Tensor:
    """What 2D says about which member of the class it is, and nothing about the class.

    Handed to `opponent` or `product` in place of the whole 2D branch, it leaves the class to the
    fused branch: relieved of it, fused class accuracy falls. Source: ours.

    Args:
        log_probs_2d_RK: of the 2D-only pass.
        class_RK: bool, the candidates of the target's class; at least one per row.

    Returns:
        (R, K) nats: log p(candidate | class) inside the class, the log of one in its members
        outside it.
    """
    chance_R1 = -class_RK.sum(-1, keepdim=True).to(log_probs_2d_RK.dtype).log()
    inside = log_probs_in_class(log_probs_2d_RK, class_RK)
    return torch.where(class_RK, inside, chance_R1)


def inverse_propensity(
    log_probs_2d_RK: Tensor, target_R: Tensor, class_RK: Tensor, *, cap: float
) -> Tensor:
    """1 / (n p_2d(target | class)): sentences that 2D gives away weigh less, the others more.

    If 2D knew the shortcut and nothing else, data weighed so would be data without it. Source:
    inverse propensity weighting (Horvitz and Thompson 1952), with the own 2D branch as propensity.

    Args:
        log_probs_2d_RK: of the 2D-only pass, detached here.
        target_R: index of the target.
        class_RK: bool, the candidates of the target's class.
        cap: no weight is above it, or below one over it; at least 1.

    Returns:
        (R,) weights of mean 1.
    """
    inside = log_probs_in_class(log_probs_2d_RK.detach(), class_RK)
    log_n_R = class_RK.sum(-1).to(inside.dtype).log()
    weight = (-picked(inside, target_R) - log_n_R).exp().clamp(1 / cap, cap)
    return weight / weight.mean().clamp(min=1e-6)
