"""The Pseudo-Label Loss: a hinge against a 2D-only prediction that is too good.

Source: our readings of W2R2 ("Where, Not What", arXiv 2510.17034). The paper says in words that a
margin-based loss penalises the 2D-only pseudo-output when it comes too close to the fused output;
its formula is not public to us, so there are three readings, each under its own name.

All arguments are natural log-probabilities, in nats, of the target or of its class; all results
are (R,) nats for R sentences, not yet averaged. What is to receive no gradient is detached here.
"""

import torch
from torch import Tensor

from whatwhere.objectives.in_class import log_probs_in_class, picked


def absolute(log_p_2d_R: Tensor, *, margin: float) -> Tensor:
    """relu(m - CE_2d) = relu(m + log p_2d(target)): 2D alone must not find the target.

    The most literal reading: the cross-entropy of the 2D-only output is kept above `margin`.
    """
    return torch.relu(margin + log_p_2d_R)


def relative(log_p_2d_R: Tensor, log_p_fused_R: Tensor, *, margin: float) -> Tensor:
    """relu(m + log p_2d(target) - log p_fused(target)): fused leads 2D by a margin.

    The gradient reaches both branches.
    """
    return torch.relu(margin + log_p_2d_R - log_p_fused_R)


def within_class(
    log_probs_2d_RK: Tensor,
    log_probs_fused_RK: Tensor,
    target_R: Tensor,
    class_RK: Tensor,
    *,
    margin: float,
) -> Tensor:
    """The relative hinge on log p(target | class), so that knowing the class is not punished.

    2D is pushed down to chance in its class and no further (below it there is no gradient), and
    the fused branch is a fixed reference. With a margin of 1 the floor would swallow the hinge in
    small groups: two look-alikes have a floor of -0.69.

    Args:
        log_probs_2d_RK: of the 2D-only pass.
        log_probs_fused_RK: of the fused pass, detached here.
        target_R: index of the target.
        class_RK: bool, the candidates of the target's class.
        margin: nats, 0.3 or less.
    """
    given_2d = picked(log_probs_in_class(log_probs_2d_RK, class_RK), target_R)
    given_fused = picked(log_probs_in_class(log_probs_fused_RK.detach(), class_RK), target_R)
    chance = -class_RK.sum(-1).clamp(min=1).to(given_2d.dtype).log()
    return torch.relu(margin + torch.maximum(given_2d, chance) - given_fused)
